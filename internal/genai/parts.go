package genai

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// partReaders read parts that name their type (or kind).
var partReaders = map[string]func(object) Part{
	"text": textPart, "input_text": textPart, "output_text": textPart, "message_content": textPart, "summary_text": textPart,
	"thinking": thinkingPart, "reasoning": thinkingPart, "redacted_thinking": redactedThinking,
	"tool_call": callPart, "tool_use": callPart, "function_call": callPart, "tool-call": callPart, "function": callPart,
	"server_tool_use": serverCall, "mcp_tool_use": serverCall, "server_tool_call": serverCall,
	"tool_call_response": resultPart, "tool_result": resultPart, "function_call_output": resultPart, "tool-result": resultPart,
	"server_tool_call_response": serverResult,
	"blob":                      mediaPart, "binary": mediaPart, "uri": mediaPart, "file": mediaPart, "image": mediaPart, "audio": mediaPart,
	"video": mediaPart, "document": mediaPart, "image_url": mediaPart, "input_image": mediaPart, "input_audio": mediaPart,
	"input_file": mediaPart, "file_data": mediaPart, "media": mediaPart,
	"image-url": mediaPart, "audio-url": mediaPart, "video-url": mediaPart, "document-url": mediaPart,
	"anthropic_image": func(object) Part { return Part{Type: PartImage, Redacted: true} },
	"refusal":         refusalPart,
}

// shapedReaders read parts that are known by a property, which holds the part (or, when bare, stands beside the others).
var shapedReaders = []struct {
	property string
	bare     bool
	read     func(object) Part
}{
	{"function_call", false, callPart}, {"functionCall", false, callPart}, {"toolRequest", false, callPart}, {"toolUse", false, callPart},
	{"function_response", false, resultPart}, {"functionResponse", false, resultPart}, {"toolResponse", false, resultPart}, {"toolResult", false, resultPart},
	{"inline_data", false, mediaPart}, {"inlineData", false, mediaPart}, {"file_data", false, mediaPart}, {"fileData", false, mediaPart},
	{"media", false, mediaPart}, {"reasoningContent", false, thinkingPart},
	{"function", true, callPart}, {"thought", true, thoughtPart}, {"reasoning", true, thinkingPart}, {"text", true, textPart},
	{"image", true, mediaPart}, {"document", true, mediaPart}, {"video", true, mediaPart},
}

// partsOf reads any value as parts: text, a list of parts, one part, or something else that is kept as JSON.
func partsOf(v any) []Part {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if v == "" {
			return nil
		}
		return []Part{{Type: PartText, Text: v}}
	case []any:
		var parts []Part
		for _, item := range bounded(v) {
			if nested, ok := item.([]any); ok {
				parts = append(parts, Part{Type: PartJSON, Raw: rawJSON(nested)})
				continue
			}
			parts = append(parts, partsOf(item)...)
		}
		return bounded(parts)
	case object:
		return onePart(v)
	}
	return []Part{{Type: PartJSON, Raw: rawJSON(v)}}
}

// onePart reads an object as a part. Empty text is no part at all.
func onePart(o object) []Part {
	part, known := knownPart(o)
	if !known {
		if typeOf(o) == "" {
			return []Part{{Type: PartJSON, Raw: rawJSON(o)}}
		}
		return []Part{{Type: PartUnknown, Raw: rawJSON(o)}}
	}
	if (part.Type == PartText || part.Type == PartThinking) && part.Text == "" && part.Signature == "" && !part.Missing && !part.Redacted {
		return nil
	}
	return []Part{part}
}

func knownPart(o object) (Part, bool) {
	kind := typeOf(o)
	if read, ok := partReaders[kind]; ok {
		return read(o), true
	}
	if strings.HasSuffix(kind, "_tool_result") {
		return serverResult(o), true
	}
	if kind != "" {
		return Part{}, false
	}
	for _, shape := range shapedReaders {
		value, ok := o[shape.property]
		if !ok {
			continue
		}
		if shape.bare {
			return shape.read(o), true
		}
		if inner, ok := value.(object); ok {
			return shape.read(inner), true
		}
	}
	return Part{}, false
}

// typeOf returns what a part calls its type: the first form of PydanticAI says kind.
func typeOf(o object) string {
	kind, _ := first(o, "type", "kind").(string)
	return kind
}

// plainText returns the text of a value that may be text, or a list of texts and text parts.
func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var texts []string
		for _, item := range bounded(v) {
			if s := plainText(item); s != "" {
				texts = append(texts, s)
			}
		}
		return strings.Join(texts, "\n")
	case object:
		for _, name := range []string{"text", "content", "thinking"} {
			if s, ok := v[name].(string); ok {
				return s
			}
		}
	}
	return ""
}

func textPart(o object) Part {
	if thought, _ := boolOf(o["thought"]); thought {
		return thinkingPart(o)
	}
	content := first(o, "content", "text")
	return Part{Type: PartText, Text: plainText(content), Missing: content == nil}
}

// thoughtPart reads Gemini's parts: thought is true for thinking.
func thoughtPart(o object) Part {
	if thought, _ := boolOf(o["thought"]); thought {
		return thinkingPart(o)
	}
	return textPart(o)
}

func thinkingPart(o object) Part {
	content := first(o, "content", "thinking", "text", "reasoning", "summary", "reasoningText")
	part := Part{Type: PartThinking, Text: plainText(content), Signature: textOf(first(o, "signature", "encrypted_content"))}
	if inner, ok := content.(object); ok && part.Signature == "" {
		part.Signature = textOf(inner["signature"])
	}
	part.Missing = content == nil && part.Signature == ""
	return part
}

func redactedThinking(o object) Part {
	return Part{Type: PartThinking, Redacted: true, Signature: textOf(o["data"])}
}

func refusalPart(o object) Part {
	return Part{Type: PartRefusal, Text: plainText(first(o, "refusal", "content", "text"))}
}

// callPart reads a tool call in any dialect: id, name and arguments lie in the part or in its function.
func callPart(o object) Part {
	if inner := objectOf(first(o, "function", "custom")); inner != nil {
		merged := object{"id": first(o, "id", "call_id")}
		for key, v := range inner {
			merged[key] = v
		}
		o = merged
	}
	part := Part{
		Type: PartToolCall, Name: textOf(first(o, "name", "toolName", "tool_name")),
		ID:      textOf(first(o, "call_id", "id", "toolCallId", "toolUseId", "ref", "tool_call_id")),
		Lang:    textOf(o["code_arg_language"]),
		CodeArg: textOf(o["code_arg_name"]),
	}
	part.ServerSide, _ = boolOf(first(o, "builtin", "providerExecuted"))
	arguments := first(o, "arguments", "input", "args", "arguments_json", "parameters")
	if inner := objectOf(o["server_tool_call"]); arguments == nil && inner != nil {
		arguments = first(inner, "arguments", "input")
	}
	part.Args, part.ArgsRaw = argsOf(arguments)
	part.Missing = part.Args == nil
	return part
}

func serverCall(o object) Part {
	part := callPart(o)
	part.ServerSide = true
	return part
}

// argsOf reads arguments: text that is JSON becomes JSON, no text is an empty object, and what the model wrote wrong is
// kept as a string.
func argsOf(v any) (args json.RawMessage, raw string) {
	s, ok := v.(string)
	if !ok {
		return rawJSON(v), ""
	}
	if strings.TrimSpace(s) == "" {
		return json.RawMessage("{}"), ""
	}
	decoded, cut, ok := decodeJSON(s)
	if ok && !cut {
		if inner, ok := decoded.(string); ok && looksLikeJSON(inner) { // encoded twice
			if again, cut, ok := decodeJSON(inner); ok && !cut {
				decoded = again
			}
		}
		return rawJSON(decoded), ""
	}
	return rawJSON(s), s
}

// resultPart reads what came of a tool call.
func resultPart(o object) Part {
	part := Part{
		Type: PartToolResult, Name: textOf(first(o, "name", "toolName", "tool_name")),
		ID: textOf(first(o, "call_id", "tool_use_id", "tool_call_id", "toolCallId", "toolUseId", "ref", "id")),
	}
	part.IsError, _ = boolOf(first(o, "is_error", "isError"))
	if textOf(o["status"]) == "error" {
		part.IsError = true
	}
	part.ServerSide, _ = boolOf(first(o, "builtin", "providerExecuted"))
	content := first(o, "response", "result", "output", "content")
	if typed := objectOf(content); typed != nil && typeOf(o) == "tool-result" && typed["value"] != nil {
		part.IsError = part.IsError || strings.HasPrefix(textOf(typed["type"]), "error")
		content = typed["value"]
	}
	part.Result = resultOf(content)
	part.Missing = part.Result == nil
	return part
}

func serverResult(o object) Part {
	part := resultPart(o)
	part.ServerSide = true
	return part
}

// resultOf reads a result: blocks of text are one text, and text that is JSON becomes JSON, so that a result is the
// same whether an SDK sent the value or what the model saw.
func resultOf(v any) json.RawMessage {
	if list, ok := v.([]any); ok && len(list) > 0 {
		if text, ok := textBlocks(list); ok {
			v = text
		}
	}
	if s, ok := v.(string); ok {
		if decoded, cut, ok := decodeJSON(s); ok && !cut {
			v = decoded
		}
		if v == nil {
			return json.RawMessage("null")
		}
	}
	return rawJSON(v)
}

// textBlocks joins a list of text parts, and of Bedrock's {"text"} and {"json"}.
func textBlocks(list []any) (string, bool) {
	var texts []string
	for _, item := range list {
		o, ok := item.(object)
		if !ok {
			return "", false
		}
		if j, ok := o["json"]; ok && len(o) == 1 {
			texts = append(texts, string(rawJSON(j)))
			continue
		}
		s, isText := first(o, "text", "content").(string)
		if kind := typeOf(o); !isText || kind != "text" && kind != "" && kind != "output_text" || kind == "" && len(o) > 1 {
			return "", false
		}
		texts = append(texts, s)
	}
	return strings.Join(texts, "\n"), true
}

// mediaTypes are the parts by the first word of a MIME type, a modality or a type.
var mediaTypes = map[string]PartType{"image": PartImage, "audio": PartAudio, "video": PartVideo, "document": PartFile, "file": PartFile}

// mediaPart reads images, sound, films and files: bytes, links or ids.
func mediaPart(o object) Part {
	part := Part{
		MIME:       textOf(first(o, "mime_type", "media_type", "mimeType", "mediaType", "contentType", "mime")),
		FileID:     textOf(first(o, "file_id", "fileId")),
		Transcript: textOf(o["transcript"]),
	}
	for _, name := range []string{
		"uri", "url", "image_url", "file_uri", "fileUri", "file_url", "content", "data", "binary_content", "image", "file_data", "input_audio", "source", "file", "bytes",
		"document", "video",
	} {
		part.absorb(o[name])
	}
	if part.Type == "" {
		part.Type = mediaType(part.MIME, textOf(o["modality"]), typeOf(o), o)
	}
	part.Missing = part.URI == "" && part.FileID == "" && part.Data == "" && !part.Redacted
	return part
}

// absorb takes what a property of a media part says: a link, bytes, or an object with more.
func (p *Part) absorb(v any) {
	switch v := v.(type) {
	case string:
		p.absorbText(v)
	case object:
		if s := textOf(first(v, "mime_type", "media_type", "mimeType")); p.MIME == "" {
			p.MIME = s
		}
		if p.MIME == "" && textOf(v["format"]) != "" {
			p.MIME = mimeOfFormat(textOf(v["format"]))
		}
		if p.FileID == "" {
			p.FileID = textOf(first(v, "file_id", "id"))
		}
		for _, name := range []string{"url", "data", "file_data", "uri", "bytes"} {
			if s, ok := v[name].(string); ok {
				p.absorbText(s)
			}
		}
		if inner, ok := v["source"].(object); ok { // Bedrock
			if s, ok := inner["bytes"].(string); ok {
				p.absorbText(s)
			}
		}
	}
}

func (p *Part) absorbText(s string) {
	if head, data, ok := strings.Cut(s, ","); ok && strings.HasPrefix(head, "data:") {
		if mime := strings.TrimSuffix(strings.TrimPrefix(head, "data:"), ";base64"); p.MIME == "" {
			p.MIME = mime
		}
		s = data
	}
	switch {
	case s == "":
	case isLink(s):
		p.URI = s
	case isBase64(s):
		p.Data = s
	case strings.HasPrefix(s, "/") || strings.HasPrefix(s, "file:"):
		p.URI = s
	default:
		p.Redacted = true // a marker that some SDK put in the content's place
	}
}

// linkSchemes are the schemes of links that are told. Links that would run something are not.
var linkSchemes = []string{"http", "https", "gs", "s3", "file", "ftp", "blob", "az", "abfs"}

func isLink(s string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	return ok && slices.Contains(linkSchemes, strings.ToLower(scheme))
}

// isBase64 tells whether s is base64 in either alphabet, padded or not.
func isBase64(s string) bool {
	if len(s) < 4 {
		return false
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		if _, err := encoding.DecodeString(s); err == nil {
			return true
		}
	}
	return false
}

func mimeOfFormat(format string) string {
	switch format {
	case "png", "jpeg", "gif", "webp":
		return "image/" + format
	case "wav", "mp3", "flac":
		return "audio/" + format
	case "mp4", "mov", "webm":
		return "video/" + format
	}
	return "application/" + format
}

// mediaType says what a media part shows, by its MIME type, its modality or its own type.
func mediaType(mime, modality, kind string, o object) PartType {
	main, _, _ := strings.Cut(mime, "/")
	kind = strings.TrimPrefix(kind, "input_")
	kind, _, _ = strings.Cut(strings.ReplaceAll(kind, "_", "-"), "-")
	for _, word := range []string{main, modality, kind} {
		if t, ok := mediaTypes[word]; ok {
			return t
		}
	}
	for _, name := range []string{"image", "video"} {
		if _, ok := o[name]; ok {
			return mediaTypes[name]
		}
	}
	return PartFile
}
