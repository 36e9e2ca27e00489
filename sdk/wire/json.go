package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"strings"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// decode reads JSON into a value. What has another type than expected is left out: versions differ.
func decode(text []byte, into any) error {
	err := json.Unmarshal(text, into)
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return nil
	}
	return err
}

// read decodes a part of a document that is known to be JSON; absent parts are zero.
func read[T any](text json.RawMessage) (value T) {
	if len(text) > 0 {
		_ = decode(text, &value)
	}
	return value
}

// elements returns the elements of a list; anything else has none.
func elements(text json.RawMessage) []json.RawMessage { return read[[]json.RawMessage](text) }

// textOf returns a string, and false if the value is none.
func textOf(text json.RawMessage) (string, bool) {
	var s string
	if len(text) == 0 || text[0] != '"' {
		return "", false
	}
	return s, json.Unmarshal(text, &s) == nil
}

// absent tells whether a value is not there or null.
func absent(text json.RawMessage) bool { return len(text) == 0 || bytes.Equal(text, []byte("null")) }

// valueOf returns a JSON value as a tool's result has it: a string as it is, anything else as JSON. It is a copy.
func valueOf(text json.RawMessage) any {
	if s, ok := textOf(text); ok {
		return s
	}
	if absent(text) {
		return nil
	}
	return compact(text)
}

// compact returns a copy without the spaces between the tokens.
func compact(text json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil { // it is part of a document that was read
		return bytes.Clone(text)
	}
	return b.Bytes()
}

// argsOf returns the arguments of a call that a provider gives as an object, as a copy.
func argsOf(text json.RawMessage) json.RawMessage {
	if absent(text) {
		return nil
	}
	return compact(text)
}

// media returns what a URL leads to. A data: URL holds it itself.
func media(kind agent.MediaKind, url string) agent.Media {
	if rest, ok := strings.CutPrefix(url, "data:"); ok {
		head, body, _ := strings.Cut(rest, ",")
		kindOfData, isBase64 := strings.CutSuffix(head, ";base64")
		if isBase64 {
			return inline(kindOfData, body)
		}
	}
	return agent.Media{Kind: kind, URL: url}
}

// inline returns what base64 text holds. What is no base64, or was cut, is left empty.
func inline(mediaType, text string) agent.Media {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		data, _ = base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	}
	return agent.Media{Kind: kindOfType(mediaType), Data: data, Type: mediaType}
}

// kindOfType returns the kind of thing that a media type is of.
func kindOfType(mediaType string) agent.MediaKind {
	parsed, _, err := mime.ParseMediaType(mediaType)
	if err != nil {
		parsed = mediaType
	}
	kind, _, _ := strings.Cut(parsed, "/")
	switch kind {
	case "image", "audio", "video":
		return agent.MediaKind(kind)
	}
	return agent.Document
}

// badBody says that a body is not what its endpoint expects.
func badBody(api API, what string, err error) error {
	if err == nil {
		return fmt.Errorf("%s: body is not that of a %s", api, what)
	}
	return fmt.Errorf("%s: %s: %w", api, what, err)
}
