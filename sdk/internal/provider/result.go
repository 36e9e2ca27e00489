package provider

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/url"
	"path"
	"strings"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// Result returns what a tool returned as texts and media, in order. A value that is neither is one text: itself when its
// JSON form is a string, else its JSON.
func Result(r agent.ToolReturn) ([]agent.Content, error) {
	switch content := r.Content.(type) {
	case nil:
		return nil, nil
	case string:
		return []agent.Content{agent.Text{Text: content}}, nil
	case agent.Text:
		return []agent.Content{content}, nil
	case agent.Media:
		return []agent.Content{content}, nil
	case []agent.Content:
		return content, nil
	}
	text, err := valueText(r.Content)
	if err != nil {
		return nil, fmt.Errorf("result of tool %s (call %s): %w", r.Name, r.ID, err)
	}
	return []agent.Content{agent.Text{Text: text}}, nil
}

func valueText(value any) (string, error) {
	encoded, err := marshal(value)
	if err != nil {
		return "", err
	}
	var text string
	if encoded[0] == '"' && json.Unmarshal(encoded, &text) == nil {
		return text, nil
	}
	return string(encoded), nil
}

// ResultText returns what a tool returned for a provider whose tools return nothing but text: the text, in which media are
// named, and the media with their names, as the content of a message of the user.
func ResultText(r agent.ToolReturn) (text string, files []agent.Content, err error) {
	contents, err := Result(r)
	if err != nil {
		return "", nil, err
	}
	var lines []string
	for _, content := range contents {
		switch c := content.(type) {
		case agent.Text:
			lines = append(lines, c.Text)
		case agent.Media:
			name := Name(c)
			lines = append(lines, fmt.Sprintf("See file %s.", name))
			files = append(files, agent.Text{Text: fmt.Sprintf("This is file %s:", name)}, c)
		}
	}
	return strings.Join(lines, "\n"), files, nil
}

// Name returns a short name that is the same for the same content.
func Name(m agent.Media) string {
	hash := sha1.New()
	hash.Write([]byte(m.URL + m.FileID))
	hash.Write(m.Data)
	return hex.EncodeToString(hash.Sum(nil))[:6]
}

// MediaType returns the media type: the one given, else what the URL's ending says, else the usual one of the kind.
func MediaType(m agent.Media) string {
	if m.Type != "" {
		return m.Type
	}
	if u, err := url.Parse(m.URL); err == nil {
		if t, _, err := mime.ParseMediaType(mime.TypeByExtension(path.Ext(u.Path))); err == nil {
			return t
		}
	}
	switch m.Kind {
	case agent.Image:
		return "image/png"
	case agent.Audio:
		return "audio/mpeg"
	case agent.Video:
		return "video/mp4"
	}
	return "application/pdf"
}

// Format returns the usual ending of files of a media type, without the dot.
func Format(mediaType string) string {
	switch mediaType {
	case "audio/mpeg", "audio/mp3":
		return "mp3"
	case "audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave":
		return "wav"
	case "application/msword":
		return "doc"
	case "application/vnd.openxmlformats-officedocument.wordprocessingml.document":
		return "docx"
	case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return "xlsx"
	case "text/plain":
		return "txt"
	case "text/markdown":
		return "md"
	}
	_, format, _ := strings.Cut(mediaType, "/")
	return format
}

// IsText tells whether the content of a media type can be read as text.
func IsText(mediaType string) bool {
	return strings.HasPrefix(mediaType, "text/") || mediaType == "application/json" || mediaType == "application/xml" ||
		mediaType == "application/yaml" || strings.HasSuffix(mediaType, "+json") || strings.HasSuffix(mediaType, "+xml")
}

// Unsupported is the error for media that a provider does not take in this form.
func Unsupported(provider string, m agent.Media, hint string) error {
	how := "by content"
	switch {
	case m.FileID != "":
		how = "by file id"
	case m.URL != "":
		how = "by URL"
	}
	return fmt.Errorf("%s takes no %s %s (%s): %s", provider, m.Kind, how, MediaType(m), hint)
}
