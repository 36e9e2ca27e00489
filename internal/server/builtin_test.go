package server

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/board"
	"github.com/hearth-dev/hearth/internal/demo"
	"github.com/hearth-dev/hearth/internal/meta"
)

// definition is what of a dashboard a page needs to ask its questions.
type definition struct {
	Spec struct {
		Duration  string
		Variables []struct {
			Spec struct {
				Name           string
				CustomAllValue string
				Plugin         struct{ Spec struct{ Query string } }
			}
		}
		Panels map[string]struct {
			Spec struct {
				Plugin  struct{ Kind string }
				Queries []struct {
					Spec struct {
						Plugin struct {
							Spec struct {
								Query, GroupBy string
								Metrics        []string
							}
						}
					}
				}
			}
		}
	}
}

// page asks what the web app asks when it shows a dashboard.
type page struct {
	t          *testing.T
	server     *Server
	project    string
	from, to   time.Time
	resolution string
	variables  map[string]any
	definition definition
}

// openPage shows a built-in dashboard of a project with all variables on "all".
func openPage(t *testing.T, s *Server, project, slug string) *page {
	t.Helper()
	b, ok := board.BuiltinNamed(project, slug)
	if !ok {
		t.Fatalf("project %s has no dashboard %s", project, slug)
	}
	p := &page{t: t, server: s, project: project, to: time.Now(), resolution: "1 minute", variables: map[string]any{}}
	if err := json.Unmarshal([]byte(b.Text), &p.definition); err != nil {
		t.Fatal(err)
	}
	length := map[string]time.Duration{"1h": time.Hour, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour}[p.definition.Spec.Duration]
	if length == 0 {
		t.Fatalf("%s: duration %q", slug, p.definition.Spec.Duration)
	}
	// The demo's hour began before it was sent.
	p.from = p.to.Add(-length - 10*time.Minute)
	for _, v := range p.definition.Spec.Variables {
		p.variables[v.Spec.Name] = v.Spec.CustomAllValue
	}
	return p
}

// ask returns the rows of a statement.
func (p *page) ask(sql string) []map[string]any {
	p.t.Helper()
	variables := map[string]any{"resolution": p.resolution}
	maps.Copy(variables, p.variables)
	body, err := json.Marshal(map[string]any{
		"sql": sql, "min_timestamp": p.from.UTC().Format(time.RFC3339Nano), "max_timestamp": p.to.UTC().Format(time.RFC3339Nano),
		"limit": 10_000, "variables": variables,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.server.Origin()+"/v2/query", strings.NewReader(string(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hearth-Project", p.project)
	resp, err := client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Data   []map[string]any
		Detail any
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
		p.t.Fatalf("HTTP %d: %v %v\n%s", resp.StatusCode, answer.Detail, err, sql)
	}
	return answer.Data
}

// panel asks the question of a panel.
func (p *page) panel(key string) []map[string]any {
	p.t.Helper()
	return p.ask(p.definition.Spec.Panels[key].Spec.Queries[0].Spec.Plugin.Spec.Query)
}

// withDemo opens a server that holds the demo's hour, and that tells of itself.
func withDemo(t *testing.T) *Server {
	t.Helper()
	c := config(t)
	c.SelfTelemetry = 100 * time.Millisecond
	s := open(t, c)
	sent, err := demo.Run(t.Context(), demo.Options{BaseURL: s.Origin(), Once: true, Seed: 4})
	if err != nil || sent.Refused > 0 {
		t.Fatal(sent, err)
	}
	// One record that is refused: it is of the day after tomorrow.
	ahead := strings.Replace(logRequest("too early"), "1779889396000000000", fmt.Sprint(time.Now().Add(48*time.Hour).UnixNano()), 1)
	if status, answer := do(t, http.MethodPost, s.Origin()+"/v1/logs", ahead); status != http.StatusOK && status != http.StatusBadRequest {
		t.Fatalf("%d %s", status, answer)
	}
	ask(t, s, meta.DefaultProject, fmt.Sprintf("SELECT 1 FROM records HAVING count(*) >= %d", sent.Spans+sent.Logs))
	ask(t, s, meta.DefaultProject, fmt.Sprintf("SELECT 1 FROM metrics HAVING count(*) >= %d", sent.Points))
	return s
}

// TestBuiltinDashboardsSaySomething asks every question of every built-in dashboard as the web app does.
func TestBuiltinDashboardsSaySomething(t *testing.T) {
	t.Parallel()
	s := withDemo(t)
	for _, b := range append(board.Builtins(meta.DefaultProject), board.Builtins(meta.ServerProjectName)...) {
		project := cmp.Or(b.Project, meta.DefaultProject)
		p := openPage(t, s, project, b.Slug)
		for _, v := range p.definition.Spec.Variables {
			if options := p.ask(v.Spec.Plugin.Spec.Query); len(options) < 2 || v.Spec.CustomAllValue == "" {
				t.Errorf("%s: variable %s has %d options", b.Slug, v.Spec.Name, len(options))
			}
		}
		for key := range p.definition.Spec.Panels {
			checkPanel(t, p, b.Slug, key)
		}
		for _, v := range p.definition.Spec.Variables {
			p.variables[v.Spec.Name] = []string{"nobody", "it's"} // a choice is a list
		}
		for key := range p.definition.Spec.Panels {
			p.panel(key)
		}
	}
}

// checkPanel asks a panel until it says something, and looks whether the columns that it draws are there.
func checkPanel(t *testing.T, p *page, slug, key string) {
	t.Helper()
	var rows []map[string]any
	for len(rows) == 0 {
		if t.Context().Err() != nil {
			t.Fatalf("%s: panel %s says nothing", slug, key)
		}
		p.to = time.Now() // what the server tells of itself is still on its way
		rows = p.panel(key)
		if len(rows) == 0 && p.project != meta.ServerProjectName {
			t.Errorf("%s: panel %s says nothing", slug, key)
			return
		}
	}
	panel := p.definition.Spec.Panels[key].Spec
	drawn := panel.Queries[0].Spec.Plugin.Spec
	for _, column := range append(drawn.Metrics, drawn.GroupBy) {
		if _, ok := rows[0][column]; column != "" && !ok {
			t.Errorf("%s: panel %s draws %s, and has %v", slug, key, column, slices.Sorted(maps.Keys(rows[0])))
		}
	}
	value := false
	for _, row := range rows {
		for _, column := range row {
			_, number := column.(float64)
			value = value || number
		}
	}
	if !value && panel.Plugin.Kind != "Table" {
		t.Errorf("%s: panel %s has no number", slug, key)
	}
}

// TestBuiltinDashboardsCountRight works a few panels out anew, from the whole attributes of every record.
func TestBuiltinDashboardsCountRight(t *testing.T) {
	t.Parallel()
	s := withDemo(t)
	p := openPage(t, s, meta.DefaultProject, "llm")
	all := everyRecord(p)

	runs := map[string][]float64{}
	dollars := map[string]float64{}
	for _, one := range all {
		operation := one.text("gen_ai.operation.name")
		if one.Kind == "span" && (operation == "invoke_agent" || one.Name == "agent run") {
			hour := one.Start.Truncate(time.Hour).Format(time.RFC3339)
			runs[hour] = append(runs[hour], one.Duration)
		}
		if one.cost > 0 && operation != "invoke_agent" { // a log tells what a streamed call cost
			dollars[cmp.Or(one.text("gen_ai.response.model"), one.text("gen_ai.request.model"), "unknown")] += one.cost
		}
	}
	if len(runs) == 0 || len(dollars) < 3 {
		t.Fatalf("the demo has runs in %d hours and costs of %d models", len(runs), len(dollars))
	}
	want := map[string]float64{}
	for hour, durations := range runs {
		want[hour] = sum(durations) / float64(len(durations))
	}
	expectClose(t, "average duration of runs", column(p.panel("run_duration"), "x", "seconds"), want)
	expectClose(t, "dollars by model", column(p.panel("cost_by_model"), "model", "dollars"), dollars)

	p = openPage(t, s, meta.DefaultProject, "web-server")
	requests, p95 := map[string]float64{}, map[string]float64{}
	durations := map[string][]float64{}
	for _, one := range all {
		if one.Route != "" && one.Status > 0 {
			route := one.Service + " " + one.Method + " " + one.Route
			requests[route]++
			durations[route] = append(durations[route], one.Duration)
		}
	}
	for route, list := range durations {
		p95[route] = percentile(list, 0.95)
	}
	rows := p.panel("routes")
	for _, row := range rows {
		row["route"] = fmt.Sprint(row["service_name"], " ", row["http_method"], " ", row["http_route"])
	}
	expectClose(t, "requests by route", column(rows, "route", "requests"), requests)
	expectClose(t, "p95 by route", column(rows, "route", "p95"), p95)
}

// stored is a record as it stands in the store.
type stored struct {
	Kind, Name, Service, Method, Route string
	Status                             int
	Start                              time.Time
	Duration                           float64
	Attributes                         map[string]any

	cost float64
}

func (s *stored) text(key string) string {
	text, _ := s.Attributes[key].(string)
	return text
}

// everyRecord reads all records, with the whole of their attributes.
func everyRecord(p *page) (all []stored) {
	p.t.Helper()
	for {
		rows := p.ask(fmt.Sprintf(`SELECT kind, span_name AS name, service_name AS service, http_method AS method, http_route AS route,
			http_response_status_code AS status, start_timestamp AS start, duration, attributes, attributes->>'operation.cost' AS cost
			FROM records ORDER BY start_timestamp, span_id, kind, message LIMIT 2000 OFFSET %d`, len(all)))
		for _, row := range rows {
			text, err := json.Marshal(row)
			if err != nil {
				p.t.Fatal(err)
			}
			var one stored
			if err := json.Unmarshal(text, &one); err != nil {
				p.t.Fatal(err)
			}
			if row["cost"] != nil {
				if _, err := fmt.Sscan(row["cost"].(string), &one.cost); err != nil {
					p.t.Fatal(err)
				}
			}
			all = append(all, one)
		}
		if len(rows) == 0 {
			return all
		}
	}
}

// column adds the values of rows up by their names.
func column(rows []map[string]any, name, value string) map[string]float64 {
	sums := map[string]float64{}
	for _, row := range rows {
		key := row[name].(string)
		if at, err := time.Parse(time.RFC3339, key); err == nil {
			key = at.Format(time.RFC3339)
		}
		sums[key] += row[value].(float64)
	}
	return sums
}

func sum(list []float64) (sum float64) {
	for _, v := range list {
		sum += v
	}
	return sum
}

// percentile lies between two values in proportion, as percentile_cont of SQL.
func percentile(list []float64, fraction float64) float64 {
	slices.Sort(list)
	at := fraction * float64(len(list)-1)
	below := int(at)
	above := min(below+1, len(list)-1)
	return list[below] + (list[above]-list[below])*(at-float64(below))
}

func expectClose(t *testing.T, what string, got, want map[string]float64) {
	t.Helper()
	for key, value := range want {
		if math.Abs(got[key]-value) > 1e-9*math.Abs(value) {
			t.Errorf("%s: %s is %v, want %v", what, key, got[key], value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d names, want %d", what, len(got), len(want))
	}
}
