package agent

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
)

// MarshalMessages writes a conversation as PydanticAI's ModelMessagesTypeAdapter does, so that applications store histories
// and share them between languages. Versions 1 and 2 of PydanticAI read it, except that they want to know the provider of a
// [Media] by FileID, which Go does not. Results of tools are written as encoding/json writes them.
func MarshalMessages(messages []Message) ([]byte, error) {
	stored := make([]storedMessage, len(messages))
	for i, m := range messages {
		var err error
		switch m := m.(type) {
		case *Input:
			stored[i], err = storeInput(m)
		case *Response:
			stored[i], err = storeResponse(m)
		default:
			err = fmt.Errorf("type %T", m)
		}
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", i, err)
		}
	}
	return marshalPlain(stored)
}

// UnmarshalMessages reads what [MarshalMessages] or PydanticAI wrote. Parts that have no like in Go, such as those of realtime
// models, are an error. What PydanticAI keeps besides is dropped: its own metadata, and what it tells of a response's way.
func UnmarshalMessages(data []byte) ([]Message, error) {
	var stored []storedMessage
	if err := json.Unmarshal(data, &stored); err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	messages := make([]Message, len(stored))
	for i := range stored {
		m, err := stored[i].message()
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", i, err)
		}
		messages[i] = m
	}
	return messages, nil
}

// storedMessage is a message as PydanticAI stores it. What is null or missing is empty.
type storedMessage struct {
	Kind           string         `json:"kind"` // request or response
	Parts          []storedPart   `json:"parts"`
	Instructions   string         `json:"instructions,omitempty"`
	At             *time.Time     `json:"timestamp,omitempty"`
	RunID          string         `json:"run_id,omitempty"`
	ConversationID string         `json:"conversation_id,omitempty"`
	Usage          *storedUsage   `json:"usage,omitempty"`
	Model          string         `json:"model_name,omitempty"`
	Provider       string         `json:"provider_name,omitempty"`
	Details        map[string]any `json:"provider_details,omitempty"`
	ID             string         `json:"provider_response_id,omitempty"`
	FinishReason   FinishReason   `json:"finish_reason,omitempty"`
}

type storedPart struct {
	Kind      string          `json:"part_kind"`
	Content   json.RawMessage `json:"content,omitempty"`
	ToolName  string          `json:"tool_name,omitempty"`
	Args      json.RawMessage `json:"args,omitempty"`
	CallID    string          `json:"tool_call_id,omitempty"`
	ID        string          `json:"id,omitempty"`
	Signature string          `json:"signature,omitempty"`
	Outcome   string          `json:"outcome,omitempty"`
	Provider  string          `json:"provider_name,omitempty"`
	Details   map[string]any  `json:"provider_details,omitempty"`
	At        *time.Time      `json:"timestamp,omitempty"`
}

type storedUsage struct {
	Input           int64            `json:"input_tokens"`
	CacheWrite      int64            `json:"cache_write_tokens"`
	CacheWrite1h    int64            `json:"cache_write_1h_tokens,omitempty"`
	CacheRead       int64            `json:"cache_read_tokens"`
	Output          int64            `json:"output_tokens"`
	OutputReasoning int64            `json:"output_reasoning_tokens,omitempty"`
	InputAudio      int64            `json:"input_audio_tokens"`
	CacheAudioRead  int64            `json:"cache_audio_read_tokens"`
	OutputAudio     int64            `json:"output_audio_tokens"`
	Details         map[string]int64 `json:"details"`
}

// storedMedia is a piece of content that is no text.
type storedMedia struct {
	Kind   string `json:"kind"`
	URL    string `json:"url,omitempty"`
	Data   string `json:"data,omitempty"` // base64, of either alphabet
	FileID string `json:"file_id,omitempty"`
	Type   string `json:"media_type,omitempty"`
	Text   string `json:"content,omitempty"` // of a text with metadata
}

// thoughtSignature is where PydanticAI keeps the signature of a part that is not a thought.
const thoughtSignature = "thought_signature"

// reasoningTokens is where version 1 of PydanticAI counts them.
const reasoningTokens = "reasoning_tokens"

// stamp returns a time as Python holds it, or nil for the zero time.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Microsecond)
	return &t
}

func unstamp(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func storeInput(in *Input) (storedMessage, error) {
	m := storedMessage{
		Kind: "request", Parts: make([]storedPart, len(in.Parts)), Instructions: in.Instructions,
		At: stamp(in.At), RunID: in.RunID, ConversationID: in.ConversationID,
	}
	for i, part := range in.Parts {
		var err error
		if m.Parts[i], err = storeInputPart(part); err != nil {
			return m, fmt.Errorf("part %d: %w", i, err)
		}
	}
	return m, nil
}

func storeInputPart(part InputPart) (p storedPart, err error) {
	switch part := part.(type) {
	case SystemPrompt:
		p = storedPart{Kind: "system-prompt", At: stamp(part.At)}
		p.Content, err = marshalPlain(part.Text)
	case UserPrompt:
		p = storedPart{Kind: "user-prompt", At: stamp(part.At)}
		p.Content, err = storeContent(part.Content)
	case ToolReturn:
		p = storedPart{Kind: "tool-return", ToolName: part.Name, CallID: part.ID, At: stamp(part.At)}
		p.Content, err = storeResult(part.Content)
	case RetryPrompt:
		p = storedPart{Kind: "retry-prompt", ToolName: part.Name, CallID: part.ID, At: stamp(part.At)}
		if len(part.Invalid) > 0 {
			p.Content, err = marshalPlain(part.Invalid)
		} else {
			p.Content, err = marshalPlain(part.Text)
		}
	default:
		err = fmt.Errorf("type %T", part)
	}
	return p, err
}

// storeContent writes a prompt: a string, or a list of strings and media.
func storeContent(content []Content) (json.RawMessage, error) {
	if len(content) == 1 {
		if text, ok := content[0].(Text); ok {
			return marshalPlain(text.Text)
		}
	}
	list := make([]any, len(content))
	for i, c := range content {
		switch c := c.(type) {
		case Text:
			list[i] = c.Text
		case Media:
			list[i] = storeMedia(c)
		default:
			return nil, fmt.Errorf("content %d: type %T", i, c)
		}
	}
	return marshalPlain(list)
}

func storeResult(result any) (json.RawMessage, error) {
	switch result := result.(type) {
	case Media:
		return marshalPlain(storeMedia(result))
	case []Content:
		return storeContent(result)
	default:
		return marshalPlain(result)
	}
}

func storeMedia(m Media) storedMedia {
	s := storedMedia{URL: m.URL, FileID: m.FileID, Type: m.Type}
	switch {
	case m.URL != "":
		s.Kind = string(m.Kind) + "-url"
	case m.FileID != "":
		s.Kind = "uploaded-file"
	default:
		s.Kind, s.Data = "binary", base64.URLEncoding.EncodeToString(m.Data)
	}
	return s
}

func storeResponse(r *Response) (storedMessage, error) {
	m := storedMessage{
		Kind: "response", Parts: make([]storedPart, len(r.Parts)), At: stamp(r.At), RunID: r.RunID, ConversationID: r.ConversationID,
		Usage: storeUsage(r.Usage), Model: r.Model, Provider: r.Provider, Details: r.Details, ID: r.ID, FinishReason: r.FinishReason,
	}
	for i, part := range r.Parts {
		var err error
		if m.Parts[i], err = storeResponsePart(part, r.Provider); err != nil {
			return m, fmt.Errorf("part %d: %w", i, err)
		}
	}
	return m, nil
}

func storeResponsePart(part ResponsePart, provider string) (p storedPart, err error) {
	switch part := part.(type) {
	case Text:
		p = storedPart{Kind: "text", ID: part.ID, Details: signed(part.Signature)}
		p.Content, err = marshalPlain(part.Text)
	case Thinking:
		p = storedPart{Kind: "thinking", ID: part.ID, Signature: part.Signature}
		p.Content, err = marshalPlain(part.Text)
	case ToolCall:
		p = storedPart{
			Kind: "tool-call", ToolName: part.Name, CallID: part.ID, Args: storeArgs(part.Args),
			ID: part.ItemID, Details: signed(part.Signature),
		}
		if part.Builtin {
			p.Kind, p.Provider = "builtin-tool-call", provider
		}
	case ToolReturn:
		p = storedPart{Kind: "builtin-tool-return", ToolName: part.Name, CallID: part.ID, At: stamp(part.At), Provider: provider}
		p.Content, err = storeResult(part.Content)
	case Media:
		p = storedPart{Kind: "file", Details: signed(part.Signature)}
		p.Content, err = marshalPlain(storeMedia(part))
	default:
		err = fmt.Errorf("type %T", part)
	}
	if p.ID != "" || p.Signature != "" || p.Details != nil { // only the provider that gave them gets them back
		p.Provider = provider
	}
	return p, err
}

// storeArgs returns arguments as JSON, whatever a model wrote: what is none is kept as a text.
func storeArgs(args json.RawMessage) json.RawMessage {
	if len(args) == 0 || json.Valid(args) {
		return args
	}
	return quoted(args)
}

func signed(signature string) map[string]any {
	if signature == "" {
		return nil
	}
	return map[string]any{thoughtSignature: signature}
}

func storeUsage(u Usage) *storedUsage {
	details := maps.Clone(u.Details)
	if details == nil {
		details = map[string]int64{}
	}
	if u.ReasoningTokens > 0 {
		details[reasoningTokens] = u.ReasoningTokens
	}
	return &storedUsage{
		Input: u.InputTokens, CacheWrite: u.CacheWriteTokens, CacheWrite1h: u.CacheWrite1hTokens, CacheRead: u.CacheReadTokens,
		Output: u.OutputTokens, InputAudio: u.InputAudioTokens, CacheAudioRead: u.CacheAudioReadTokens,
		OutputAudio: u.OutputAudioTokens, Details: details,
	}
}

func (u *storedUsage) usage() Usage {
	if u == nil {
		return Usage{}
	}
	reasoning := u.OutputReasoning
	details := maps.Clone(u.Details)
	if n, ok := details[reasoningTokens]; ok {
		reasoning = max(reasoning, n)
		delete(details, reasoningTokens)
	}
	if len(details) == 0 {
		details = nil
	}
	return Usage{
		InputTokens: u.Input, CacheWriteTokens: u.CacheWrite, CacheWrite1hTokens: u.CacheWrite1h, CacheReadTokens: u.CacheRead,
		OutputTokens: u.Output, ReasoningTokens: reasoning, InputAudioTokens: u.InputAudio, CacheAudioReadTokens: u.CacheAudioRead,
		OutputAudioTokens: u.OutputAudio, Details: details,
	}
}

func (m *storedMessage) message() (Message, error) {
	switch m.Kind {
	case "request":
		in := &Input{Instructions: m.Instructions, At: unstamp(m.At), RunID: m.RunID, ConversationID: m.ConversationID}
		for i := range m.Parts {
			part, err := m.Parts[i].inputPart()
			if err != nil {
				return nil, fmt.Errorf("part %d: %w", i, err)
			}
			in.Parts = append(in.Parts, part)
		}
		return in, nil
	case "response":
		r := &Response{
			Usage: m.Usage.usage(), Model: m.Model, Provider: m.Provider, ID: m.ID, FinishReason: m.FinishReason,
			At: unstamp(m.At), RunID: m.RunID, ConversationID: m.ConversationID, Details: m.Details,
		}
		for i := range m.Parts {
			part, err := m.Parts[i].responsePart()
			if err != nil {
				return nil, fmt.Errorf("part %d: %w", i, err)
			}
			r.Parts = append(r.Parts, part)
		}
		return r, nil
	default:
		return nil, fmt.Errorf("unknown kind %q", m.Kind)
	}
}

func (p *storedPart) inputPart() (InputPart, error) {
	at := unstamp(p.At)
	switch p.Kind {
	case "system-prompt":
		text, err := p.text()
		return SystemPrompt{Text: text, At: at}, err
	case "user-prompt":
		content, err := loadContent(p.Content)
		return UserPrompt{Content: content, At: at}, err
	case "tool-return":
		if p.Outcome == "retried" {
			return p.retry(at)
		}
		content, err := loadResult(p.Content)
		return ToolReturn{ID: p.CallID, Name: p.ToolName, Content: content, At: at}, err
	case "retry-prompt", "retry-feedback":
		return p.retry(at)
	default:
		return nil, fmt.Errorf("unknown kind %q", p.Kind)
	}
}

// text reads a content that is a string; null is an empty one.
func (p *storedPart) text() (text string, err error) {
	if len(p.Content) > 0 {
		err = json.Unmarshal(p.Content, &text)
	}
	return text, err
}

func (p *storedPart) retry(at time.Time) (InputPart, error) {
	r := RetryPrompt{Name: p.ToolName, At: at}
	if r.Name != "" { // PydanticAI 1 makes an id up where there is no call
		r.ID = p.CallID
	}
	var err error
	if bytes.HasPrefix(p.Content, []byte("[")) {
		err = json.Unmarshal(p.Content, &r.Invalid)
	} else {
		r.Text, err = p.text()
	}
	return r, err
}

// loadContent reads a prompt: a string, or a list of strings and media.
func loadContent(raw json.RawMessage) ([]Content, error) {
	if !bytes.HasPrefix(raw, []byte("[")) {
		var text string
		err := json.Unmarshal(raw, &text)
		return []Content{Text{Text: text}}, err
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	var content []Content
	for i, item := range list {
		c, err := loadPiece(item)
		if err != nil {
			return nil, fmt.Errorf("content %d: %w", i, err)
		}
		if c != nil {
			content = append(content, c)
		}
	}
	return content, nil
}

// loadPiece reads a piece of content; it is nil for what is only an instruction to a provider's cache.
func loadPiece(raw json.RawMessage) (Content, error) {
	if bytes.HasPrefix(raw, []byte(`"`)) {
		var text string
		err := json.Unmarshal(raw, &text)
		return Text{Text: text}, err
	}
	var s storedMedia
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	switch s.Kind {
	case "text", "text-content":
		return Text{Text: s.Text}, nil
	case "cache-point":
		return nil, nil
	default:
		return s.media()
	}
}

func (s *storedMedia) media() (Media, error) {
	m := Media{Kind: kindOf(s.Type), Type: s.Type}
	switch s.Kind {
	case "image-url", "audio-url", "video-url", "document-url":
		m.Kind, m.URL = MediaKind(strings.TrimSuffix(s.Kind, "-url")), s.URL
	case "uploaded-file":
		m.FileID = s.FileID
	case "binary":
		data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(s.Data), "="))
		if err != nil {
			return m, fmt.Errorf("data: %w", err)
		}
		m.Data = data
	default:
		return m, fmt.Errorf("unknown kind %q", s.Kind)
	}
	return m, nil
}

// kindOf returns the kind of a media type.
func kindOf(mediaType string) MediaKind {
	switch kind, _, _ := strings.Cut(mediaType, "/"); kind {
	case "image", "audio", "video":
		return MediaKind(kind)
	default:
		return Document
	}
}

// loadResult reads the result of a tool: a string, media, or any other JSON.
func loadResult(raw json.RawMessage) (any, error) {
	switch {
	case len(raw) == 0:
		return json.RawMessage("null"), nil
	case raw[0] == '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err
	case raw[0] == '{':
		var s storedMedia
		if json.Unmarshal(raw, &s) == nil { // other objects have a "kind" too, of other types
			if m, err := s.media(); err == nil {
				return m, nil
			}
		}
	case raw[0] == '[' && bytes.Contains(raw, []byte(`"media_type"`)):
		if content, err := loadContent(raw); err == nil {
			return content, nil
		}
	}
	return raw, nil
}

func (p *storedPart) responsePart() (ResponsePart, error) {
	signature, _ := p.Details[thoughtSignature].(string)
	switch p.Kind {
	case "text":
		text, err := p.text()
		return Text{Text: text, ID: p.ID, Signature: signature}, err
	case "thinking":
		text, err := p.text()
		return Thinking{Text: text, ID: p.ID, Signature: p.Signature}, err
	case "tool-call", "builtin-tool-call":
		call := ToolCall{ID: p.CallID, Name: p.ToolName, ItemID: p.ID, Signature: signature, Builtin: p.Kind != "tool-call"}
		if string(p.Args) != "null" {
			call.Args = p.Args
		}
		return call, nil
	case "builtin-tool-return":
		content, err := loadResult(p.Content)
		return ToolReturn{ID: p.CallID, Name: p.ToolName, Content: content, At: unstamp(p.At)}, err
	case "file":
		var s storedMedia
		if err := json.Unmarshal(p.Content, &s); err != nil {
			return nil, err
		}
		m, err := s.media()
		m.Signature = signature
		return m, err
	case "":
		return nil, errors.New("it has no part_kind")
	default:
		return nil, fmt.Errorf("unknown kind %q", p.Kind)
	}
}
