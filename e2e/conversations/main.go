// Conversations holds with Hearth's agents the conversations that e2e/python/apps/conversations.py holds with PydanticAI,
// word for word, so that what both emit can be compared.
//
// It sends to HEARTH_BASE_URL under the name SERVICE. FORMAT is the version of the data format, EVENT_MODE
// "attributes" or "logs"; STANDARD_USAGE=1 has the usage of runs under the keys of PydanticAI 1.
package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"os"
	"strconv"

	hearth "github.com/hearth-dev/hearth/sdk"
	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/functionmodel"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println("{}")
}

func run(ctx context.Context) (err error) {
	format, err := strconv.Atoi(os.Getenv("FORMAT"))
	if err != nil {
		return fmt.Errorf("FORMAT: %w", err)
	}
	settings := &agent.InstrumentationSettings{Format: agent.Format(format), RunUsageAsStandardKeys: os.Getenv("STANDARD_USAGE") != ""}
	if os.Getenv("EVENT_MODE") == "logs" {
		settings.EventMode = agent.EventModeLogs
	}
	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName(os.Getenv("SERVICE")))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shutdown(ctx)) }()
	agent.InstrumentAll(settings)
	for name, hold := range conversations {
		if err := hold(ctx); err != nil {
			return fmt.Errorf("conversation %s: %w", name, err)
		}
	}
	return nil
}

var conversations = map[string]func(context.Context) error{
	"weather": weather, "structured": structured, "retrying": retrying, "failing_tool": failingTool, "failing_model": failingModel,
	"nested": nested, "picture": picture, "history": history, "thinking": thinking, "streamed": streamed,
}

// turn is what a model says: parts, or an error.
type turn struct {
	parts []agent.ResponsePart
	err   error
}

func says(parts ...agent.ResponsePart) turn { return turn{parts: parts} }

func text(s string) agent.Text { return agent.Text{Text: s} }

func call(name, id, args string) agent.ToolCall {
	return agent.ToolCall{Name: name, ID: id, Args: []byte(args)}
}

// scripted is a model that says its turns one after the other.
func scripted(name string, usage agent.Usage, turns ...turn) agent.Model {
	return functionmodel.New(func(context.Context, *agent.Request) (*agent.Response, error) {
		now := turns[0]
		turns = turns[1:]
		if now.err != nil {
			return nil, now.err
		}
		return &agent.Response{Parts: now.parts, Usage: usage}, nil
	}, functionmodel.Name(name))
}

func script(turns ...turn) agent.Model {
	return scripted("script", agent.Usage{InputTokens: 100, OutputTokens: 10}, turns...)
}

// answeredByOpenAI is a model whose answers say that they are OpenAI's, and so have a price.
type answeredByOpenAI struct{ agent.Model }

func (m answeredByOpenAI) Request(ctx context.Context, req *agent.Request) (*agent.Response, error) {
	response, err := m.Model.Request(ctx, req)
	if err == nil {
		response.Provider = "openai"
	}
	return response, err
}

type place struct {
	Location string `json:"location"`
}

type point struct {
	Lat float64 `json:"lat"`
	Lng float64 `json:"lng"`
}

// weather is the weather agent of PydanticAI's documentation, whose two tools are called twice each, at the same time.
func weather(ctx context.Context) error {
	temperature, maxTokens, seed := 0.5, 1000, 7
	places := map[string]point{"London": {51.5, -0.25}, "Wiltshire": {51.25, -2.25}}
	forecaster := agent.NewText(
		answeredByOpenAI{scripted("gpt-4o", agent.Usage{
			InputTokens: 200, CacheReadTokens: 50, OutputTokens: 40,
			Details: map[string]int64{"reasoning_tokens": 0, "accepted_prediction_tokens": 7},
		},
			says(call("get_lat_lng", "call_1", `{"location":"London"}`), call("get_lat_lng", "call_2", `{"location":"Wiltshire"}`)),
			says(call("get_weather", "call_3", `{"lat":51.5,"lng":-0.25}`), call("get_weather", "call_4", `{"lat":51.25,"lng":-2.25}`)),
			says(text("London: 21 °C, sunny. Wiltshire: 18 °C, “rain”.")),
		)},
		agent.WithName("weather_agent"),
		agent.WithInstructions("Be concise, reply with one sentence."),
		agent.WithSettings(agent.Settings{Temperature: &temperature, MaxTokens: &maxTokens, Seed: &seed}),
		agent.WithTools(
			agent.NewTool("get_lat_lng", "Get the latitude and longitude of a location.", func(_ context.Context, in place) (point, error) {
				return places[in.Location], nil
			}),
			agent.NewTool("get_weather", "Get the weather at a location.", func(_ context.Context, in point) (string, error) {
				if in.Lat == 51.5 {
					return "21 °C, sunny", nil
				}
				return "18 °C, <rain>", nil
			}),
		),
	)
	_, err := forecaster.Run(ctx, "What is the weather like in London and in Wiltshire?",
		agent.ConversationID("weather-1"), agent.RunMetadata(map[string]any{"customer": "Ada", "seats": []any{1, 2}}))
	return err
}

// tea is structured output.
type tea struct {
	Tea  string `json:"tea"`
	Cups int    `json:"cups"`
}

// structured misses a field first, which is sent back.
func structured(ctx context.Context) error {
	waiter := agent.New[tea](
		script(says(call("final_result", "call_1", `{"tea":"Assam"}`)), says(call("final_result", "call_2", `{"tea":"Assam","cups":2}`))),
		agent.WithName("waiter"), agent.WithSystemPrompt("Be brief."), agent.WithRetries(2),
	)
	_, err := waiter.Run(ctx, "Tea for two.")
	return err
}

type city struct {
	City string `json:"city"`
}

// cityAgent has a tool that asks the model to try again for one city, and fails for another.
func cityAgent(name string, turns ...turn) *agent.Agent[string] {
	return agent.NewText(script(turns...), agent.WithName(name), agent.WithRetries(2),
		agent.WithTools(agent.NewTool("weather_of", "", func(_ context.Context, in city) (string, error) {
			switch in.City {
			case "Atlantis":
				return "", agent.Retry("no such city")
			case "Nowhere":
				return "", errors.New("the service is down")
			}
			return "fine", nil
		})))
}

func retrying(ctx context.Context) error {
	_, err := cityAgent("retrying",
		says(call("weather_of", "call_1", `{"city":"Atlantis"}`)),
		says(call("weather_of", "call_2", `{"city":"Paris"}`)),
		says(text("It is fine.")),
	).Run(ctx, "How is the weather?")
	return err
}

func failingTool(ctx context.Context) error {
	return mustFail(cityAgent("failing_tool", says(text("I look."), call("weather_of", "call_1", `{"city":"Nowhere"}`))).Run(ctx, "How is the weather?"))
}

func failingModel(ctx context.Context) error {
	refusal := &agent.ModelHTTPError{Status: 503, Model: "script", Body: "overloaded"}
	return mustFail(agent.NewText(script(turn{err: refusal}), agent.WithName("failing_model")).Run(ctx, "Anybody there?"))
}

func mustFail(_ *agent.Result[string], err error) error {
	if err == nil {
		return errors.New("the run did not fail")
	}
	return nil
}

// nested is an agent whose tool is another agent.
func nested(ctx context.Context) error {
	joker := agent.NewText(script(says(text("Why did the tea cross the road?"))), agent.WithName("joker"), agent.WithInstructions("Tell jokes."))
	type about struct {
		Topic string `json:"topic"`
	}
	host := agent.NewText(script(says(call("joke", "call_1", `{"topic":"tea"}`)), says(text("Here is one."))), agent.WithName("host"),
		agent.WithTools(agent.NewTool("joke", "", func(ctx context.Context, in about) (string, error) {
			result, err := joker.Run(ctx, "A joke about "+in.Topic+".", agent.ShareUsage(), agent.ConversationID("nested-inner"))
			if err != nil {
				return "", err
			}
			return result.Output, nil
		})))
	_, err := host.Run(ctx, "Amuse me.")
	return err
}

func picture(ctx context.Context) error {
	pixel := []byte("\x89PNG\r\n\x1a\n")
	_, err := agent.NewText(script(says(text("A cup."))), agent.WithName("picture")).RunParts(ctx, []agent.Content{
		text("What is this?"), agent.Media{Kind: agent.Image, URL: "https://example.com/cup.png"},
		text("And this?"), agent.Media{Kind: agent.Image, Data: pixel, Type: "image/png"},
	})
	return err
}

func history(ctx context.Context) error {
	listener := agent.NewText(script(says(text("Ada.")), says(text("You said Ada."))), agent.WithName("history"), agent.WithSystemPrompt("Remember names."))
	first, err := listener.Run(ctx, "My name is Ada.")
	if err != nil {
		return err
	}
	_, err = listener.Run(ctx, "What is my name?", agent.History(first.AllMessages()))
	return err
}

func thinking(ctx context.Context) error {
	_, err := agent.NewText(script(says(agent.Thinking{Text: "Hm, 17 × 3."}, text("51"))), agent.WithName("thinking")).Run(ctx, "17 × 3?")
	return err
}

func streamed(ctx context.Context) error {
	answer := func(_ context.Context, req *agent.Request) iter.Seq2[agent.Delta, error] {
		deltas := []agent.Delta{agent.TextDelta{Text: "It is "}, agent.TextDelta{Text: "noon."}}
		if len(req.Messages) == 1 {
			deltas = []agent.Delta{
				agent.ThinkingDelta{Text: "Let me "}, agent.ThinkingDelta{Text: "look."},
				agent.ToolCallDelta{Index: 1, Name: "now", Args: "{}", ID: "call_1"},
			}
		}
		return func(yield func(agent.Delta, error) bool) {
			for _, delta := range deltas {
				if !yield(delta, nil) {
					return
				}
			}
		}
	}
	clock := agent.NewText(functionmodel.New(nil, functionmodel.Stream(answer), functionmodel.Name("script")), agent.WithName("streamed"),
		agent.WithTools(agent.NewTool("now", "", func(context.Context, struct{}) (string, error) { return "12:00", nil })))
	stream := clock.Stream(ctx, "What time is it?")
	defer stream.Close()
	for _, err := range stream.Text() {
		if err != nil {
			return err
		}
	}
	return nil
}
