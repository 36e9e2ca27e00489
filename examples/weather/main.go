// Weather is the weather agent of PydanticAI's documentation in Go: an agent that looks places up, asks for their weather, and
// answers in a sentence.
//
//	hearth serve                  # in another terminal
//	go run ./weather              # then look at http://127.0.0.1:4318
//
// Without a key a scripted model stands in for the real one, so that it runs without a network and costs nothing. With one it
// asks a real model, by any name that agent.ModelByName knows:
//
//	OPENAI_API_KEY=… go run ./weather --model openai:gpt-4o
//
// The two services that its tools ask are part of the program. They are reached over HTTP, so that the requests stand below the
// tools in the trace, with their headers and bodies.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"time"

	hearth "github.com/hearth-dev/hearth/sdk"
	"github.com/hearth-dev/hearth/sdk/agent"
)

func main() {
	model := flag.String("model", "", "a real model, such as openai:gpt-4o; empty is a scripted one")
	flag.Parse()
	if err := run(context.Background(), *model, "What is the weather like in London and in Wiltshire?"); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, modelName, question string) (err error) {
	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName("weather"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shutdown(context.WithoutCancel(ctx))) }()
	agent.InstrumentAll()

	model, err := modelOf(modelName)
	if err != nil {
		return err
	}
	services := httptest.NewServer(weatherServices())
	defer services.Close()
	forecaster := newAgent(model, services.URL)

	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	result, err := forecaster.Run(ctx, question)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, result.Output)
	return nil
}

func modelOf(name string) (agent.Model, error) {
	if name == "" {
		return scriptedModel(), nil
	}
	return agent.ModelByName(name)
}
