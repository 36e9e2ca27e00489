package wire

import (
	"encoding/json"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// ReadResponse reads the whole body of a successful response that is no stream. An error says that it is not one of the
// endpoint's format.
func (e Endpoint) ReadResponse(body []byte) (*agent.Response, error) {
	if !json.Valid(body) {
		return nil, badBody(e.API, "response", decode(body, &struct{}{}))
	}
	var r *agent.Response
	switch e.API {
	case OpenAIChat:
		r = readOpenAIChat(body)
	case OpenAIResponses:
		r = readOpenAIResponse(body)
	case OpenAIEmbeddings:
		r = readEmbeddings(body)
	case AnthropicMessages:
		r = readAnthropic(body)
	case GoogleGenerate:
		r = readGoogle(body)
	case OllamaChat:
		r = readOllama(body)
	}
	if r == nil {
		return nil, badBody(e.API, "response", nil)
	}
	e.settle(r)
	return r, nil
}

// settle adds what the format alone does not tell.
func (e Endpoint) settle(r *agent.Response) {
	r.Provider = e.Provider
	if e.API == OpenAIChat && e.Provider == "xai" {
		r.Usage.OutputTokens += r.Usage.ReasoningTokens // it counts what was thought beside what was said
	}
}

// finishes are why models stop, by the words of the providers. Words that mean something else (pause_turn) are left out.
var finishes = map[string]agent.FinishReason{
	// OpenAI and Ollama
	"stop": agent.FinishStop, "length": agent.FinishLength, "tool_calls": agent.FinishToolCall, "function_call": agent.FinishToolCall,
	"content_filter": agent.FinishContentFilter, "load": agent.FinishStop,
	// OpenAI's responses
	"completed": agent.FinishStop, "max_output_tokens": agent.FinishLength, "cancelled": agent.FinishError, "failed": agent.FinishError,
	// Anthropic
	"end_turn": agent.FinishStop, "max_tokens": agent.FinishLength, "model_context_window_exceeded": agent.FinishLength,
	"stop_sequence": agent.FinishStop, "tool_use": agent.FinishToolCall, "refusal": agent.FinishContentFilter, "compaction": agent.FinishStop,
	// Google
	"STOP": agent.FinishStop, "MAX_TOKENS": agent.FinishLength, "SAFETY": agent.FinishContentFilter, "RECITATION": agent.FinishContentFilter,
	"BLOCKLIST": agent.FinishContentFilter, "PROHIBITED_CONTENT": agent.FinishContentFilter, "SPII": agent.FinishContentFilter,
	"IMAGE_SAFETY": agent.FinishContentFilter, "IMAGE_PROHIBITED_CONTENT": agent.FinishContentFilter, "MODEL_ARMOR": agent.FinishContentFilter,
	"LANGUAGE": agent.FinishError, "MALFORMED_FUNCTION_CALL": agent.FinishError, "UNEXPECTED_TOOL_CALL": agent.FinishError,
	"NO_IMAGE": agent.FinishError, "CONTINUATION": agent.FinishLength,
}

func finishReason(word string) agent.FinishReason { return finishes[word] }

// details are a response's details, as PydanticAI names them.
type details map[string]any

func (d details) set(name, value string) {
	if value != "" {
		d[name] = value
	}
}

// refused notes that the model refused to answer.
func (d details) refused(r *agent.Response, refusal string) {
	if refusal != "" {
		d["refusal"] = refusal
		r.FinishReason = agent.FinishContentFilter
	}
}
