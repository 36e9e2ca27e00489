package agent

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/url"
	"path"
	"strings"
)

// What messages are in the formats 2 to 6: pydantic-ai-telemetry.md, section 5.

// chatMessages are the messages that one message of a conversation is. An input is one for each run of parts of the same
// role, so it may be none; a response is exactly one.
func (s *InstrumentationSettings) chatMessages(m Message) []object {
	switch m := m.(type) {
	case *Input:
		return s.inputMessages(m)
	case *Response:
		message := object{{"role", "assistant"}, {"parts", s.responseParts(m)}}
		if m.FinishReason != "" {
			message = message.with("finish_reason", string(m.FinishReason))
		}
		return []object{message}
	}
	return nil
}

func (s *InstrumentationSettings) inputMessages(m *Input) []object {
	var messages []object
	role, parts := "", []object{}
	flush := func() {
		if role != "" {
			messages = append(messages, object{{"role", role}, {"parts", parts}})
		}
	}
	for _, part := range m.Parts {
		if r := s.roleOf(part); r != role {
			flush()
			role, parts = r, []object{}
		}
		parts = append(parts, s.inputParts(part)...)
	}
	flush()
	return messages
}

// roleOf is who says a part. Until format 5 what tools return is the user's; from 6 on the tool's, as it is on the wire.
func (s *InstrumentationSettings) roleOf(part InputPart) string {
	switch part := part.(type) {
	case SystemPrompt:
		return "system"
	case ToolReturn:
		return s.toolRole()
	case RetryPrompt:
		if part.Name != "" {
			return s.toolRole()
		}
	}
	return "user"
}

func (s *InstrumentationSettings) toolRole() string {
	if s.version() >= 6 {
		return "tool"
	}
	return "user"
}

func (s *InstrumentationSettings) inputParts(part InputPart) []object {
	switch part := part.(type) {
	case SystemPrompt:
		return []object{s.textPart("text", part.Text)}
	case UserPrompt:
		parts := make([]object, 0, len(part.Content))
		for _, c := range part.Content {
			switch c := c.(type) {
			case Text:
				parts = append(parts, s.textPart("text", c.Text))
			case Media:
				parts = append(parts, s.mediaPart(c))
			}
		}
		return parts
	case ToolReturn:
		return []object{s.toolReturnPart(part, false)}
	case RetryPrompt:
		if part.Name == "" {
			return []object{s.textPart("text", part.Prompt())}
		}
		return []object{s.toolReturnPart(ToolReturn{ID: part.ID, Name: part.Name, Content: part.Prompt()}, false)}
	}
	return nil
}

func (s *InstrumentationSettings) responseParts(m *Response) []object {
	parts := make([]object, 0, len(m.Parts))
	for _, part := range m.Parts {
		switch part := part.(type) {
		case Text:
			parts = append(parts, s.textPart("text", part.Text))
		case Thinking:
			parts = append(parts, s.textPart("thinking", part.Text))
		case ToolCall:
			parts = append(parts, s.toolCallPart(part))
		case ToolReturn:
			parts = append(parts, s.toolReturnPart(part, true))
		case Media:
			parts = append(parts, s.mediaPart(part))
		}
	}
	return parts
}

func (s *InstrumentationSettings) textPart(kind, text string) object {
	part := object{{"type", kind}}
	if s.says() {
		part = part.with("content", text)
	}
	return part
}

func (s *InstrumentationSettings) toolCallPart(call ToolCall) object {
	part := object{{"type", "tool_call"}, {"id", call.ID}, {"name", call.Name}}
	if call.Builtin {
		part = part.with("builtin", true)
	}
	if s.says() && len(call.Args) > 0 {
		part = part.with("arguments", call.Args)
	}
	return part
}

func (s *InstrumentationSettings) toolReturnPart(r ToolReturn, builtin bool) object {
	part := object{{"type", "tool_call_response"}, {"id", r.ID}, {"name", r.Name}}
	if builtin {
		part = part.with("builtin", true)
	}
	if s.says() && r.Content != nil {
		part = part.with("result", s.value(r.Content))
	}
	return part
}

// mediaPart is a piece of media. Format 4 took the words of OpenTelemetry's conventions for it.
func (s *InstrumentationSettings) mediaPart(m Media) object {
	kind := string(m.Kind)
	isSpoken := m.Kind == Image || m.Kind == Audio || m.Kind == Video // the conventions know no other modalities
	var part object
	switch {
	case m.FileID != "":
		part = object{{"type", "file"}, {"modality", kind}}
		if m.Type != "" {
			part = part.with("mime_type", m.Type)
		}
		if s.says() {
			part = part.with("file_id", m.FileID)
		}
	case m.URL != "" && s.version() < 4:
		part = object{{"type", kind + "-url"}}
		if s.says() {
			part = part.with("url", m.URL)
		}
	case m.URL != "":
		part = object{{"type", "uri"}}
		if isSpoken {
			part = part.with("modality", kind)
		}
		if mediaType := mediaTypeOf(m); mediaType != "" {
			part = part.with("mime_type", mediaType)
		}
		if s.says() {
			part = part.with("uri", m.URL)
		}
	case s.version() < 4:
		part = s.withBytes(object{{"type", "binary"}, {"media_type", m.Type}}, "content", m)
	default:
		part = object{{"type", "blob"}, {"mime_type", m.Type}}
		if isSpoken {
			part = part.with("modality", kind)
		}
		part = s.withBytes(part, "content", m)
	}
	return part
}

func (s *InstrumentationSettings) withBytes(part object, key string, m Media) object {
	if s.Content != ContentAll {
		return part
	}
	return part.with(key, base64.StdEncoding.EncodeToString(m.Data))
}

// mediaTypeOf is the media type of what is at an URL, as far as its name tells.
func mediaTypeOf(m Media) string {
	if m.Type != "" {
		return m.Type
	}
	address, err := url.Parse(m.URL)
	if err != nil {
		return ""
	}
	extension := strings.ToLower(path.Ext(address.Path))
	if known := mediaTypes[extension]; known != "" {
		return known
	}
	kind, _, err := mime.ParseMediaType(mime.TypeByExtension(extension))
	if err != nil {
		return ""
	}
	return kind
}

// mediaTypes are those that models are sent, so that the type does not depend on the machine's tables.
var mediaTypes = map[string]string{
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp",
	".mp3": "audio/mpeg", ".wav": "audio/wav", ".flac": "audio/flac", ".oga": "audio/ogg", ".aiff": "audio/aiff", ".aac": "audio/aac",
	".mp4": "video/mp4", ".mov": "video/quicktime", ".mkv": "video/x-matroska", ".webm": "video/webm", ".mpeg": "video/mpeg",
	".pdf": "application/pdf", ".txt": "text/plain", ".csv": "text/csv", ".html": "text/html", ".md": "text/markdown",
}

// value is what a tool returned, a run's result or other data of the application, as it goes into JSON. Bytes of media are
// left out where the settings say so; the search for them goes through slices and maps of any, not into types of the
// application.
func (s *InstrumentationSettings) value(v any) any {
	switch v := v.(type) {
	case Media:
		return s.mediaValue(v)
	case []Media:
		return eachValue(s, v)
	case []Content:
		return eachValue(s, v)
	case []any:
		return eachValue(s, v)
	case Text:
		return v.Text
	case map[string]any:
		walked := make(map[string]json.RawMessage, len(v))
		for key, element := range v {
			walked[key] = appendJSON(nil, s.value(element))
		}
		return walked
	}
	return v
}

func eachValue[T any](s *InstrumentationSettings, list []T) []any {
	values := make([]any, len(list))
	for i, v := range list {
		values[i] = s.value(v)
	}
	return values
}

// mediaValue is media inside of other data, in the shape of PydanticAI's own JSON.
func (s *InstrumentationSettings) mediaValue(m Media) object {
	switch {
	case m.FileID != "":
		return object{{"file_id", m.FileID}, {"media_type", m.Type}, {"kind", "uploaded-file"}}
	case m.URL != "":
		return object{{"url", m.URL}, {"media_type", mediaTypeOf(m)}, {"kind", string(m.Kind) + "-url"}}
	}
	return s.withBytes(object{{"media_type", m.Type}, {"kind", "binary"}}, "data", m)
}
