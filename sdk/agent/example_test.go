package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
	"github.com/hearth-dev/hearth/sdk/agent/testmodel"
)

// scripted stands for a real model, such as openaimodel.New("gpt-4o"), so that the examples run without a network.
func scripted(responses ...agent.Response) agent.Model {
	n := 0
	return functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) {
		n++
		return &responses[n-1], nil
	})
}

func calling(id, tool, args string) agent.Response {
	return agent.Response{Parts: []agent.ResponsePart{agent.ToolCall{ID: id, Name: tool, Args: json.RawMessage(args)}}}
}

func saying(text string) agent.Response {
	return agent.Response{Parts: []agent.ResponsePart{agent.Text{Text: text}}}
}

func Example() {
	type Query struct {
		City string `json:"city" description:"name of the city, in English"`
		Unit string `json:"unit,omitempty" llm:"enum=celsius|fahrenheit"`
	}
	type Weather struct {
		Degrees float64 `json:"degrees"`
		Sky     string  `json:"sky"`
	}
	weather := agent.NewTool("weather", "The weather of a city now", func(ctx context.Context, q Query) (Weather, error) {
		if q.City == "Atlantis" {
			return Weather{}, agent.Retry("there is no city of this name: %s", q.City)
		}
		return Weather{Degrees: 21, Sky: "clear"}, nil
	})
	model := scripted(calling("1", "weather", `{"city":"Paris"}`), saying("21 °C and a clear sky."))
	a := agent.NewText(model, agent.WithName("weather"), agent.WithInstructions("Be concise."), agent.WithTools(weather))

	result, err := a.Run(context.Background(), "What is it like in Paris?")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Output)
	fmt.Println(result.Usage().Requests, "requests,", result.Usage().ToolCalls, "tool call")
	// Output:
	// 21 °C and a clear sky.
	// 2 requests, 1 tool call
}

func ExampleNew() {
	type City struct {
		Name    string `json:"name"`
		Country string `json:"country"`
	}
	model := scripted(calling("1", "final_result", `{"name":"London","country":"United Kingdom"}`))
	result, err := agent.New[City](model).Run(context.Background(), "Where were the Olympics held in 2012?")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v\n", result.Output)
	// Output: {Name:London Country:United Kingdom}
}

func ExampleWithVariants() {
	type Refund struct {
		Cents int `json:"cents" llm:"min=1"`
	}
	type Refusal struct {
		Reason string `json:"reason"`
	}
	model := scripted(calling("1", "final_result_Refusal", `{"reason":"It was bought last year."}`))
	a := agent.New[any](model, agent.WithVariants(
		agent.VariantOf[Refund]("The customer gets money back"),
		agent.VariantOf[Refusal]("The customer gets none"),
	))
	result, err := a.Run(context.Background(), "I want my money back.")
	if err != nil {
		fmt.Println(err)
		return
	}
	switch output := result.Output.(type) {
	case Refund:
		fmt.Println("pay", output.Cents)
	case Refusal:
		fmt.Println("refused:", output.Reason)
	}
	// Output: refused: It was bought last year.
}

func ExampleAgent_Stream() {
	a := agent.NewText(testmodel.New(testmodel.OutputText("Once upon a time")))
	stream := a.Stream(context.Background(), "Tell me a story.")
	defer stream.Close()
	for text, err := range stream.Text() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%q\n", text)
	}
	// Output:
	// "Once "
	// "upon "
	// "a "
	// "time"
}

func ExampleAgent_ValidateOutput() {
	model := scripted(saying("I would say 7."), saying("7"))
	a := agent.NewText(model).ValidateOutput(func(_ context.Context, text string) (string, error) {
		if len(text) != 1 {
			return "", agent.Retry("Answer with the digit alone.")
		}
		return text, nil
	})
	result, err := a.Run(context.Background(), "How many days has a week?")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Output)
	// Output: 7
}

// A conversation goes on in a later run, which may be in another process.
func ExampleHistory() {
	a := agent.NewText(scripted(saying("Nice to meet you."), saying("Your name is Ada.")))
	first, err := a.Run(context.Background(), "I am Ada.")
	if err != nil {
		fmt.Println(err)
		return
	}
	stored, err := agent.MarshalMessages(first.AllMessages())
	if err != nil {
		fmt.Println(err)
		return
	}
	history, err := agent.UnmarshalMessages(stored)
	if err != nil {
		fmt.Println(err)
		return
	}
	second, err := a.Run(context.Background(), "Who am I?", agent.History(history))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(second.Output, len(second.AllMessages()), "messages,", len(second.NewMessages()), "of them new")
	// Output: Your name is Ada. 4 messages, 2 of them new
}

// A call that somebody must allow ends the run; another run goes on once it is decided.
func ExampleResolve() {
	type File struct {
		Path string `json:"path"`
	}
	remove := agent.NewTool("remove", "Remove a file", func(_ context.Context, f File) (string, error) {
		return "removed " + f.Path, nil
	}, agent.RequireApproval())
	a := agent.NewText(scripted(calling("1", "remove", `{"path":"/tmp/x"}`), saying("It is gone.")), agent.WithTools(remove))

	_, err := a.Run(context.Background(), "Remove /tmp/x.")
	waiting, ok := errors.AsType[*agent.DeferredError](err)
	if !ok {
		fmt.Println(err)
		return
	}
	decided := map[string]agent.Resolution{}
	for _, call := range waiting.Open {
		fmt.Printf("%s %s?\n", call.Name, call.Args)
		decided[call.ID] = agent.Approve()
	}
	result, err := a.Run(context.Background(), "", agent.History(waiting.Messages), agent.Resolve(decided))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Output)
	// Output:
	// remove {"path":"/tmp/x"}?
	// It is gone.
}

// A tool may ask an agent of its own; what that uses counts into the run that called the tool.
func ExampleShareUsage() {
	type Topic struct {
		Topic string `json:"topic"`
	}
	poet := agent.NewText(functionmodel.Text("Roses are red."), agent.WithName("poet"))
	ask := agent.NewTool("poem", "Have a poem written", func(ctx context.Context, t Topic) (string, error) {
		result, err := poet.Run(ctx, "Write about "+t.Topic, agent.ShareUsage())
		if err != nil {
			return "", err
		}
		return result.Output, nil
	})
	editor := agent.NewText(scripted(calling("1", "poem", `{"topic":"roses"}`), saying("Here it is: Roses are red.")), agent.WithTools(ask))
	result, err := editor.Run(context.Background(), "A poem, please.")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Output, result.Usage().Requests, "requests")
	// Output: Here it is: Roses are red. 3 requests
}

// Tests replace the model of agents that they do not make themselves.
func ExampleOverride() {
	greeter := agent.NewText(nil, agent.WithName("greeter"))
	handle := func(ctx context.Context) string { // code under test
		result, err := greeter.Run(ctx, "Greet.")
		if err != nil {
			return err.Error()
		}
		return result.Output
	}
	fmt.Println(handle(agent.Override(context.Background(), agent.OverrideModel(testmodel.New()))))
	// Output: success (no tool calls)
}
