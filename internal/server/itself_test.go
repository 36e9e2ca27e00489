package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

// ask returns the rows of a query about a project, once there are any.
func ask(t *testing.T, s *Server, project, sql string) []map[string]any {
	t.Helper()
	for t.Context().Err() == nil {
		body, err := json.Marshal(map[string]any{"sql": sql, "min_timestamp": "2020-01-01T00:00:00Z"})
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Origin()+"/v2/query", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Hearth-Project", project)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Data []map[string]any }
		err = json.NewDecoder(resp.Body).Decode(&answer)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("HTTP %d, %v", resp.StatusCode, err)
		}
		if len(answer.Data) > 0 {
			return answer.Data
		}
	}
	t.Fatal("no rows")
	return nil
}

func TestTheServerTellsOfItselfAndDoesNotCountThat(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.SelfTelemetry = 10 * time.Millisecond
	s := open(t, c)
	if status, answer := do(t, http.MethodPost, s.Origin()+"/v1/logs", logRequest("hello")); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	// The log of somebody is told of, once and for ever.
	ask(t, s, meta.ServerProjectName, `SELECT 1 FROM metrics WHERE metric_name = 'hearth_ingest_records_total'`)
	// Meanwhile the server has written a good many points of its own.
	ask(t, s, meta.ServerProjectName, `SELECT 1 FROM metrics WHERE metric_name = 'hearth_wal_bytes' HAVING count(*) > 5`)
	rows := ask(t, s, meta.ServerProjectName, `SELECT attributes->>'signal' AS signal, sum(scalar_value) AS records,
		min(aggregation_temporality) AS temporality, min(service_name) AS service
		FROM metrics WHERE metric_name = 'hearth_ingest_records_total' GROUP BY 1`)
	if got := fmt.Sprint(rows); got != "[map[records:1 service:hearth signal:logs temporality:delta]]" {
		t.Errorf("records by signal: %s", got)
	}
	// The project of everybody else has none of it.
	if rows := ask(t, s, meta.DefaultProject, `SELECT count(*) AS points FROM metrics`); fmt.Sprint(rows) != "[map[points:0]]" {
		t.Errorf("the default project has %v", rows)
	}
	// An application is not asked to write there.
	if _, list := do(t, http.MethodGet, s.Origin()+"/v1/writable-projects/", ""); strings.Contains(list, `"hearth"`) || !strings.Contains(list, `"default"`) {
		t.Errorf("writable projects: %s", list)
	}
}

func TestAProjectThatSomebodyMadeIsLeftAlone(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.SelfTelemetry = Never
	s := open(t, c)
	if status, answer := do(t, http.MethodPost, s.Origin()+"/api/v1/projects/", `{"project_name":"hearth"}`); status != http.StatusCreated {
		t.Fatalf("%d %s", status, answer)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c.SelfTelemetry = time.Millisecond
	s = open(t, c)
	if s.ownProject != "" {
		t.Errorf("the server writes into project %s", s.ownProject)
	}
}
