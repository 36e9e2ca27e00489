package api

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/store"
)

// heldDays is a store of which every project holds the same days, until they expire.
type heldDays struct {
	mu   sync.Mutex // guards days
	days []store.DayStats
}

func (h *heldDays) Stats(context.Context, string) ([]store.DayStats, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.days, nil
}

func (h *heldDays) Sizes(context.Context, string) (sizes []store.DaySize, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, d := range h.days {
		sizes = append(sizes, d.DaySize)
	}
	return sizes, nil
}

func (h *heldDays) Expire(_ context.Context, _ string, before store.Cutoffs) (gone int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var kept []store.DayStats
	for _, d := range h.days {
		if end := d.Day.AddDate(0, 0, 1); end.After(before.Records) || end.After(before.Metrics) {
			kept = append(kept, d)
		}
	}
	gone = len(h.days) - len(kept)
	h.days = kept
	return gone, nil
}

var retentionNow = time.Date(2026, 5, 27, 12, 0, 0, 0, time.UTC)

// newHeld returns a world in which each project holds twelve days.
func newHeld(t *testing.T, change func(*Options)) (w *world, path string) {
	now := retentionNow
	w = newWorldAt(t, &now, change)
	for days := 11; days >= 0; days-- {
		at := now.Truncate(24*time.Hour).AddDate(0, 0, -days)
		w.held.days = append(w.held.days, store.DayStats{DaySize: store.DaySize{Day: at, RecordBytes: 1000, MetricBytes: 100}, Records: 10, Metrics: 1})
	}
	return w, "/api/v1/projects/" + w.meta.DefaultProject().ID + "/retention/"
}

func TestRetentionIsToldWithWhatItLeadsTo(t *testing.T) {
	t.Parallel()
	w, path := newHeld(t, nil)
	w.held.days = w.held.days[8:]
	const want = `{"days":[{"day":"2026-05-24","metrics":1,"metrics_bytes":100,"records":10,"records_bytes":1000},` +
		`{"day":"2026-05-25","metrics":1,"metrics_bytes":100,"records":10,"records_bytes":1000},` +
		`{"day":"2026-05-26","metrics":1,"metrics_bytes":100,"records":10,"records_bytes":1000},` +
		`{"day":"2026-05-27","metrics":1,"metrics_bytes":100,"records":10,"records_bytes":1000}],` +
		`"kept_metrics_days":30,"kept_records_days":30,"metrics_days":null,` +
		`"outlook":{"bytes":4400,"bytes_per_day":1100,"settles_at_bytes":34100,"settles_in_days":25,"too_young":0},"records_days":null,` +
		`"server":{"bytes":8800,"bytes_per_day":2200,"disk_free_bytes":1000000000,"full_in_days":null,"settles_at_bytes":68200,"settles_in_days":25,"too_young":0},` +
		`"server_days":30}`
	if diff := cmp.Diff(want, w.expect(200, "GET", path, "").Body.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestChangingRetention(t *testing.T) {
	t.Parallel()
	w, path := newHeld(t, nil)
	type facts struct{ Records, Metrics, Days, Deletes, Through, Held any }
	read := func(body map[string]any) facts {
		f := facts{Records: body["records_days"], Metrics: body["metrics_days"], Held: len(body["days"].([]any))}
		if deletes, ok := body["deletes"].(map[string]any); ok {
			f.Days, f.Deletes, f.Through = deletes["days"], deletes["records"], deletes["records_through"]
		}
		return f
	}
	check := func(method, path, body string, want facts) {
		t.Helper()
		if diff := cmp.Diff(want, read(decode[map[string]any](t, w.expect(200, method, path, body)))); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", method, body, diff)
		}
	}
	check("PUT", path, `{}`, facts{Days: 0.0, Deletes: 0.0, Held: 12})
	const week = `{"records_days":7,"metrics_days":7}`
	check("PUT", path+"?dry_run=true", week, facts{Days: 4.0, Deletes: 40.0, Through: "2026-05-19", Held: 12})
	check("GET", path, "", facts{Held: 12})
	check("PUT", path, week, facts{Records: 7.0, Metrics: 7.0, Days: 4.0, Deletes: 40.0, Through: "2026-05-19", Held: 8})
	check("GET", path, "", facts{Records: 7.0, Metrics: 7.0, Held: 8})
	check("PUT", path, `{"metrics_days":null}`, facts{Records: 7.0, Days: 0.0, Deletes: 0.0, Held: 8})
	for _, bad := range []string{`{"records_days":0}`, `{"records_days":31}`, `{"records_days":-1}`, `{"records_days":1.5}`, `{"records_days":"7"}`, `{"records_days":99999999999999}`} {
		for _, dry := range []string{"", "?dry_run=1"} {
			if got := w.expect(422, "PUT", path+dry, bad).Body.String(); !strings.Contains(got, "records_days") {
				t.Errorf("%s: %s", bad, got)
			}
		}
	}
	w.expect(422, "PUT", path+"?dry_run=perhaps", week)
	check("GET", path, "", facts{Records: 7.0, Held: 8})
	w.expect(404, "PUT", "/api/v1/projects/00000000-0000-4000-8000-000000000000/retention/", week)
	entries, err := w.meta.AuditLog(t.Context(), meta.AuditFilter{OrganizationID: w.meta.DefaultProject().OrganizationID, From: retentionNow.Add(-time.Hour), To: retentionNow.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, e := range entries {
		if e.ResourceType == "retention" {
			told = append(told, e.Name+": "+e.Detail)
		}
	}
	if diff := cmp.Diff([]string{"local: spans and logs 7 days, metrics as long as the server keeps them", "local: spans and logs 7 days, metrics 7 days"}, told); diff != "" {
		t.Errorf("audit log (-want +got):\n%s", diff)
	}
}

// What all projects take together, and what is free, is not for who cannot manage the server.
func TestRetentionTellsOfTheServerToManagersOnly(t *testing.T) {
	t.Parallel()
	w, path := newHeld(t, remote)
	server := func(headers ...string) bool {
		t.Helper()
		return strings.Contains(w.expect(200, "GET", path, "", headers...).Body.String(), "disk_free_bytes")
	}
	if server("Authorization", w.read) {
		t.Error("a read token is told of the server")
	}
	if !server(basic(testPassword)...) {
		t.Error("the operator is not told of the server")
	}
	_, key, err := w.meta.CreateKey(t.Context(), meta.NewKey{OrganizationID: w.meta.DefaultProject().OrganizationID, Name: "robot", Scopes: []meta.Scope{meta.ReadProject, meta.WriteProject}})
	if err != nil {
		t.Fatal(err)
	}
	if server("Authorization", "Bearer "+key) {
		t.Error("an API key is told of the server")
	}
	w.expect(200, "PUT", path, `{"records_days":7}`, "Authorization", "Bearer "+key)
	w.expect(401, "PUT", path, `{"records_days":7}`, "Authorization", w.read)
}

// A member who may not shorten what is kept makes no API key that may.
func TestMembersGiveNoKeyThatDeletesRecords(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil)
	const key = `{"name":"k","scopes":["project:write"]}`
	w.expect(403, "POST", keysPath, key, w.as(meta.MemberRole)...)
	w.expect(201, "POST", keysPath, key, w.as(meta.AdminRole)...)
}
