package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"maps"
)

// Model answers requests. Implementations are safe for concurrent use.
type Model interface {
	// Name is the model's name at its provider: gen_ai.request.model.
	Name() string
	// Provider is the provider's id: gen_ai.provider.name, for example openai, anthropic, google, test.
	Provider() string
	// BaseURL is where requests go, or empty: server.address and server.port.
	BaseURL() string
	// Request asks for the next response. A provider's refusal is a *[ModelHTTPError].
	Request(ctx context.Context, req *Request) (*Response, error)
	// Stream asks for the next response piece by piece. The sequence is consumed once; when the consumer stops early, the
	// request is cancelled. An error ends it. A [Collector] makes the response out of it.
	Stream(ctx context.Context, req *Request) (iter.Seq2[Delta, error], error)
}

// WrapperModel is a model that adds something to another.
type WrapperModel interface {
	Model
	Unwrap() Model
}

// Request is a question to a model. It is not changed after the call and must not be changed by the model.
type Request struct {
	Messages     []Message // oldest first; the last one is an *[Input]
	Instructions string    // of this request, what asks for JSON in mode prompted included; models put them before everything else
	Settings     Settings
	Tools        []ToolDefinition // functions that the model may call
	Output       OutputDefinition
}

// ToolDefinition describes a function to a model.
type ToolDefinition struct {
	Name        string
	Description string
	Schema      json.RawMessage // JSON Schema of the arguments, an object
	Strict      bool            // ask the provider to keep to the schema where it can
}

// OutputMode is how a model is made to answer with structured data.
type OutputMode int

// The modes.
const (
	OutputText     OutputMode = iota // free text
	OutputTool                       // by calling an output tool, whose arguments are the answer
	OutputNative                     // by the provider's own structured output
	OutputPrompted                   // by asking for JSON in the instructions
)

// String returns the mode's name: text, tool, native or prompted.
func (m OutputMode) String() string {
	return [...]string{"text", "tool", "native", "prompted"}[m]
}

// OutputDefinition says what kind of answer is wanted.
type OutputDefinition struct {
	Mode      OutputMode
	Tools     []ToolDefinition // in mode tool
	AllowText bool             // plain text is an answer too
	// Name, Description and Schema are the object's in modes native and prompted.
	Name, Description string
	Schema            json.RawMessage
}

// Settings are parameters of a request. What is nil or empty is left to the provider.
type Settings struct {
	MaxTokens         *int
	Temperature       *float64
	TopP              *float64
	Seed              *int
	PresencePenalty   *float64
	FrequencyPenalty  *float64
	StopSequences     []string
	ParallelToolCalls *bool
	// Thinking is how hard a reasoning model is to think: low, medium or high.
	Thinking string
	// ExtraBody are fields that are added to the body of the request as they are.
	ExtraBody map[string]any
}

// With returns the settings with those of other that are set; neither is changed.
func (s Settings) With(other Settings) Settings {
	s.MaxTokens = cmp.Or(other.MaxTokens, s.MaxTokens)
	s.Temperature = cmp.Or(other.Temperature, s.Temperature)
	s.TopP = cmp.Or(other.TopP, s.TopP)
	s.Seed = cmp.Or(other.Seed, s.Seed)
	s.PresencePenalty = cmp.Or(other.PresencePenalty, s.PresencePenalty)
	s.FrequencyPenalty = cmp.Or(other.FrequencyPenalty, s.FrequencyPenalty)
	s.ParallelToolCalls = cmp.Or(other.ParallelToolCalls, s.ParallelToolCalls)
	s.Thinking = cmp.Or(other.Thinking, s.Thinking)
	if other.StopSequences != nil {
		s.StopSequences = other.StopSequences
	}
	if other.ExtraBody != nil {
		body := maps.Clone(other.ExtraBody)
		for name, value := range s.ExtraBody {
			if _, replaced := body[name]; !replaced {
				body[name] = value
			}
		}
		s.ExtraBody = body
	}
	return s
}

// Delta is a piece of a response as it arrives: [TextDelta], [ThinkingDelta], [ToolCallDelta], [PartDelta] or
// [ResponseDelta]. Index numbers the parts of a response in the order in which they began, from 0.
type Delta interface{ delta() }

// TextDelta adds to a [Text].
type TextDelta struct {
	Index     int
	Text      string
	ID        string // if known by now
	Signature string // if known by now
}

// ThinkingDelta adds to a [Thinking].
type ThinkingDelta struct {
	Index     int
	Text      string
	ID        string // if known by now
	Signature string // if known by now
}

// ToolCallDelta adds to a [ToolCall]: ID and Name are set once, Args are pieces of JSON text, which the collected call
// holds as a JSON string. A call whose arguments come as an object is a [PartDelta].
type ToolCallDelta struct {
	Index    int
	ID, Name string
	Args     string
	Builtin  bool

	ItemID, Signature string // if known by now
}

// PartDelta is a part that comes whole.
type PartDelta struct {
	Index int
	Part  ResponsePart
}

// ResponseDelta tells about the response as a whole. Fields that are set replace what was known; Usage replaces the usage
// when it is not nil, and Details are added to the details.
type ResponseDelta struct {
	Model, Provider, ID string
	FinishReason        FinishReason
	Usage               *Usage
	Details             map[string]any
}

func (TextDelta) delta()     {}
func (ThinkingDelta) delta() {}
func (ToolCallDelta) delta() {}
func (PartDelta) delta()     {}
func (ResponseDelta) delta() {}
