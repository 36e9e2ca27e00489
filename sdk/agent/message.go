package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Message is one step of a conversation: an *[Input] or a *[Response]. Messages are not changed once they are part of a
// conversation, so that histories may share them.
type Message interface{ message() }

// Input is what the application sends to a model in one request: prompts, results of tools, reasons to try again.
type Input struct {
	Parts        []InputPart
	Instructions string    // those of this request; not part of the history that models are sent later
	At           time.Time // when it was made
	RunID        string    // of the run that made it

	ConversationID string // of the conversation that it is part of
}

// Response is what a model answers to one request.
type Response struct {
	Parts        []ResponsePart
	Usage        Usage
	Model        string       // the name that the provider reports, often a dated version of the one that was asked for
	Provider     string       // as [Model].Provider
	ID           string       // the provider's id of the response, or empty
	FinishReason FinishReason // empty when the provider gave none
	At           time.Time    // when it was received
	RunID        string       // of the run that asked for it
	// Details are what else the provider said, as JSON values: its own finish_reason, its refusal, and what a model wants
	// to see again in later requests. It may be nil.
	Details map[string]any

	ConversationID string // of the conversation that it is part of
}

// Text returns the text parts of the response, joined.
func (r *Response) Text() string {
	var text strings.Builder
	for _, part := range r.Parts {
		if t, ok := part.(Text); ok {
			text.WriteString(t.Text)
		}
	}
	return text.String()
}

// ToolCalls returns the calls that the application is asked to carry out, in order: those that the provider carries out
// itself are not among them.
func (r *Response) ToolCalls() []ToolCall {
	var calls []ToolCall
	for _, part := range r.Parts {
		if call, ok := part.(ToolCall); ok && !call.Builtin {
			calls = append(calls, call)
		}
	}
	return calls
}

func (*Input) message()    {}
func (*Response) message() {}

// FinishReason is why a model stopped, in the words of OpenTelemetry's conventions for generative AI.
type FinishReason string

// The reasons.
const (
	FinishStop          FinishReason = "stop"
	FinishLength        FinishReason = "length"
	FinishContentFilter FinishReason = "content_filter"
	FinishToolCall      FinishReason = "tool_call"
	FinishError         FinishReason = "error"
)

// InputPart is a part of an [Input]: [SystemPrompt], [UserPrompt], [ToolReturn] or [RetryPrompt].
type InputPart interface{ inputPart() }

// SystemPrompt is what a developer tells the model, kept in the history.
type SystemPrompt struct {
	Text string
	At   time.Time
}

// UserPrompt is what a user says. Its content is in the order in which it is meant to be read.
type UserPrompt struct {
	Content []Content
	At      time.Time
}

// ToolReturn is the result of a tool call.
type ToolReturn struct {
	ID   string // of the call
	Name string // of the tool
	// Content is a string, which is sent as it is; a [Media] or a []Content, which models see as far as they can; or
	// anything else, which is sent as JSON.
	Content any
	At      time.Time
}

// ModelText returns what a model is told: a string as it is, anything else as JSON.
func (t ToolReturn) ModelText() string {
	if text, ok := t.Content.(string); ok {
		return text
	}
	if text, ok := t.Content.(json.RawMessage); ok {
		return string(text)
	}
	text, err := marshalPlain(t.Content)
	if err != nil {
		return fmt.Sprint(t.Content)
	}
	return string(text)
}

// marshalPlain is json.Marshal without the escapes for HTML, which cost models tokens.
func marshalPlain(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// RetryPrompt asks the model to try again: a tool refused its arguments, or the output was not acceptable.
type RetryPrompt struct {
	ID      string         // of the call that it answers; empty when it answers no call
	Name    string         // of the tool; empty when it answers no call
	Text    string         // why, in words; empty when Invalid says it
	Invalid []InvalidValue // what the schema does not allow; empty when Text says why
	At      time.Time
}

// InvalidValue is a place where arguments or an output do not keep to their schema. Type and Message use the words of
// Pydantic, which models know well.
type InvalidValue struct {
	Type    string `json:"type"`  // a word for the kind of mistake, such as missing
	Path    []any  `json:"loc"`   // from the outside in: names of properties (string) and positions in arrays (int)
	Message string `json:"msg"`   // a sentence for the model
	Input   any    `json:"input"` // what was there; of a missing property, what it is missing from
}

// Prompt returns what a model is told.
func (r RetryPrompt) Prompt() string {
	const fix = "\n\nFix the errors and try again."
	switch {
	case len(r.Invalid) > 0:
		return r.invalid() + fix
	case r.Name == "":
		return "Validation feedback:\n" + r.Text + fix
	default:
		return r.Text + fix
	}
}

func (r RetryPrompt) invalid() string {
	type detail struct {
		Type    string `json:"type"`
		Path    []any  `json:"loc"`
		Message string `json:"msg"`
		Input   *any   `json:"input,omitempty"`
	}
	details := make([]detail, len(r.Invalid))
	for i, v := range r.Invalid {
		details[i] = detail{Type: v.Type, Path: v.Path, Message: v.Message}
		if r.Name != "" || len(v.Path) > 1 { // the text of a whole output is in the conversation already
			details[i].Input = &v.Input
		}
	}
	plural := "s"
	if len(details) == 1 {
		plural = ""
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(details); err != nil { // a value that is not JSON came from our own reading of JSON
		return err.Error()
	}
	return fmt.Sprintf("%d validation error%s:\n```json\n%s```", len(details), plural, text.String())
}

// summary says in one line what is invalid.
func (r RetryPrompt) summary() string {
	lines := make([]string, len(r.Invalid))
	for i, v := range r.Invalid {
		lines[i] = v.String()
	}
	return strings.Join(lines, "; ")
}

// String returns the place and the message, for example "city: Field required".
func (v InvalidValue) String() string {
	if len(v.Path) == 0 {
		return v.Message
	}
	path := make([]string, len(v.Path))
	for i, step := range v.Path {
		path[i] = fmt.Sprint(step)
	}
	return strings.Join(path, ".") + ": " + v.Message
}

func (SystemPrompt) inputPart() {}
func (UserPrompt) inputPart()   {}
func (ToolReturn) inputPart()   {}
func (RetryPrompt) inputPart()  {}

// Content is a piece of a user prompt: [Text] or [Media].
type Content interface{ content() }

// ResponsePart is a part of a [Response]: [Text], [Thinking], [ToolCall], [ToolReturn] (of a tool that the provider ran
// itself) or [Media].
type ResponsePart interface{ responsePart() }

// Text is plain or Markdown text.
type Text struct {
	Text      string
	ID        string // the provider's id of the part, or empty
	Signature string // what the provider wants back with it, or empty
}

// Thinking is what a model says to itself before it answers.
type Thinking struct {
	Text      string // may be empty when the provider encrypts it
	ID        string // the provider's id of the part, or empty
	Signature string // what the provider wants back with it, or empty
}

// ToolCall asks for a tool to be run.
type ToolCall struct {
	ID      string // made by the agent when the provider gives none
	Name    string
	Args    json.RawMessage // an object, or a JSON string that holds one, exactly as the provider gave it; may be empty
	Builtin bool            // the provider runs it itself

	ItemID    string // the provider's id of the part, where that is not the call's
	Signature string // what the provider wants back with it, or empty
}

// Media is an image, a sound, a video or a document: by URL, by content, or as a file that the provider holds. Exactly one
// of URL, Data and FileID is set.
type Media struct {
	Kind   MediaKind
	URL    string
	Data   []byte
	FileID string
	Type   string // the media type, such as image/png; required with Data

	Signature string // what the provider wants back with it, or empty; of a response
}

// MediaKind is what kind of thing a [Media] is.
type MediaKind string

// The kinds.
const (
	Image    MediaKind = "image"
	Audio    MediaKind = "audio"
	Video    MediaKind = "video"
	Document MediaKind = "document"
)

func (Text) content()  {}
func (Media) content() {}

func (Text) responsePart()       {}
func (Thinking) responsePart()   {}
func (ToolCall) responsePart()   {}
func (ToolReturn) responsePart() {}
func (Media) responsePart()      {}
