package genai

import "encoding/json"

// Kind is what a record tells of.
type Kind string

// The kinds.
const (
	KindChat       Kind = "chat"
	KindCompletion Kind = "text_completion"
	KindEmbeddings Kind = "embeddings"
	KindImage      Kind = "image"
	KindRerank     Kind = "rerank"
	KindRetrieval  Kind = "retrieval"
	KindAgent      Kind = "agent"
	KindWorkflow   Kind = "workflow"
	KindTool       Kind = "tool"
	KindGuardrail  Kind = "guardrail"
	KindEvaluator  Kind = "evaluator"
	KindMemory     Kind = "memory"
	KindHandoff    Kind = "handoff"
	KindSpeech     Kind = "speech"
	KindOther      Kind = "other"
)

// isModelCall tells whether a record of this kind spends tokens itself.
func (k Kind) isModelCall() bool {
	switch k {
	case KindChat, KindCompletion, KindEmbeddings, KindImage, KindRerank, KindSpeech:
		return true
	}
	return false
}

// UsageScope says what the usage of a record counts.
type UsageScope string

// The scopes. Only leaf usage is ever added up.
const (
	ScopeLeaf      UsageScope = "leaf"      // one model call
	ScopeAggregate UsageScope = "aggregate" // the sum of what is below
	ScopePartial   UsageScope = "partial"
	ScopeNone      UsageScope = "none"
)

// Record is what one span, with its events and logs, or one log tells.
type Record struct {
	Kind           Kind            `json:"kind"`
	Operation      string          `json:"operation,omitempty"` // as received
	Dialects       []string        `json:"dialects,omitempty"`  // the extractors that contributed, strongest first
	Provider       string          `json:"provider,omitempty"`  // canonical
	ProviderRaw    string          `json:"provider_raw,omitempty"`
	RequestModel   string          `json:"request_model,omitempty"`
	ResponseModel  string          `json:"response_model,omitempty"`
	ResponseID     string          `json:"response_id,omitempty"`
	ServerAddress  string          `json:"server_address,omitempty"`
	ServerPort     int64           `json:"server_port,omitempty"`
	System         []Part          `json:"system,omitempty"` // instructions that stand outside of, or before, the messages
	Input          []Message       `json:"input,omitempty"`
	Output         []Message       `json:"output,omitempty"` // one per choice
	Tools          []ToolDef       `json:"tools,omitempty"`
	ToolChoice     string          `json:"tool_choice,omitempty"`
	OutputType     string          `json:"output_type,omitempty"` // text, json, image or speech
	OutputSchema   json.RawMessage `json:"output_schema,omitempty"`
	Params         map[string]any  `json:"params,omitempty"`
	Finish         []string        `json:"finish,omitempty"` // canonical
	Usage          Usage           `json:"usage,omitzero"`
	UsageScope     UsageScope      `json:"usage_scope,omitempty"`
	Cost           *Cost           `json:"cost,omitempty"`
	Stream         *bool           `json:"stream,omitempty"`
	TTFTSeconds    *float64        `json:"ttft_seconds,omitempty"` // until the first chunk
	Agent          AgentRef        `json:"agent,omitzero"`
	Tool           *ToolExec       `json:"tool,omitempty"`
	Query          string          `json:"query,omitempty"` // of a retrieval or a reranking
	Docs           []Document      `json:"docs,omitempty"`
	Embeddings     *EmbeddingInfo  `json:"embeddings,omitempty"`
	Evals          []Eval          `json:"evals,omitempty"`
	ConversationID string          `json:"conversation_id,omitempty"`
	SessionID      string          `json:"session_id,omitempty"`
	UserID         string          `json:"user_id,omitempty"`
	RunID          string          `json:"run_id,omitempty"`
	WorkflowName   string          `json:"workflow_name,omitempty"`
	PromptName     string          `json:"prompt_name,omitempty"`
	PromptVersion  string          `json:"prompt_version,omitempty"`
	Tags           []string        `json:"tags,omitempty"`
	Metadata       map[string]any  `json:"metadata,omitempty"`
	ErrorType      string          `json:"error_type,omitempty"`
	ErrorMessage   string          `json:"error_message,omitempty"`
	Truncated      bool            `json:"truncated,omitempty"`       // some of the content was cut on its way
	ContentMissing bool            `json:"content_missing,omitempty"` // some of the content was not captured

	history int    // of a run: how many requests and answers it was handed; its own messages come after them
	outside bool   // cache tokens are not part of Usage.Input yet; settled at the end
	tier    string // the service tier, of a call known by HTTP bodies alone
	pairKey string // the request of a streamed answer: the span and the log of one call have the same
}

// Role is who says a message.
type Role string

// The roles.
const (
	RoleSystem    Role = "system"
	RoleDeveloper Role = "developer"
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
	RoleTool      Role = "tool"
)

// Message is what one side says at once.
type Message struct {
	Role   Role   `json:"role"`
	Name   string `json:"name,omitempty"`
	Parts  []Part `json:"parts"`
	Finish string `json:"finish,omitempty"` // of outputs, canonical
}

// PartType is what a Part holds.
type PartType string

// The types of parts.
const (
	PartText       PartType = "text"
	PartThinking   PartType = "thinking"
	PartToolCall   PartType = "tool_call"
	PartToolResult PartType = "tool_result"
	PartImage      PartType = "image"
	PartAudio      PartType = "audio"
	PartVideo      PartType = "video"
	PartFile       PartType = "file"
	PartRefusal    PartType = "refusal"
	PartJSON       PartType = "json"
	PartUnknown    PartType = "unknown"
)

// Part is a piece of a message. Which fields are filled depends on its type.
type Part struct {
	Type PartType `json:"type"`
	Text string   `json:"text,omitempty"` // text, thinking, refusal

	MIME       string `json:"mime,omitempty"`
	URI        string `json:"uri,omitempty"`
	FileID     string `json:"file_id,omitempty"`
	Data       string `json:"data,omitempty"`     // base64
	Redacted   bool   `json:"redacted,omitempty"` // the provider or the SDK withheld the content
	Transcript string `json:"transcript,omitempty"`

	ID         string          `json:"id,omitempty"` // of a tool's call
	Name       string          `json:"name,omitempty"`
	Args       json.RawMessage `json:"args,omitempty"`     // valid JSON; a string when the model wrote no JSON
	ArgsRaw    string          `json:"args_raw,omitempty"` // what the model wrote, when it is no JSON
	Result     json.RawMessage `json:"result,omitempty"`
	IsError    bool            `json:"is_error,omitempty"`
	ServerSide bool            `json:"server_side,omitempty"` // the provider runs the tool
	Lang       string          `json:"lang,omitempty"`        // language of a code argument,
	CodeArg    string          `json:"code_arg,omitempty"`    // and its name

	Signature string          `json:"signature,omitempty"` // of thinking; opaque
	Raw       json.RawMessage `json:"raw,omitempty"`       // of json and unknown parts

	Missing bool `json:"content_missing,omitempty"` // the content was not captured

	Execution *Execution `json:"execution,omitempty"` // of a tool call in a Conversation
}

// Usage counts tokens. nil means that it was not reported. Input holds everything that was sent, cached tokens too;
// Output holds the reasoning.
type Usage struct {
	Input              *int64           `json:"input,omitempty"`
	Output             *int64           `json:"output,omitempty"`
	Total              *int64           `json:"total,omitempty"`
	CacheRead          *int64           `json:"cache_read,omitempty"`
	CacheWrite         *int64           `json:"cache_write,omitempty"`
	CacheWrite5m       *int64           `json:"cache_write_5m,omitempty"`
	CacheWrite1h       *int64           `json:"cache_write_1h,omitempty"`
	Reasoning          *int64           `json:"reasoning,omitempty"`
	InputAudio         *int64           `json:"input_audio,omitempty"`
	OutputAudio        *int64           `json:"output_audio,omitempty"`
	InputImage         *int64           `json:"input_image,omitempty"`
	OutputImage        *int64           `json:"output_image,omitempty"`
	CacheReadAudio     *int64           `json:"cache_read_audio,omitempty"`
	AcceptedPrediction *int64           `json:"accepted_prediction,omitempty"`
	RejectedPrediction *int64           `json:"rejected_prediction,omitempty"`
	ToolUsePrompt      *int64           `json:"tool_use_prompt,omitempty"`
	Requests           *int64           `json:"requests,omitempty"`
	Other              map[string]int64 `json:"other,omitempty"`
}

// Money is an amount in nano-USD: 1 USD is 1 000 000 000.
type Money int64

// Cost is what calls cost, in nano-USD.
type Cost struct {
	Total  *Money `json:"total,omitempty"`
	Input  *Money `json:"input,omitempty"`
	Output *Money `json:"output,omitempty"`
	Source string `json:"source"` // reported, computed or override
}

// AgentRef names an agent.
type AgentRef struct {
	Name        string `json:"name,omitempty"`
	ID          string `json:"id,omitempty"`
	Description string `json:"description,omitempty"`
	Version     string `json:"version,omitempty"`
}

// ToolDef is a tool that a model may call.
type ToolDef struct {
	Name        string          `json:"name,omitempty"`
	Type        string          `json:"type,omitempty"` // function, or a provider's own such as web_search
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"`
}

// ToolExec is one execution of a tool.
type ToolExec struct {
	Name        string          `json:"name,omitempty"`
	CallID      string          `json:"call_id,omitempty"`
	Type        string          `json:"type,omitempty"`
	Description string          `json:"description,omitempty"`
	Args        json.RawMessage `json:"args,omitempty"`
	Result      json.RawMessage `json:"result,omitempty"`
	IsError     bool            `json:"is_error,omitempty"`
	Stage       string          `json:"stage,omitempty"`    // where it failed, such as validation
	Deferral    string          `json:"deferral,omitempty"` // why it was put off: CallDeferred, ApprovalRequired
}

// Document is what a retrieval found or a reranking ordered.
type Document struct {
	ID       string          `json:"id,omitempty"`
	Content  string          `json:"content,omitempty"`
	Score    *float64        `json:"score,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
	Input    bool            `json:"input,omitempty"` // of a reranking: given, not answered
}

// EmbeddingInfo is what was embedded. Vectors are dropped.
type EmbeddingInfo struct {
	Inputs     []string `json:"inputs,omitempty"`
	Count      int64    `json:"count,omitempty"`
	Dimensions int64    `json:"dimensions,omitempty"`
}

// Eval is a judgement of a record.
type Eval struct {
	Name        string   `json:"name"`
	Score       *float64 `json:"score,omitempty"`
	Label       string   `json:"label,omitempty"`
	Explanation string   `json:"explanation,omitempty"`
	Source      string   `json:"source,omitempty"`
	Kind        string   `json:"kind,omitempty"` // HUMAN, LLM or CODE
}
