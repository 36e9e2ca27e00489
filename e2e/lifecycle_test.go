package e2e

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
)

// TestSIGTERMDrains ends the process the polite way while clients send: it exits with 0 and keeps what it acknowledged.
func TestSIGTERMDrains(t *testing.T) {
	t.Parallel()
	dataDir := t.TempDir()
	h := start(t, dataDir)
	var next, acked atomic.Int64
	var senders sync.WaitGroup
	for range 3 {
		senders.Go(func() {
			for {
				n := uint64(next.Add(1))
				if !h.acked(t.Context(), "/v1/traces", spansRequest("drain", n, requestSize, time.Now())) {
					return // it is closing
				}
				acked.Add(1)
			}
		})
	}
	if !eventually(t, func() bool { return acked.Load() >= 50 }) {
		t.Fatalf("only %d requests acknowledged", acked.Load())
	}
	if code := h.stop(t); code != 0 {
		t.Errorf("exit status %d after SIGTERM, want 0\n%s", code, tail(h.log.String()))
	}
	senders.Wait()

	// Each client had one request without an answer at most; it may be there, whole.
	h = start(t, dataDir)
	least, most := int(acked.Load())*requestSize, int(next.Load())*requestSize
	h.waitCount(t, least, "select count(*) from records where service_name = 'drain'")
	got := h.count(t, "select count(*) from records where service_name = 'drain'")
	if got < least || got > most || got%requestSize != 0 {
		t.Errorf("%d records, want whole requests between %d and %d", got, least, most)
	}
}

// TestRetentionDeletesWholeDays keeps everything at first, then 30 days: the old day is gone from SQL and from the disk.
func TestRetentionDeletesWholeDays(t *testing.T) {
	t.Parallel()
	dataDir := t.TempDir()
	old := time.Now().Add(-40 * 24 * time.Hour)
	const (
		service      = "select count(*) from records where service_name = "
		ingestErrors = "select count(*) from records where span_name = 'hearth ingest error' and level = 'warn' and service_name = 'hearth-ingest'"
	)

	h := start(t, dataDir, "--retention", "0")
	h.sendSpans(t, "", spansRequest("old", 1, requestSize, old))
	h.sendSpans(t, "", spansRequest("new", 2, requestSize, time.Now()))
	h.waitCount(t, requestSize, service+"'old'")
	h.waitCount(t, requestSize, service+"'new'")
	if code := h.stop(t); code != 0 {
		t.Fatalf("exit status %d", code)
	}
	if len(filesOfDay(t, dataDir, old)) == 0 {
		t.Fatalf("no file of %s in the data folder: has the layout changed?", old.UTC().Format(time.DateOnly))
	}

	h = start(t, dataDir, "--retention", "30d")
	if !eventually(t, func() bool { return h.count(t, service+"'old'") == 0 }) {
		t.Error("records of 40 days ago are still there with --retention 30d")
	}
	if !eventually(t, func() bool { return len(filesOfDay(t, dataDir, old)) == 0 }) {
		t.Errorf("their files are still there: %v", filesOfDay(t, dataDir, old))
	}
	if got := h.count(t, service+"'new'"); got != requestSize {
		t.Errorf("%d records of today, want %d", got, requestSize)
	}

	// What comes too late now is refused, and says so in three places. Two requests one after the other are one request.
	now, tooLate := spansRequest("in-time", 3, requestSize, time.Now()), spansRequest("late", 4, requestSize, old)
	resp := h.sendSpans(t, "", append(now, tooLate...))
	if rejected := resp.GetPartialSuccess().GetRejectedSpans(); rejected != requestSize {
		t.Errorf("rejected_spans = %d, want %d (%s)", rejected, requestSize, protojson.Format(resp))
	}
	if resp.GetPartialSuccess().GetErrorMessage() == "" {
		t.Error("partial success without an error message")
	}
	h.waitCount(t, requestSize, service+"'in-time'")
	h.waitCount(t, 1, ingestErrors)
	if got := h.count(t, service+"'late'"); got != 0 {
		t.Errorf("%d refused records were stored", got)
	}
	// A request of which nothing is taken fails as a whole, for good: the client must not send it again.
	status, answer, err := h.post(t.Context(), "/v1/traces", protobufType, "", spansRequest("later", 5, 1, old))
	if err != nil || status != http.StatusBadRequest {
		t.Errorf("nothing but late spans: HTTP %d, %v: %s", status, err, answer)
	}
	h.waitCount(t, 2, ingestErrors)
	if text := h.get(t, "/metrics"); !strings.Contains(text, "hearth_") {
		t.Errorf("/metrics has no counter of ours: %.300s", text)
	}
}

// TestAProjectKeepsThingsForTimesOfItsOwn has metrics outlive traces of the same day: what is older goes when that is set, what comes
// too late is refused, and a crash changes nothing of it.
func TestAProjectKeepsThingsForTimesOfItsOwn(t *testing.T) {
	t.Parallel()
	dataDir := t.TempDir()
	old := time.Now().Add(-40 * 24 * time.Hour)
	const (
		spans  = "select count(*) from records where service_name = 'old'"
		points = "select count(*) from metrics where service_name = 'old'"
	)
	h := start(t, dataDir, "--retention", "0")
	h.sendSpans(t, "", spansRequest("old", 1, requestSize, old))
	if status, answer, err := h.post(t.Context(), "/v1/metrics", protobufType, "", metricsRequest("old", 1, 1, old)); err != nil || status != http.StatusOK {
		t.Fatalf("metrics: HTTP %d, %v: %s", status, err, answer)
	}
	h.waitCount(t, requestSize, spans)
	h.waitCount(t, 1, points)

	var projects []struct{ ID string }
	h.manage(t, "GET", "/api/v1/projects/", nil, &projects)
	path := "/api/v1/projects/" + projects[0].ID + "/retention/"
	var answer struct {
		KeptRecordsDays *float64 `json:"kept_records_days"`
		KeptMetricsDays *float64 `json:"kept_metrics_days"`
		Deletes         struct{ Days, Records, Metrics int }
	}
	check := func(when string) {
		t.Helper()
		if answer.KeptRecordsDays == nil || *answer.KeptRecordsDays != 30 || answer.KeptMetricsDays != nil {
			t.Errorf("%s it keeps spans for %v days and metrics for %v", when, answer.KeptRecordsDays, answer.KeptMetricsDays)
		}
	}
	h.manage(t, "PUT", path+"?dry_run=true", map[string]any{"records_days": 30}, &answer)
	if answer.Deletes.Days != 1 || answer.Deletes.Records != requestSize || answer.Deletes.Metrics != 0 {
		t.Errorf("a dry run tells of %+v", answer.Deletes)
	}
	if got := h.count(t, spans); got != requestSize {
		t.Errorf("%d records after a dry run", got)
	}
	h.manage(t, "PUT", path, map[string]any{"records_days": 30}, &answer)
	check("when it is set")
	gone := func(when string) {
		t.Helper()
		if got, left := h.count(t, spans), h.count(t, points); got != 0 || left != 1 {
			t.Errorf("%s: %d old spans and %d old points, want none and one", when, got, left)
		}
		if files := filesOfDay(t, dataDir, old); len(files) != 1 || !strings.Contains(files[0], ".metrics.") {
			t.Errorf("%s the day has the files %v", when, files)
		}
	}
	gone("at once")
	// Spans come too late now; metrics do not.
	if status, answer, err := h.post(t.Context(), "/v1/traces", protobufType, "", spansRequest("old", 2, 1, old)); err != nil || status != http.StatusBadRequest {
		t.Errorf("late spans: HTTP %d, %v: %s", status, err, answer)
	}
	if status, answer, err := h.post(t.Context(), "/v1/metrics", protobufType, "", metricsRequest("late", 2, 1, old)); err != nil || status != http.StatusOK {
		t.Errorf("late metrics: HTTP %d, %v: %s", status, err, answer)
	}
	h.waitCount(t, 1, "select count(*) from metrics where service_name = 'late'")
	h.kill()

	h = start(t, dataDir, "--retention", "0")
	if !eventually(t, func() bool { return h.count(t, spans) == 0 }) {
		t.Error("the log brought spans back that had expired")
	}
	h.waitCount(t, 1, points)
	h.manage(t, "GET", path, nil, &answer)
	check("after a crash")
	gone("after a crash")
}

// filesOfDay returns the files below the data folder that are named after a day.
func filesOfDay(t *testing.T, dataDir string, day time.Time) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dataDir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // a file may go while we look
		}
		if entry.Type().IsRegular() && strings.Contains(path[len(dataDir):], day.UTC().Format(time.DateOnly)) {
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// get returns the body of a page that must be there.
func (h *hearth) get(t *testing.T, path string) string {
	t.Helper()
	resp, err := http.Get(h.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: HTTP %d: %s", path, resp.StatusCode, body)
	}
	return string(body)
}

// TestRepeatsAreDropped sends the same bytes twice, to one process and to the next.
func TestRepeatsAreDropped(t *testing.T) {
	t.Parallel()
	dataDir := t.TempDir()
	h := start(t, dataDir)
	now := time.Now()
	for _, kind := range signals {
		body := kind.make("twice-"+kind.name, 7, requestSize, now)
		for range 2 {
			if !h.acked(t.Context(), kind.path, body) {
				t.Fatalf("%s: a repeat is no error", kind.name)
			}
		}
	}
	h.kill()
	h = start(t, dataDir)
	for _, kind := range signals {
		if !h.acked(t.Context(), kind.path, kind.make("twice-"+kind.name, 7, requestSize, now)) {
			t.Fatalf("%s: a repeat is no error", kind.name)
		}
	}
	// What comes after all of them is visible only when all of them are.
	for i, kind := range signals {
		if !h.acked(t.Context(), kind.path, kind.make("after", uint64(100+i), 1, now)) {
			t.Fatal("not acknowledged")
		}
	}
	h.waitCount(t, 2, "select count(*) from records where service_name = 'after'")
	h.waitCount(t, 1, "select count(*) from metrics where service_name = 'after'")
	for _, kind := range signals {
		sql := "select count(*) from " + kind.table + " where service_name = 'twice-" + kind.name + "'"
		if got := h.count(t, sql); got != requestSize {
			t.Errorf("%s: sent %d three times, found %d", kind.name, requestSize, got)
		}
	}
}

// TestJSONIsTheSameAsProtobuf sends one request in both encodings: the second is a repeat of the first.
func TestJSONIsTheSameAsProtobuf(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	const body = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"json"}}]},
		"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"tea","kind":2,
		"startTimeUnixNano":"%d","endTimeUnixNano":"%d","attributes":[{"key":"cups","value":{"intValue":"2"}}]}]}]}]}`
	now := time.Now().UnixNano()
	for _, path := range []string{"/v1/traces", "/v1/traces/"} {
		status, answer, err := h.post(t.Context(), path, "application/json", "", fmt.Appendf(nil, body, now, now+250e6))
		if err != nil {
			t.Fatal(err)
		}
		if status != http.StatusOK || protojson.Unmarshal(answer, &coltrace.ExportTraceServiceResponse{}) != nil {
			t.Fatalf("POST %s: HTTP %d: %s", path, status, answer)
		}
	}
	h.waitCount(t, 1, "select count(*) from records where trace_id = '5b8efff798038103d269b633813fc60c'")
	rows := h.rows(t, "select span_id, duration, attributes->>'cups' as cups from records where service_name = 'json'")
	if len(rows) != 1 || rows[0]["duration"] != 0.25 || rows[0]["cups"] != "2" || rows[0]["span_id"] != "eee19b7ec3c1b174" {
		t.Errorf("got %v", rows)
	}
}
