package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/httpclient"
)

const instructions = "Be concise, reply with one sentence. Use the get_lat_lng tool to get the latitude and longitude of the locations, " +
	"then use the get_weather tool to get the weather."

// place is what is asked for a location.
type place struct {
	Description string `json:"location_description" description:"A description of a location."`
}

// point is where a location is.
type point struct {
	Lat float64 `json:"lat" description:"Latitude of the location." llm:"min=-90,max=90"`
	Lng float64 `json:"lng" description:"Longitude of the location." llm:"min=-180,max=180"`
}

// weather is how it is there.
type weather struct {
	Temperature string `json:"temperature"`
	Description string `json:"description"`
}

// newAgent makes the agent. Its tools ask the services at an address.
func newAgent(llm agent.Model, services string) *agent.Agent[string] {
	client := httpclient.Instrument(nil, httpclient.CaptureAll())
	return agent.NewText(llm,
		agent.WithName("weather_agent"),
		agent.WithInstructions(instructions),
		agent.WithRetries(2),
		agent.WithTools(
			agent.NewTool("get_lat_lng", "Get the latitude and longitude of a location.",
				func(ctx context.Context, in place) (point, error) {
					return ask[point](ctx, client, services+"/latlng", url.Values{"location": {in.Description}})
				}),
			agent.NewTool("get_weather", "Get the weather at a location.",
				func(ctx context.Context, at point) (weather, error) {
					return ask[weather](ctx, client, services+"/weather", url.Values{"lat": {fmt.Sprint(at.Lat)}, "lng": {fmt.Sprint(at.Lng)}})
				}),
		))
}

// ask asks a service. What it does not know is told to the model, which may find a better question.
func ask[T any](ctx context.Context, client *http.Client, address string, query url.Values) (answer T, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"?"+query.Encode(), nil)
	if err != nil {
		return answer, err
	}
	response, err := client.Do(request)
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return answer, json.NewDecoder(response.Body).Decode(&answer)
	case http.StatusNotFound:
		return answer, agent.Retry("nothing is known of %s", query.Encode())
	default:
		return answer, fmt.Errorf("ask %s: %s", address, response.Status)
	}
}
