// Bank-support is the support agent of PydanticAI's documentation: it answers customers of a bank with a structured output (advice,
// whether to block the card, how risky the matter is), and looks accounts up in a database.
//
//	hearth serve &
//	HEARTH_BASE_URL=http://127.0.0.1:4318 go run ./bank-support
//	OPENAI_API_KEY=… go run ./bank-support --model openai:gpt-4o
//
// A scripted model stands in for a real one, so that it needs no network and no key. It makes a mistake that real ones make as
// well: its first answer about the lost card names a risk of 80 out of 10. Look at the trace that it names: the agent refuses
// that answer, tells the model why, and gets a better one. Below the tool stands the statement that it asked the database.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"

	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/examples/internal/model"
	"github.com/hearth-dev/hearth/sdk"
	"github.com/hearth-dev/hearth/sdk/agent"
)

func main() {
	name := flag.String("model", "", "a real model, such as openai:gpt-4o; empty is a scripted one")
	flag.Parse()
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName("bank-support"))
	if err != nil {
		log.Fatal(err)
	}
	agent.InstrumentAll()
	if err := errors.Join(run(ctx, *name), shutdown(ctx)); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, name string) (err error) {
	llm, err := model.Named(name, scriptedModel())
	if err != nil {
		return err
	}
	bank, err := openBank(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bank.Close()) }()
	support := newAgent(llm, bank)

	ctx, span := hearth.Span(ctx, "a customer calls")
	defer span.EndErr(&err)
	fmt.Println("trace", trace.SpanContextFromContext(ctx).TraceID())
	ctx = withCustomer(ctx, 123)
	for _, question := range []string{"What is my balance?", "I just lost my card!"} {
		result, err := support.Run(ctx, question)
		if err != nil {
			return err
		}
		fmt.Printf("%s\n  %s\n  block the card: %v, risk: %d\n", question, result.Output.Advice, result.Output.BlockCard, result.Output.Risk)
	}
	return nil
}
