package agent_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

// Every agent of a program is instrumented by one line. The spans go to OpenTelemetry's global provider, which
// hearth.Configure sets; here they are kept, to look at them.
func ExampleInstrumentAll() {
	spans := tracetest.NewInMemoryExporter()
	agent.InstrumentAll(&agent.InstrumentationSettings{
		Format:         agent.FormatMessages,
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
	})
	defer agent.InstrumentAllOff()

	greeter := agent.NewText(functionmodel.Text("Hello, Ada."), agent.WithName("greeter"))
	if _, err := greeter.Run(context.Background(), "I am Ada."); err != nil {
		fmt.Println(err)
		return
	}
	for _, span := range spans.GetSpans() {
		fmt.Println(span.Name)
	}
	// Output:
	// chat function:text:
	// invoke_agent greeter
}

// A model without an agent is recorded too.
func ExampleInstrumented() {
	spans := tracetest.NewInMemoryExporter()
	model := agent.Instrumented(functionmodel.Text("Hello."), &agent.InstrumentationSettings{
		Content:        agent.ContentNone, // nothing of what is said leaves the program
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
	})
	_, err := model.Request(context.Background(), &agent.Request{Messages: []agent.Message{
		&agent.Input{Parts: []agent.InputPart{agent.UserPrompt{Content: []agent.Content{agent.Text{Text: "A secret."}}}}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, kv := range spans.GetSpans()[0].Attributes {
		if kv.Key == "events" {
			fmt.Println(kv.Value.AsString())
		}
	}
	// Output:
	// [{"content":{"kind":"text"},"role":"user","gen_ai.system":"function","gen_ai.message.index":0,"event.name":"gen_ai.user.message"},{"index":0,"message":{"role":"assistant","content":[{"kind":"text"}]},"gen_ai.system":"function","event.name":"gen_ai.choice"}]
}

// Code that calls models by other means tells of its requests with StartRequest; the span looks as an instrumented model's.
func ExampleStartRequest() {
	spans := tracetest.NewInMemoryExporter()
	settings := &agent.InstrumentationSettings{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))}

	ask := func(ctx context.Context, prompt string) (answer string, err error) {
		_, span := agent.StartRequest(ctx, settings, agent.Target{Provider: "openai", Name: "gpt-4o", BaseURL: "https://api.openai.com/v1"},
			&agent.Request{Messages: []agent.Message{
				&agent.Input{Parts: []agent.InputPart{agent.UserPrompt{Content: []agent.Content{agent.Text{Text: prompt}}}}},
			}})
		response := &agent.Response{Parts: []agent.ResponsePart{agent.Text{Text: "42"}}, Usage: agent.Usage{InputTokens: 1000, OutputTokens: 100}}
		span.End(response, nil)
		return "42", nil
	}
	if _, err := ask(context.Background(), "What is the answer?"); err != nil {
		fmt.Println(err)
		return
	}
	span := spans.GetSpans()[0]
	fmt.Println(span.Name)
	for _, kv := range span.Attributes {
		if kv.Key == "operation.cost" {
			fmt.Println(kv.Value.AsFloat64(), "dollars")
		}
	}
	// Output:
	// chat gpt-4o
	// 0.0035 dollars
}
