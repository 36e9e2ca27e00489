package agent

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
)

// What messages are in format 1: pydantic-ai-telemetry.md, sections 3 and 4.

// event is a message as an event: what is said, under the name of the kind of message.
type event struct {
	name string
	body object
}

const (
	eventSystem    = "gen_ai.system.message"
	eventUser      = "gen_ai.user.message"
	eventAssistant = "gen_ai.assistant.message"
	eventTool      = "gen_ai.tool.message"
	eventChoice    = "gen_ai.choice"
)

// events are those of one message of a conversation: one for each part of an input, one for a whole response.
func (s *InstrumentationSettings) events(m Message) []event {
	switch m := m.(type) {
	case *Input:
		events := make([]event, 0, len(m.Parts))
		for _, part := range m.Parts {
			events = append(events, s.inputEvent(part))
		}
		return events
	case *Response:
		return []event{{eventAssistant, s.responseBody(m)}}
	}
	return nil
}

func (s *InstrumentationSettings) inputEvent(part InputPart) event {
	switch part := part.(type) {
	case SystemPrompt:
		return event{eventSystem, s.spoken("system", part.Text)}
	case UserPrompt:
		return event{eventUser, object{{"content", s.promptContent(part)}, {"role", "user"}}}
	case ToolReturn:
		return event{eventTool, s.toolBody(part.ID, part.Name, part.Content)}
	case RetryPrompt:
		if part.Name == "" {
			return event{eventUser, s.spoken("user", part.Prompt())}
		}
		return event{eventTool, s.toolBody(part.ID, part.Name, part.Prompt())}
	}
	return event{eventUser, object{{"role", "user"}}}
}

func (s *InstrumentationSettings) spoken(role, text string) object {
	body := object{{"role", role}}
	if s.says() {
		body = body.with("content", text)
	}
	return body
}

func (s *InstrumentationSettings) toolBody(id, name string, content any) object {
	body := object{{"role", "tool"}, {"id", id}, {"name", name}}
	if s.says() {
		body = body.with("content", s.value(content))
	}
	return body
}

// promptContent is text when that is all, else a list of texts and objects.
func (s *InstrumentationSettings) promptContent(prompt UserPrompt) any {
	content := make([]any, 0, len(prompt.Content))
	for _, c := range prompt.Content {
		switch c := c.(type) {
		case Text:
			if s.says() {
				content = append(content, c.Text)
			} else {
				content = append(content, object{{"kind", "text"}})
			}
		case Media:
			content = append(content, s.mediaBody(c))
		}
	}
	if len(content) == 1 {
		if _, isText := prompt.Content[0].(Text); isText {
			return content[0]
		}
	}
	return content
}

// mediaBody is media as format 1 has it: the part of format 2 under other names.
func (s *InstrumentationSettings) mediaBody(m Media) object {
	if m.URL == "" && m.FileID == "" {
		return s.withBytes(object{{"kind", "binary"}, {"media_type", m.Type}}, "binary_content", m)
	}
	part := s.mediaPart(m)
	part[0].key = "kind"
	return part
}

// responseBody is an answer. What the provider did by itself has no place in this format: PydanticAI 1 leaves calls of its tools,
// and what they returned, out of events too.
func (s *InstrumentationSettings) responseBody(m *Response) object {
	var content []any
	var calls []object
	texts := 0
	for _, part := range m.Parts {
		switch part := part.(type) {
		case Text:
			content, texts = append(content, s.kindOfText("text", part.Text)), texts+1
		case Thinking:
			content = append(content, s.kindOfText("thinking", part.Text))
		case Media:
			content = append(content, s.mediaBody(part))
		case ToolCall:
			if !part.Builtin {
				calls = append(calls, s.callBody(part))
			}
		}
	}
	body := object{{"role", "assistant"}}
	switch {
	case len(content) == 1 && texts == 1 && s.says():
		body = body.with("content", content[0].(object)[1].value)
	case len(content) > 0:
		body = body.with("content", content)
	}
	if calls != nil {
		body = body.with("tool_calls", calls)
	}
	return body
}

func (s *InstrumentationSettings) kindOfText(kind, text string) object {
	part := object{{"kind", kind}}
	if s.says() {
		part = part.with("text", text)
	}
	return part
}

func (s *InstrumentationSettings) callBody(call ToolCall) object {
	function := object{{"name", call.Name}}
	if s.says() {
		function = function.with("arguments", call.Args)
	}
	return object{{"id", call.ID}, {"type", "function"}, {"function", function}}
}

// numbered is an event with the place of its message in the conversation, or -1 when it has none.
type numbered struct {
	event
	index int
}

// emitEvents sends events as log records below the span of ctx. Their times differ, so that their order survives.
func emitEvents(ctx context.Context, logger log.Logger, events []numbered, system string) {
	now := time.Now()
	for i, e := range events {
		var record log.Record
		record.SetTimestamp(now.Add(time.Duration(i) * time.Microsecond))
		record.SetSeverity(log.SeverityInfo)
		record.SetEventName(e.name)
		record.AddAttributes(attribute.String("gen_ai.system", system), attribute.String("event.name", e.name))
		if e.index >= 0 {
			record.AddAttributes(attribute.Int("gen_ai.message.index", e.index))
		}
		record.SetBody(toAttribute(e.body))
		logger.Emit(ctx, record)
	}
}
