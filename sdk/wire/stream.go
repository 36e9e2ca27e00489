package wire

import (
	"encoding/json"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// Bounds on what a Stream holds. What goes beyond is not kept, and Truncated tells of it.
const (
	// MaxStreamContent is how many bytes of text, thoughts and arguments are kept of one response.
	MaxStreamContent = 4 << 20
	// MaxStreamEvent is the size of the largest event that is read; an image is one.
	MaxStreamEvent = 16 << 20
)

// Stream puts a response together while its body is written to it, in pieces of any size. It is not safe for concurrent
// use.
type Stream struct {
	endpoint Endpoint
	events   splitter
	decoder  decoder
	state    *collected
}

// decoder takes the events of one format.
type decoder interface {
	event(name string, data []byte)
	response() *agent.Response
}

// NewStream returns a stream for the body of a successful response of the endpoint: server-sent events, JSON by lines, or
// a JSON list that arrives element by element.
func (e Endpoint) NewStream() *Stream {
	s := &Stream{endpoint: e}
	switch e.API {
	case OpenAIResponses:
		d := &openAIResponsesStream{}
		s.decoder, s.state = d, &d.collected
	case AnthropicMessages:
		d := &anthropicStream{}
		s.decoder, s.state = d, &d.collected
	case GoogleGenerate:
		d := &googleStream{}
		s.decoder, s.state = d, &d.collected
	case OllamaChat:
		d := &ollamaStream{}
		s.decoder, s.state = d, &d.collected
	default:
		d := &openAIChatStream{}
		s.decoder, s.state = d, &d.collected
	}
	s.events.emit = s.decoder.event
	return s
}

// Write takes the next bytes of the body. It takes all of them and never fails.
func (s *Stream) Write(p []byte) (int, error) {
	s.events.write(p)
	return len(p), nil
}

// Close tells that the body has ended. It never fails.
func (s *Stream) Close() error {
	s.events.end()
	return nil
}

// Started tells whether any of the answer has arrived: text, a thought, or a call.
func (s *Stream) Started() bool { return s.state.started }

// Truncated tells whether something was left out because it was too large.
func (s *Stream) Truncated() bool { return s.state.truncated || s.events.truncated }

// Response returns what has arrived so far, as a value of its own.
func (s *Stream) Response() *agent.Response {
	r := s.decoder.response()
	s.endpoint.settle(r)
	return r
}

// Err returns the error that the provider sent in place of the rest of the answer, or nil.
func (s *Stream) Err() error {
	if s.state.failure == nil {
		return nil
	}
	return s.state.failure
}

// collected is what all decoders have: the parts that came piece by piece, in bounds.
type collected struct {
	collector agent.Collector
	started   bool
	size      int
	truncated bool
	failure   *Error
}

func (c *collected) add(d agent.Delta) {
	size := 0
	switch d := d.(type) {
	case agent.TextDelta:
		size = len(d.Text) + partOverhead
	case agent.ThinkingDelta:
		size = len(d.Text) + len(d.Signature) + partOverhead
	case agent.ToolCallDelta:
		size = len(d.Args) + partOverhead
	case agent.PartDelta:
		size = partOverhead // it was bounded as an event
	}
	if size > 0 {
		c.started = true
		if !c.room(size) {
			return
		}
	}
	c.collector.Add(d)
}

// partOverhead is counted for each piece, so that no number of empty ones takes memory without end.
const partOverhead = 8

// room tells whether so many bytes more may be kept.
func (c *collected) room(size int) bool {
	if c.size+size > MaxStreamContent {
		c.truncated = true
		return false
	}
	c.size += size
	return true
}

func (c *collected) response() *agent.Response { return c.collector.Response() }

// fail notes an error that stands where a piece of the answer should.
func (c *collected) fail(text json.RawMessage) {
	if !absent(text) && c.failure == nil {
		c.failure = errorOf(text)
	}
}
