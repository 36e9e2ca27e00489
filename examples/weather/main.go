// Weather is the weather agent of PydanticAI's documentation: it looks places up, asks for the weather there, and answers in a
// sentence.
//
//	hearth serve &
//	HEARTH_BASE_URL=http://127.0.0.1:4318 go run ./weather
//
// A scripted model stands in for a real one, so that it needs no network and no key. With a key it asks any model that
// agent.ModelByName knows:
//
//	OPENAI_API_KEY=… go run ./weather --model openai:gpt-4o "How is the weather in Paris?"
//
// Look at the trace that it names: the run of the agent with its calls of the model and its tools, and below each tool the
// request that it made, headers and bodies included. The conversation stands beside it.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http/httptest"

	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/examples/internal/model"
	"github.com/hearth-dev/hearth/sdk"
	"github.com/hearth-dev/hearth/sdk/agent"
)

func main() {
	name := flag.String("model", "", "a real model, such as openai:gpt-4o; empty is a scripted one")
	flag.Parse()
	question := cmp.Or(flag.Arg(0), "What is the weather like in London and in Wiltshire?")

	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName("weather"))
	if err != nil {
		log.Fatal(err)
	}
	agent.InstrumentAll()
	if err := errors.Join(run(ctx, *name, question), shutdown(ctx)); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, name, question string) error {
	llm, err := model.Named(name, scriptedModel())
	if err != nil {
		return err
	}
	services := httptest.NewServer(weatherServices())
	defer services.Close()

	ctx, span := hearth.Span(ctx, "tell the weather")
	defer span.End()
	fmt.Println("trace", trace.SpanContextFromContext(ctx).TraceID())
	result, err := newAgent(llm, services.URL).Run(ctx, question)
	if err != nil {
		return err
	}
	fmt.Println(result.Output)
	return nil
}
