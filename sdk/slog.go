package hearth

import (
	"context"
	"log/slog"
	"slices"
)

// HandlerOptions are what NewHandler may be told. The zero value works.
type HandlerOptions struct {
	// Level is the least level that is handled; nil leaves it to Configure's minimum level.
	Level slog.Leveler
}

// NewHandler returns a handler that makes logs of what log/slog is told, below the span in the context of the call:
//
//	slog.SetDefault(slog.New(hearth.NewHandler(nil)))
//	slog.InfoContext(ctx, "order placed", "number", "T-1", "total", 4.2)
//
// To print too, join it with a handler that does, by slog.NewMultiHandler. The message is the log's name as it is, not a
// template; a group is one attribute, an object; the place in the source is that of the call. The first error among the
// attributes of the call is the log's exception, with the stack of the call. Tags and SpanName work among the attributes of a call.
//
// A handler may be made before Configure; where nothing is configured it is not enabled. opts may be nil.
func NewHandler(opts *HandlerOptions) slog.Handler {
	h := &handler{}
	if opts != nil {
		h.least = opts.Level
	}
	return h
}

// handler is immutable.
type handler struct {
	least  slog.Leveler
	scopes []scope // the outermost first
}

// scope is what one WithGroup or WithAttrs added: a group around all that follows, or attributes.
type scope struct {
	group string
	attrs []slog.Attr
}

// Enabled implements slog.Handler.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	s := current.Load()
	return s != nil && LevelOf(level) >= s.minLevel && (h.least == nil || level >= h.least.Level())
}

// Handle implements slog.Handler. It does not fail.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	s := current.Load()
	if s == nil {
		return nil
	}
	attrs := make([]slog.Attr, 0, r.NumAttrs())
	var d draft
	r.Attrs(func(a slog.Attr) bool {
		if !d.obey(a) { // whatever group it stands in
			attrs = append(attrs, a)
		}
		return true
	})
	d.add(h.within(attrs))
	d.level = LevelOf(r.Level)
	s.emit(ctx, &d, entry{template: r.Message, literal: true, at: locationOf(r.PC), time: r.Time, err: errorIn(attrs)})
	return nil
}

// within returns the attributes of a record together with the handler's, in its groups.
func (h *handler) within(attrs []slog.Attr) []slog.Attr {
	for _, scope := range slices.Backward(h.scopes) {
		switch {
		case scope.group == "":
			attrs = append(slices.Clip(scope.attrs), attrs...)
		case len(attrs) > 0:
			attrs = []slog.Attr{{Key: scope.group, Value: slog.GroupValue(attrs...)}}
		}
	}
	return attrs
}

// errorIn returns the first error among attributes and in their groups, nil if there is none.
func errorIn(attrs []slog.Attr) error {
	for _, a := range attrs {
		switch a.Value.Kind() {
		case slog.KindAny:
			if err, ok := a.Value.Any().(error); ok {
				return err
			}
		case slog.KindGroup:
			if err := errorIn(a.Value.Group()); err != nil {
				return err
			}
		}
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return h.with(scope{attrs: attrs})
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(scope{group: name})
}

func (h *handler) with(s scope) *handler {
	return &handler{least: h.least, scopes: append(slices.Clip(h.scopes), s)}
}
