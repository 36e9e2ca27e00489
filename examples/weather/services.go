package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// places are the locations that the services know.
var places = []struct {
	name    string
	point   point
	weather weather
}{
	{"london", point{51.5, -0.12}, weather{"21 °C", "sunny"}},
	{"wiltshire", point{51.1, 0.1}, weather{"18 °C", "rainy"}},
	{"paris", point{48.9, 2.3}, weather{"24 °C", "cloudy"}},
}

// weatherServices are the two services that the tools ask: where a location is, and how the weather is there.
func weatherServices() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /latlng", func(w http.ResponseWriter, r *http.Request) {
		wanted := strings.ToLower(r.FormValue("location"))
		for _, p := range places {
			if strings.Contains(wanted, p.name) {
				answer(w, p.point)
				return
			}
		}
		http.NotFound(w, r)
	})
	mux.HandleFunc("GET /weather", func(w http.ResponseWriter, r *http.Request) {
		for _, p := range places {
			if r.FormValue("lat") == fmt.Sprint(p.point.Lat) && r.FormValue("lng") == fmt.Sprint(p.point.Lng) {
				answer(w, p.weather)
				return
			}
		}
		http.NotFound(w, r)
	})
	return mux
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // the client has gone
}
