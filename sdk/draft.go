package hearth

import (
	"context"
	"log/slog"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/internal/govalue"
	"github.com/hearth-dev/hearth/sdk/internal/scrub"
)

// draft is what a call says about the span or log that it makes.
type draft struct {
	arguments []argument
	level     Level // 0 if none is given
	name      string
	kind      trace.SpanKind
	tags      []string
	links     []trace.Link

	template, message, problem string // problem: why the message is the template
	scrubbed                   []scrub.Note
}

// add takes attributes up. It keeps no reference to the slice: the caller's stays on its stack.
func (d *draft) add(attrs []slog.Attr) {
	for _, a := range attrs {
		d.addOne(a)
	}
}

func (d *draft) addOne(a slog.Attr) {
	if a.Equal(slog.Attr{}) || d.obey(a) {
		return
	}
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if len(value.Group()) == 0 {
			return
		}
		if a.Key == "" {
			d.add(value.Group())
			return
		}
	}
	d.put(argument{a.Key, value, govalue.Encode(value)})
}

// put adds an argument, in the place of an earlier one of its name.
func (d *draft) put(arg argument) {
	for i := range d.arguments {
		if d.arguments[i].key == arg.key {
			d.arguments[i] = arg
			return
		}
	}
	d.arguments = append(d.arguments, arg)
}

// obey follows a if it is an instruction.
func (d *draft) obey(a slog.Attr) bool {
	if a.Value.Kind() != slog.KindAny {
		return false
	}
	switch v := a.Value.Any().(type) {
	case levelInstruction:
		d.level = Level(v)
	case nameInstruction:
		d.name = string(v)
	case kindInstruction:
		d.kind = trace.SpanKind(v)
	case tagsInstruction:
		d.tags = joinTags(d.tags, v)
	case linksInstruction:
		d.links = append(d.links, v...)
	default:
		return false
	}
	return true
}

// askedLevel returns the level that attributes ask for, 0 for none, before anything is spent on the others.
func askedLevel(attrs []slog.Attr) (level Level) {
	for _, a := range attrs {
		if a.Key == keyLevelNum && a.Value.Kind() == slog.KindAny {
			if asked, ok := a.Value.Any().(levelInstruction); ok {
				level = Level(asked)
			}
		}
	}
	return level
}

// say fills the template.
func (d *draft) say(template string, scrubber *scrub.Scrubber) {
	d.template = template
	if scrubber == nil {
		d.message, d.problem = render(template, d.arguments, func(_, text string) string { return text })
		return
	}
	pass := scrubber.Pass()
	if d.message, d.problem = render(template, d.arguments, pass.Field); d.problem == "" {
		d.scrubbed = pass.Notes
	}
}

// attributes returns what goes out. What readers need most comes first: OpenTelemetry drops what exceeds its limit.
func (d *draft) attributes(ctx context.Context, spanType string, at *location) []attribute.KeyValue {
	out := make([]attribute.KeyValue, 0, len(d.arguments)+10)
	out = append(out, attribute.String(keySpanType, spanType), attribute.String(keyTemplate, d.template), attribute.String(keyMessage, d.message))
	if d.level != 0 {
		out = append(out, attribute.Int(keyLevelNum, int(d.level)))
	}
	if d.tags = joinTags(tagsOf(ctx), d.tags); len(d.tags) > 0 {
		out = append(out, attribute.StringSlice(keyTags, d.tags))
	}
	if len(d.arguments) > 0 {
		out = append(out, attribute.String(keyJSONSchema, schemaOf(d.arguments)))
	}
	if d.problem != "" {
		out = append(out, attribute.String(keyTemplateProblem, d.problem))
	}
	if len(d.scrubbed) > 0 {
		out = append(out, attribute.KeyValue{Key: keyScrubbed, Value: scrub.NotesValue(d.scrubbed)})
	}
	out = append(out, at.attributes()...)
	for _, arg := range d.arguments {
		out = append(out, attribute.KeyValue{Key: attribute.Key(arg.key), Value: arg.encoded.Value})
	}
	return out
}

// schemaOf returns the value of logfire.json_schema: what each attribute was, in the order given.
func schemaOf(arguments []argument) string {
	var b strings.Builder
	b.WriteString(`{"type":"object","properties":{`)
	for i, arg := range arguments {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(govalue.Quote(arg.key))
		b.WriteByte(':')
		b.WriteString(arg.encoded.Schema)
	}
	b.WriteString("}}")
	return b.String()
}
