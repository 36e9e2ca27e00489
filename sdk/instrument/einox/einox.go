// Package einox tells of what programs made with Eino (github.com/cloudwego/eino) do with models:
//
//	callbacks.AppendGlobalHandlers(einox.Handler(nil)) // once, at the start of the program
//
// or, for one run, compose.WithCallbacks(einox.Handler(nil)). Calls of chat models and runs of tools have spans as those of
// package agent have them, with messages, tools, settings, tokens and cost; the graphs, chains and workflows around them have
// spans too, so that a run is one tree.
package einox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/components"
	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/components/tool"
	"github.com/cloudwego/eino/compose"
	"github.com/cloudwego/eino/schema"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// ScopeName is the instrumentation scope of the spans of graphs, chains and workflows. Those of models and tools have that of
// package agent.
const ScopeName = "github.com/hearth-dev/hearth/sdk/instrument/einox"

// Handler returns a handler of Eino's callbacks. It is safe for concurrent use. Nil settings are the zero settings.
//
// The handler reads a copy of each stream of a model, until its end: that of an answer which the program leaves early is
// received whole all the same, in a goroutine that ends with it. Copies that are not read are closed.
func Handler(settings *agent.InstrumentationSettings) callbacks.Handler {
	if settings == nil {
		settings = &agent.InstrumentationSettings{}
	}
	return &handler{settings}
}

type handler struct {
	settings *agent.InstrumentationSettings
}

// run is a component that runs: one of its spans.
type run struct {
	call  *agent.RequestSpan
	tool  *agent.ToolSpan
	graph trace.Span
}

type runKey struct{}

// Needed tells Eino what to call the handler for, so that it makes no copies of streams for others.
func (h *handler) Needed(_ context.Context, info *callbacks.RunInfo, _ callbacks.CallbackTiming) bool {
	if info == nil {
		return false
	}
	switch info.Component {
	case components.ComponentOfChatModel, components.ComponentOfTool,
		compose.ComponentOfGraph, compose.ComponentOfChain, compose.ComponentOfWorkflow:
		return true
	}
	return false
}

// OnStart begins a span.
func (h *handler) OnStart(ctx context.Context, info *callbacks.RunInfo, input callbacks.CallbackInput) (started context.Context) {
	started = ctx
	defer guard()
	return h.start(ctx, info, input)
}

// OnStartWithStreamInput begins a span without what comes in.
func (h *handler) OnStartWithStreamInput(ctx context.Context, info *callbacks.RunInfo, input *schema.StreamReader[callbacks.CallbackInput]) (started context.Context) {
	started = ctx
	defer guard()
	input.Close()
	return h.start(ctx, info, nil)
}

func (h *handler) start(ctx context.Context, info *callbacks.RunInfo, input callbacks.CallbackInput) context.Context {
	r := &run{}
	switch info.Component {
	case components.ComponentOfChatModel:
		asked := model.ConvCallbackInput(input)
		ctx, r.call = agent.StartRequest(ctx, h.settings, targetOf(info, asked), requestOf(asked))
	case components.ComponentOfTool:
		call := agent.ToolCall{ID: compose.GetToolCallID(ctx), Name: cmp.Or(info.Name, info.Type)}
		if given := tool.ConvCallbackInput(input); given != nil {
			call.Args = quoted(given.ArgumentsInJSON)
		}
		ctx, r.tool = agent.StartTool(ctx, h.settings, call)
	default:
		ctx, r.graph = h.startGraph(ctx, info)
	}
	return context.WithValue(ctx, runKey{}, r)
}

func (h *handler) startGraph(ctx context.Context, info *callbacks.RunInfo) (context.Context, trace.Span) {
	tracers := h.settings.TracerProvider
	if tracers == nil {
		tracers = otel.GetTracerProvider()
	}
	name := strings.TrimSpace(string(info.Component) + " " + info.Name)
	return tracers.Tracer(ScopeName).Start(ctx, name, trace.WithAttributes(
		attribute.String("eino.component", string(info.Component)), attribute.String("eino.name", info.Name), attribute.String("eino.type", info.Type)))
}

// targetOf is whom a chat model asks. Eino knows the kind of its implementation, such as OpenAI, and not its address.
func targetOf(info *callbacks.RunInfo, asked *model.CallbackInput) agent.Target {
	t := agent.Target{Provider: strings.ToLower(info.Type)}
	if asked != nil && asked.Config != nil {
		t.Name = asked.Config.Model
	}
	t.Name = cmp.Or(t.Name, info.Name, info.Type)
	return t
}

// OnEnd ends the span with what came of it.
func (h *handler) OnEnd(ctx context.Context, _ *callbacks.RunInfo, output callbacks.CallbackOutput) context.Context {
	defer guard()
	r, _ := ctx.Value(runKey{}).(*run)
	if r == nil {
		return ctx
	}
	if answer := model.ConvCallbackOutput(output); r.call != nil && answer != nil {
		r.call.End(responseOf(answer), nil)
		return ctx
	}
	var result any
	if came := tool.ConvCallbackOutput(output); r.tool != nil && came != nil {
		result = resultOf(came)
	}
	r.end(result, nil)
	return ctx
}

// OnError ends the span with the error.
func (h *handler) OnError(ctx context.Context, _ *callbacks.RunInfo, err error) context.Context {
	defer guard()
	if r, _ := ctx.Value(runKey{}).(*run); r != nil {
		r.end(nil, err)
	}
	return ctx
}

// OnEndWithStreamOutput ends the span with the stream.
func (h *handler) OnEndWithStreamOutput(ctx context.Context, _ *callbacks.RunInfo, output *schema.StreamReader[callbacks.CallbackOutput]) context.Context {
	r, _ := ctx.Value(runKey{}).(*run)
	if r == nil {
		output.Close()
		return ctx
	}
	go r.follow(output)
	return ctx
}

// follow reads a stream to its end.
func (r *run) follow(output *schema.StreamReader[callbacks.CallbackOutput]) {
	defer guard()
	defer output.Close()
	var said streamed
	for {
		piece, err := output.Recv()
		switch {
		case errors.Is(err, io.EOF):
			r.endStream(&said, nil)
			return
		case err != nil:
			r.endStream(&said, err)
			return
		}
		r.call.FirstChunk()
		said.add(piece)
	}
}

func (r *run) endStream(said *streamed, err error) {
	if r.call != nil {
		r.call.End(said.response(), err)
		return
	}
	r.end(said.result(), err)
}

func (r *run) end(result any, err error) {
	r.call.End(nil, err)
	r.tool.End(result, err)
	if r.graph == nil {
		return
	}
	if err != nil {
		r.graph.RecordError(err)
		r.graph.SetStatus(codes.Error, err.Error())
	}
	r.graph.End()
}

// guard ends a panic: the program that is looked at must not fail by being looked at. It is called by defer.
func guard() {
	if p := recover(); p != nil {
		otel.Handle(fmt.Errorf("eino instrumentation: panic: %v", p))
	}
}
