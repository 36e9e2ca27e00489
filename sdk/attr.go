package hearth

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Attr returns an attribute: a name, and a value of any type. It is what slog.Int, slog.String and the like make, with
// the constructor chosen by the type; those do as well wherever this package takes attributes. Booleans, numbers,
// strings, times and durations take no memory, so that an attribute costs next to nothing where nothing is configured,
// and neither does a pointer to a struct.
//
// Structs, maps, slices, errors, times and whatever has a MarshalJSON, MarshalText, LogValue or String method go out as
// JSON together with what they were, in the words of logfire.json_schema. They are read before the call returns.
func Attr[T any](key string, value T) slog.Attr {
	return slog.Attr{Key: key, Value: valueOf(&value)}
}

// valueOf returns a value as log/slog has it. A pointer to it does not escape from the type switch, as the value itself
// would in an interface.
func valueOf[T any](value *T) slog.Value {
	switch v := any(value).(type) {
	case *string:
		return slog.StringValue(*v)
	case *int:
		return slog.IntValue(*v)
	case *int64:
		return slog.Int64Value(*v)
	case *float64:
		return slog.Float64Value(*v)
	case *bool:
		return slog.BoolValue(*v)
	case *time.Duration:
		return slog.DurationValue(*v)
	case *time.Time:
		return slog.TimeValue(*v)
	case *uint64:
		return slog.Uint64Value(*v)
	case *int32:
		return slog.Int64Value(int64(*v))
	case *uint32:
		return slog.Uint64Value(uint64(*v))
	case *uint:
		return slog.Uint64Value(uint64(*v))
	}
	return slog.AnyValue(*value)
}

// The instructions: attributes that do not go out but say something about the span or log that they are given to.
type (
	levelInstruction Level
	nameInstruction  string
	kindInstruction  trace.SpanKind
	tagsInstruction  []string
	linksInstruction []trace.Link
)

// AtLevel is given to a span among its attributes, and sets its level. A span below the minimum level is not made. To
// logs that have a level already it does nothing.
func AtLevel(level Level) slog.Attr { return slog.Any(keyLevelNum, levelInstruction(level)) }

// Tags is given to a span or log among its attributes, and adds tags to it.
func Tags(tags ...string) slog.Attr { return slog.Any(keyTags, tagsInstruction(tags)) }

// SpanName is given to a span or log among its attributes, and names it other than by its template.
func SpanName(name string) slog.Attr { return slog.Any("hearth.span_name", nameInstruction(name)) }

// SpanKind is given to a span among its attributes, and sets its OpenTelemetry kind, which is internal otherwise.
func SpanKind(kind trace.SpanKind) slog.Attr {
	return slog.Any("hearth.span_kind", kindInstruction(kind))
}

// Links is given to a span among its attributes, and links it to other spans.
func Links(links ...trace.Link) slog.Attr { return slog.Any("hearth.links", linksInstruction(links)) }

type tagsKey struct{}

// ContextWithTags returns a context in which every span and log of this package gets the tags, besides those of ctx and its
// own.
func ContextWithTags(ctx context.Context, tags ...string) context.Context {
	return context.WithValue(ctx, tagsKey{}, joinTags(tagsOf(ctx), tags))
}

func tagsOf(ctx context.Context) []string {
	tags, _ := ctx.Value(tagsKey{}).([]string)
	return tags
}

// joinTags returns the tags of both, each once.
func joinTags(tags, more []string) []string {
	joined := slices.Clip(tags)
	for _, tag := range more {
		if !slices.Contains(joined, tag) {
			joined = append(joined, tag)
		}
	}
	return joined
}
