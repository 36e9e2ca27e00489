package openaimodel

import (
	"github.com/openai/openai-go/v3"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// chatDeltas turns the chunks of a stream into deltas.
type chatDeltas struct {
	model *Chat
	yield func(agent.Delta, error) bool

	next     int           // index of the next part
	text     *int          // index of the text that is being written, or nil
	thought  *int          // index of the thought that is being written, or nil
	tagged   bool          // the thought stands between tags in the content
	calls    map[int64]int // indexes of parts by the API's indexes of calls
	refusal  string        // as far as it has come
	finished bool          // the provider said why the model stopped
}

// chunk passes on what a chunk holds, and returns false when the consumer wants no more.
func (d *chatDeltas) chunk(c openai.ChatCompletionChunk) bool {
	about := agent.ResponseDelta{Model: c.Model, Provider: d.model.provider, ID: c.ID}
	if c.JSON.Usage.Valid() {
		usage := chatUsage(c.Usage)
		about.Usage = &usage
	}
	if c.ServiceTier != "" {
		about.Details = map[string]any{"service_tier": string(c.ServiceTier)}
	}
	if len(c.Choices) == 0 {
		return d.yield(about, nil)
	}
	choice := c.Choices[0]
	d.refusal += choice.Delta.Refusal
	if reason := choice.FinishReason; reason != "" && d.refusal == "" {
		d.finished = true
		about.FinishReason = chatReasons[reason]
		about.Details = map[string]any{"finish_reason": reason}
	}
	return d.yield(about, nil) && d.delta(choice.Delta)
}

func (d *chatDeltas) delta(delta openai.ChatCompletionChunkChoiceDelta) bool {
	if field, text := reasoning(delta.JSON.ExtraFields); text != "" && !d.think(field, text) {
		return false
	}
	if text := content(delta.JSON.Content, delta.Content); text != "" && !d.write(text) {
		return false
	}
	for _, call := range delta.ToolCalls {
		if !d.call(call) {
			return false
		}
	}
	return true
}

// write adds to the text, or to a thought that stands between tags: models give the tags as pieces of their own.
func (d *chatDeltas) write(text string) bool {
	switch {
	case text == thinkStart && d.text == nil:
		d.tagged, d.thought = true, nil
		return true
	case text == thinkEnd && d.tagged:
		d.tagged, d.thought = false, nil
		return true
	case d.tagged:
		return d.think("content", text)
	}
	if d.text == nil {
		d.text, d.thought = d.begin(), nil
	}
	return d.yield(agent.TextDelta{Index: *d.text, Text: text}, nil)
}

func (d *chatDeltas) think(field, text string) bool {
	if d.thought == nil {
		d.thought, d.text = d.begin(), nil
	}
	return d.yield(agent.ThinkingDelta{Index: *d.thought, ID: field, Text: text}, nil)
}

func (d *chatDeltas) call(call openai.ChatCompletionChunkChoiceDeltaToolCall) bool {
	index, known := d.calls[call.Index]
	if !known {
		if d.calls == nil {
			d.calls = map[int64]int{}
		}
		index = *d.begin()
		d.calls[call.Index] = index
		d.text, d.thought = nil, nil
	}
	return d.yield(agent.ToolCallDelta{
		Index: index, ID: call.ID, Name: call.Function.Name, Args: call.Function.Arguments, Signature: signature(call.RawJSON()),
	}, nil)
}

// begin returns the index of a new part.
func (d *chatDeltas) begin() *int {
	index := d.next
	d.next++
	return &index
}

// end tells what is known when the stream is over.
func (d *chatDeltas) end() {
	switch {
	case d.refusal != "":
		d.yield(agent.ResponseDelta{FinishReason: agent.FinishContentFilter, Details: map[string]any{"refusal": d.refusal}}, nil)
	case !d.finished:
		d.yield(agent.ResponseDelta{FinishReason: agent.FinishStop}, nil)
	}
}
