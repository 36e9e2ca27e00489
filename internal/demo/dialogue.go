package demo

import (
	"fmt"
	"time"
)

// model is a language model at a provider.
type model struct {
	provider, name, answers string // answers is the name in its answers
	host, path              string
	in, out                 float64 // USD for a million tokens
	speed                   float64 // tokens a second
}

// agent is what a program lets a model do.
type agent struct {
	name, description, instructions string
	tools                           []tool
	output                          *structure // nil answers with text
}

// structure is the JSON that an agent answers with.
type structure struct {
	name   string
	schema object
}

type tool struct {
	name, description string
	parameters        object // JSON schema
}

// dialogue is a run of an agent, as it is before any version of PydanticAI writes it down.
type dialogue struct {
	agent        *agent
	model        *model
	conversation string // "" makes a new one
	before       []message
	ask          string
	shows        *picture // beside what is asked
	turns        []turn
	streamed     bool
}

// turn is an answer of the model and what it leads to.
type turn struct {
	think, say string
	calls      []call
	// cut tells that the answer was too long for the limit.
	cut bool
	// error ends the run instead of an answer.
	error *exception
}

// call is a call of a tool.
type call struct {
	tool   string
	args   object
	result any
	// shows is a picture that comes with the result.
	shows *picture
	// retry is what the tool raises instead of a result: the model has to try again.
	retry *exception
	work  func(*span)
}

// message is a message as the model sees it.
type message struct {
	role  string // system, user or assistant
	parts []part
}

// part is a part of a message; one of the fields says which.
type part struct {
	text, think string
	picture     *picture
	call        *call  // with id
	result      any    // of the call with id
	tool        string // of result
	id          string
}

func says(role, text string) message { return message{role, []part{{text: text}}} }

// question returns what starts the run.
func (d *dialogue) question() message {
	m := message{role: "user"}
	if d.shows != nil {
		m.parts = append(m.parts, part{picture: d.shows})
	}
	m.parts = append(m.parts, part{text: d.ask})
	return m
}

// answer returns what the model is told about a call.
func (c *call) answer() any {
	if c.retry != nil {
		return c.retry.message + "\n\nFix the errors and try again."
	}
	return c.result
}

// does lets the tool do its work in the span of its call.
func (c *call) does(s *span) {
	if c.work == nil {
		s.work(3 * time.Millisecond)
		return
	}
	c.work(s)
}

// message returns the answer of a turn, with new ids for its calls.
func (t *turn) message(c chance) message {
	m := message{role: "assistant"}
	if t.think != "" {
		m.parts = append(m.parts, part{think: t.think})
	}
	if t.say != "" {
		m.parts = append(m.parts, part{text: t.say})
	}
	for i := range t.calls {
		m.parts = append(m.parts, part{call: &t.calls[i], id: "call_" + c.word(24)})
	}
	return m
}

// results returns the message that answers the calls of another.
func (m message) results() message {
	answer := message{role: "user"}
	for _, p := range m.parts {
		if p.call != nil {
			answer.parts = append(answer.parts, part{result: p.call.answer(), tool: p.call.tool, id: p.id})
		}
	}
	for _, p := range m.parts {
		if p.call != nil && p.call.shows != nil {
			answer.parts = append(answer.parts, part{picture: p.call.shows})
		}
	}
	return answer
}

func (t *turn) finish() string {
	switch {
	case len(t.calls) > 0:
		return "tool_call"
	case t.cut:
		return "length"
	}
	return "stop"
}

// usage counts tokens, about four characters each.
type usage struct{ input, output, thinking int }

func (u *usage) add(other usage) {
	u.input += other.input
	u.output += other.output
	u.thinking += other.thinking
}

func (d *dialogue) usage(history []message, answer message) usage {
	u := usage{input: len(d.agent.instructions) / 4}
	for _, t := range d.agent.tools {
		u.input += 20 + len(t.description+text(t.parameters))/4
	}
	for _, m := range history {
		u.input += 4 + m.tokens()
	}
	for _, p := range answer.parts {
		u.thinking += len(p.think) / 4
		u.output += 3 + (len(p.text)+len(p.think))/4
		if p.call != nil {
			u.output += 12 + len(text(p.call.args))/4
		}
	}
	return u
}

// tokens counts those of a message. A picture has as many as its size makes, whatever its bytes.
func (m message) tokens() int {
	n, words := 0, message{role: m.role}
	for _, p := range m.parts {
		if p.picture != nil {
			n += 340
			continue
		}
		words.parts = append(words.parts, p)
	}
	return n + len(text(words.newest()))/5
}

// cost returns what a request costs, in USD.
func (m *model) cost(u usage) float64 {
	return (float64(u.input)*m.in + float64(u.output)*m.out) / 1e6
}

// wait lets the time pass that the model needs until its first token, and returns it.
func (m *model) wait(s *span) (first time.Duration) {
	before := s.clock
	s.work(480 * time.Millisecond)
	return s.clock - before
}

// speak lets the time pass that the model needs for its answer.
func (m *model) speak(s *span, u usage) {
	s.work(time.Duration(float64(u.output) / m.speed * float64(time.Second)))
}

// request are the attributes of a request that all versions have.
func (m *model) request() attrs {
	return attrs{kv("gen_ai.operation.name", "chat"), kv("gen_ai.system", m.provider), kv("gen_ai.request.model", m.name),
		kv("server.address", m.host), kv("server.port", 443)}
}

// overHTTP is the request that the provider's SDK does. Answers that are streamed have no body that could be captured.
func (m *model) overHTTP(s *span, status int, answer func(*span)) {
	s.calls(exchange{method: "POST", url: fmt.Sprintf("https://%s%s", m.host, m.path), secret: true, status: status,
		headers: attrs{kv("http.response.header.x-ratelimit-remaining-requests", []string{fmt.Sprint(4000 + s.story.IntN(900))})}}, answer)
}

// embeds asks for the embedding of a text, as PydanticAI's embedders do.
func (m *model) embeds(s *span, words string) {
	u := usage{input: 1 + len(words)/4}
	s.in(span{scope: pydanticAI, kind: client, name: "embeddings " + m.name, begin: attrs{kv("gen_ai.operation.name", "embeddings"),
		kv("gen_ai.provider.name", m.provider), kv("gen_ai.system", m.provider), kv("gen_ai.request.model", m.name), kv("server.address", m.host), kv("server.port", 443),
		kv("input_type", "query"), kv("inputs_count", 1), tree("inputs", []string{words})}}, func(s *span) {
		s.work(140 * time.Millisecond)
		s.set(kv("gen_ai.response.model", m.answers), kv("gen_ai.usage.input_tokens", u.input), kv("gen_ai.embeddings.dimension.count", 1536),
			kv("operation.cost", m.cost(u)))
	})
}
