package cassette

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// file is a cassette as it is written.
type file struct {
	Interactions []*interaction `json:"interactions"`
}

type interaction struct {
	Request  request  `json:"request"`
	Response response `json:"response"`
	used     bool
}

type request struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	body
}

type response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	body
}

// body is written in the form that reads best; at most one of the fields is set.
type body struct {
	JSON   json.RawMessage `json:"json,omitempty"`
	Lines  []string        `json:"lines,omitempty"` // of a stream, without their ends
	Text   string          `json:"text,omitempty"`
	Base64 string          `json:"base64,omitempty"`
}

// newBody writes content of a media type.
func newBody(contentType string, content []byte) body {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	switch {
	case len(content) == 0:
		return body{}
	case !utf8.Valid(content):
		return body{Base64: base64.StdEncoding.EncodeToString(content)}
	case mediaType == "text/event-stream":
		return body{Lines: strings.Split(string(content), "\n")}
	case json.Valid(content) && bytes.ContainsAny(content[:1], "{["):
		return body{JSON: content}
	}
	return body{Text: string(content)}
}

// bytes returns the content.
func (b body) bytes() ([]byte, error) {
	switch {
	case b.JSON != nil:
		var compact bytes.Buffer
		err := json.Compact(&compact, b.JSON)
		return compact.Bytes(), err
	case b.Lines != nil:
		return []byte(strings.Join(b.Lines, "\n")), nil
	case b.Base64 != "":
		return base64.StdEncoding.DecodeString(b.Base64)
	}
	return []byte(b.Text), nil
}

func readFile(name string) (*file, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f := &file{}
	if err := json.Unmarshal(content, f); err != nil {
		return nil, fmt.Errorf("cassette %s: %w", name, err)
	}
	return f, nil
}

// write replaces the file, whole or not at all.
func (f *file) write(name string) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(f); err != nil {
		return fmt.Errorf("cassette %s: %w", name, err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	temporary := name + ".new"
	if err := os.WriteFile(temporary, out.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}
