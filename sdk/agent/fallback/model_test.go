package fallback_test

import (
	"context"
	"errors"
	"iter"
	"net"
	"testing"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/fallback"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

func failing(name string, err error) agent.Model {
	return functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) { return nil, err }, functionmodel.Name(name))
}

func answering(name string) agent.Model {
	return functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) {
		return &agent.Response{Parts: []agent.ResponsePart{agent.Text{Text: "from " + name}}}, nil
	}, functionmodel.Name(name))
}

var overloaded = &agent.ModelHTTPError{Status: 529, Model: "first", Body: "overloaded"}

func TestTheNextModelIsAskedWhenOneIsNotAvailable(t *testing.T) {
	t.Parallel()
	wrong := errors.New("wrong")
	for _, c := range []struct {
		what  string
		model agent.Model
		want  string
		err   error
	}{
		{"the first answers", fallback.New(answering("first"), answering("second")), "from first", nil},
		{"it refuses", fallback.New(failing("first", overloaded), answering("second")), "from second", nil},
		{"it is not reached", fallback.New(failing("first", &net.OpError{Op: "dial", Err: wrong}), answering("second")), "from second", nil},
		{"another error", fallback.New(failing("first", wrong), answering("second")), "", wrong},
		{"an error of choice", fallback.New(failing("first", wrong), answering("second")).On(func(err error) bool { return errors.Is(err, wrong) }), "from second", nil},
		{"nobody answers", fallback.New(failing("first", overloaded), failing("second", overloaded)), "", overloaded},
		{"a response is refused", fallback.New(answering("first"), answering("second")).Refuse(func(r *agent.Response) bool { return r.Text() == "from first" }), "from second", nil},
	} {
		result, err := agent.NewText(c.model).Run(t.Context(), "?")
		if !errors.Is(err, c.err) {
			t.Errorf("%s: error %v, want %v", c.what, err, c.err)
		} else if err == nil && result.Output != c.want {
			t.Errorf("%s: %q, want %q", c.what, result.Output, c.want)
		}
	}
}

func TestACancelledRequestAsksNobodyElse(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	asked := false
	model := fallback.New(
		functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) { cancel(); return nil, overloaded }),
		functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) { asked = true; return nil, overloaded }),
	)
	if _, err := agent.NewText(model).Run(ctx, "?"); err == nil || asked {
		t.Errorf("error %v, asked %v", err, asked)
	}
}

func TestAStreamFallsBackAsLongAsNothingHasArrived(t *testing.T) {
	t.Parallel()
	breaking := func(texts ...string) agent.Model {
		return functionmodel.New(nil, functionmodel.Name("breaking"), functionmodel.Stream(func(context.Context, *agent.Request) iter.Seq2[agent.Delta, error] {
			return func(yield func(agent.Delta, error) bool) {
				for _, text := range texts {
					if !yield(agent.TextDelta{Text: text}, nil) {
						return
					}
				}
				yield(nil, overloaded)
			}
		}))
	}
	stream := func(model agent.Model) (text string, err error) {
		s := agent.NewText(model).Stream(t.Context(), "?")
		for piece, failure := range s.Text() {
			text, err = text+piece, failure
		}
		return text, err
	}
	if text, err := stream(fallback.New(failing("first", overloaded), answering("second"))); err != nil || text != "from second" {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := stream(fallback.New(breaking(), answering("second"))); err != nil || text != "from second" {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := stream(fallback.New(breaking("half"), answering("second"))); !errors.Is(err, overloaded) || text != "half" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestTheSpanNamesTheModelThatAnswered(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	settings := &agent.InstrumentationSettings{TracerProvider: trace.NewTracerProvider(trace.WithSyncer(spans))}
	model := fallback.New(failing("first", overloaded), answering("second"))
	if _, err := agent.NewText(model, agent.WithInstrumentation(settings)).Run(t.Context(), "?"); err != nil {
		t.Fatal(err)
	}
	if name := spans.GetSpans()[0].Name; name != "chat second" {
		t.Errorf("span %q", name)
	}
}
