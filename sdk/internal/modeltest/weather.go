package modeltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/agent/cassette"
)

// WeatherQuestion is what [Weather] asks.
const WeatherQuestion = "What is the weather in Paris and in Rome?"

// WeatherAgent knows the weather of every city.
func WeatherAgent(model agent.Model, settings *agent.InstrumentationSettings) *agent.Agent[string] {
	type place struct {
		City string `json:"city"`
	}
	weather := agent.NewTool("get_weather", "The weather of a city.", func(_ context.Context, p place) (map[string]any, error) {
		return map[string]any{"city": p.City, "celsius": 21}, nil
	})
	return agent.NewText(model, agent.WithName("weather"), agent.WithInstructions("Be brief."), agent.WithTools(weather),
		agent.WithInstrumentation(settings))
}

// Weather runs the weather agent against testdata/weather.json, and as a stream against testdata/weather_stream.json, and
// compares what it emits with the golden files weather.spans.json and weather_stream.spans.json.
func Weather(t *testing.T, open func(*http.Client) agent.Model) {
	for name, run := range map[string]func(*agent.Agent[string]) (*agent.Result[string], error){
		"weather": func(a *agent.Agent[string]) (*agent.Result[string], error) {
			return a.Run(t.Context(), WeatherQuestion)
		},
		"weather_stream": func(a *agent.Agent[string]) (*agent.Result[string], error) {
			return a.Stream(t.Context(), WeatherQuestion).Result()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spans := tracetest.NewSpanRecorder()
			settings := &agent.InstrumentationSettings{
				Format: agent.FormatMessages, MeterProvider: noop.NewMeterProvider(),
				TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
			}
			client := cassette.Use(t, "testdata/"+name+".json").Client()
			result, err := run(WeatherAgent(open(client), settings))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(result.Output, "21") != 2 {
				t.Errorf("it says %q", result.Output)
			}
			Golden(t, name+".spans.json", told(t, spans.Ended()))
		})
	}
}

// told is what spans tell, in the order in which they began, without what differs from run to run.
func told(t *testing.T, spans []sdktrace.ReadOnlySpan) []byte {
	t.Helper()
	type span struct {
		Name       string         `json:"name"`
		Kind       string         `json:"kind"`
		Attributes map[string]any `json:"attributes"`
	}
	var all []span
	for _, s := range spans {
		if s.Name() == "execute_tool get_weather" {
			continue // two at a time, in either order
		}
		attributes := map[string]any{}
		for _, a := range s.Attributes() {
			attributes[string(a.Key)] = value(a.Value)
		}
		for _, random := range []string{"gen_ai.agent.call.id", "gen_ai.conversation.id", "gen_ai.client.operation.time_to_first_chunk"} {
			delete(attributes, random)
		}
		all = append(all, span{Name: s.Name(), Kind: s.SpanKind().String(), Attributes: attributes})
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]string{}
	return generated.ReplaceAllFunc(encoded, func(id []byte) []byte {
		if numbers[string(id)] == "" {
			numbers[string(id)] = fmt.Sprintf("call_made_%d", len(numbers)+1)
		}
		return []byte(numbers[string(id)])
	})
}

// generated are the ids that an agent makes for calls.
var generated = regexp.MustCompile(`call_[0-9a-f]{32}`)

// value returns JSON that stands in a string as JSON, because it reads better.
func value(v attribute.Value) any {
	if text := v.AsString(); v.Type() == attribute.STRING && json.Valid([]byte(text)) && strings.ContainsAny(text[:1], "[{") {
		return json.RawMessage(text)
	}
	return v.AsInterface()
}

// Forbidden checks that a model asks nobody while requests to models are forbidden. Tests that call it are not parallel.
func Forbidden(t *testing.T, model agent.Model) {
	t.Helper()
	defer agent.SetAllowModelRequests(agent.SetAllowModelRequests(false))
	if _, err := model.Request(t.Context(), Ask("Hi")); !errors.Is(err, agent.ErrModelRequestsNotAllowed) {
		t.Error(err)
	}
	if _, err := model.Stream(t.Context(), Ask("Hi")); !errors.Is(err, agent.ErrModelRequestsNotAllowed) {
		t.Error(err)
	}
}
