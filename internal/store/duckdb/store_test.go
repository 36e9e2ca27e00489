package duckdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

func openStore(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir, MemoryLimit: 1 << 30, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func apply(t *testing.T, s *Store, batches ...*record.Batch) {
	t.Helper()
	if err := s.Apply(t.Context(), batches); err != nil {
		t.Fatal(err)
	}
}

// openSession opens a project, which its caller closes.
func openSession(t *testing.T, s *Store, project string) *session {
	t.Helper()
	p, err := s.project(project)
	if err != nil {
		t.Fatal(err)
	}
	session, err := p.open()
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// selectAll runs engine SQL in which {} stands for a day file's name, over each day file of a project, oldest first.
func selectAll(t *testing.T, s *Store, project, sql string) (rows [][]any) {
	t.Helper()
	session := openSession(t, s, project)
	defer session.close()
	files, err := session.filesBetween(t.Context(), whole, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		err := session.conn.queryAll(t.Context(), strings.ReplaceAll(sql, "{}", f.alias), func(row []any) error {
			rows = append(rows, slices.Clone(row))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

func TestEveryColumnOfTheCatalogueIsFilled(t *testing.T) {
	t.Parallel()
	check := func(table *record.Table, known map[string]bool) {
		for _, c := range stored(table) {
			if !known[c.Name] && !strings.HasPrefix(c.Name, record.HotColumn("")) {
				t.Errorf("%s.%s has no filler", table.Name, c.Name)
			}
			delete(known, c.Name)
		}
		for name := range known {
			t.Errorf("%s.%s is filled but not in the catalogue", table.Name, name)
		}
	}
	records, metrics := map[string]bool{}, map[string]bool{}
	for name := range recordLayout.columns {
		records[name] = true
	}
	for name := range metricLayout.columns {
		metrics[name] = true
	}
	check(record.RecordsTable, records)
	check(record.MetricsTable, metrics)
}

// fullRecord has a value in every field.
func fullRecord() record.Record {
	return record.Record{
		Kind: record.KindPendingSpan, OTelKind: 2, Level: record.LevelWarn, TraceID: strings.Repeat("a", 32), SpanID: strings.Repeat("b", 16),
		ParentSpanID: record.Some(strings.Repeat("c", 16)), RawSpanID: record.Some(strings.Repeat("d", 16)),
		StartNano: benchDay.Add(time.Hour).UnixNano() + 1999, EndNano: benchDay.Add(2 * time.Hour).UnixNano(),
		SpanName: "name", Message: "a message that is longer than twelve bytes: ümläut", LogBody: record.Some("body"), Tags: []string{"x", "a tag longer than twelve bytes"},
		Attributes: []byte(`{"user.id":"7"}`), LargeAttributes: []byte(`{"all_messages":[]}`), AttributeSchema: record.Some("{}"), Hot: hot(map[string]string{"user.id": "7"}),
		IsException: true, ExceptionType: record.Some("E"), ExceptionMessage: record.Some(""), ExceptionStacktrace: record.Some("trace"),
		StatusCode: record.Some("ERROR"), StatusMessage: record.Some("bad"), Events: []byte(`[{"event_name":"e"}]`), Links: []byte(`[{}]`),
		HTTPStatusCode: 418, HTTPMethod: record.Some("GET"), HTTPRoute: record.Some("/r"), URLFull: record.Some("http://h/p?q"), URLPath: record.Some("/p"), URLQuery: record.Some("q"),
		Extra: []byte(`{"flags":1}`), CostSource: record.CostComputed,
		Origin: &record.Origin{ServiceName: "s", ServiceNamespace: "ns", ServiceVersion: record.Some("1"), ServiceInstanceID: record.Some("i"), ProcessPID: 42,
			SDKName: record.Some("sdk"), SDKLanguage: record.Some("go"), SDKVersion: record.Some("2"), Environment: record.Some("prod"), Resource: []byte(`{"a":1}`),
			ScopeName: record.Some("scope"), ScopeVersion: record.Some("3"), ScopeAttributes: []byte(`{"b":2}`)},
	}
}

func TestRecordsComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	full := fullRecord()
	bare := record.Record{TraceID: "t", SpanID: "s", Level: record.LevelInfo, StartNano: benchDay.UnixNano(), EndNano: benchDay.UnixNano() + 2_500_000_000, Origin: &record.Origin{ServiceName: "unknown_service"}}
	arrived := benchDay.Add(3 * time.Hour)
	apply(t, s, &record.Batch{Project: "p", Seq: 1, Arrived: arrived, Records: []record.Record{bare, full}})
	want := map[string][2]any{ // of the bare and of the full record; what is not named is NULL and equal to full's name below
		"created_at": {arrived, arrived}, "start_timestamp": {benchDay, benchDay.Add(time.Hour + time.Microsecond)}, "end_timestamp": {benchDay.Add(2500 * time.Millisecond), benchDay.Add(2 * time.Hour)},
		"duration": {2.5, nil}, "trace_id": {"t", full.TraceID}, "span_id": {"s", full.SpanID}, "parent_span_id": {nil, full.ParentSpanID.S}, "kind": {"span", "pending_span"}, "level": {int64(9), int64(13)},
		"span_name": {"", "name"}, "message": {"", full.Message}, "is_exception": {false, true}, "exception_type": {nil, "E"}, "exception_message": {nil, ""}, "exception_stacktrace": {nil, "trace"},
		"tags": {[]any{}, []any{"x", "a tag longer than twelve bytes"}}, "attributes": {nil, `{"user.id":"7"}`}, "attributes_json_schema": {nil, "{}"}, "log_body": {nil, "body"},
		"otel_status_code": {nil, "ERROR"}, "otel_status_message": {nil, "bad"}, "otel_events": {"[]", `[{"event_name":"e"}]`}, "otel_links": {"[]", "[{}]"},
		"otel_scope_name": {nil, "scope"}, "otel_scope_version": {nil, "3"}, "otel_scope_attributes": {"{}", `{"b":2}`}, "otel_resource_attributes": {nil, `{"a":1}`},
		"service_namespace": {"", "ns"}, "service_name": {"unknown_service", "s"}, "service_version": {nil, "1"}, "service_instance_id": {nil, "i"}, "process_pid": {nil, int64(42)},
		"telemetry_sdk_name": {nil, "sdk"}, "telemetry_sdk_language": {nil, "go"}, "telemetry_sdk_version": {nil, "2"}, "deployment_environment": {nil, "prod"},
		"http_response_status_code": {nil, int64(418)}, "http_method": {nil, "GET"}, "http_route": {nil, "/r"}, "url_full": {nil, "http://h/p?q"}, "url_path": {nil, "/p"}, "url_query": {nil, "q"},
		"lf_attributes_large": {nil, `{"all_messages":[]}`}, "lf_otel_kind": {int64(0), int64(2)}, "lf_raw_span_id": {nil, full.RawSpanID.S}, "lf_extra": {nil, `{"flags":1}`}, "lf_cost_source": {nil, "computed"}, "_lf_attributes/user.id": {nil, "7"},
	}
	for _, c := range stored(record.RecordsTable) {
		sql := fmt.Sprintf("SELECT %[1]s FROM {}.records UNION ALL SELECT %[1]s FROM {}.pending", quote(c.Name))
		rows := selectAll(t, s, "p", sql)
		expected := want[c.Name]
		if diff := cmp.Diff([][]any{{expected[0]}, {expected[1]}}, rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.Name, diff)
		}
	}
}

func TestMetricsComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	origin := fullRecord().Origin
	one := func(n int32) record.Int { return record.Int{N: n, Valid: true} }
	float := func(f float64) record.Float { return record.Float{F: f, Valid: true} }
	at := benchDay.UnixNano()
	apply(t, s, &record.Batch{Project: "p", Seq: 1, Arrived: benchDay, Digest: record.Digest{7}, Metrics: []record.Metric{
		{Type: record.Sum, Name: "s", Unit: "1", Temporality: record.Some("delta"), Monotonic: true, RecordedNano: at, StartNano: at - 1000, Scalar: float(1.5), Origin: origin},
		{Type: record.Histogram, Name: "h", RecordedNano: at, Count: one(3), Sum: float(6), Min: float(1), Max: float(3), BucketCounts: []int32{1, 2}, ExplicitBounds: []float64{2.5}, Origin: origin},
		{Type: record.ExponentialHistogram, Name: "e", RecordedNano: at, Scale: one(2), ZeroCount: one(0), ZeroThreshold: float(0), PositiveOffset: one(-1), PositiveCounts: []int32{4}, NegativeCounts: []int32{}, Origin: origin},
	}})
	rows := selectAll(t, s, "p", `SELECT metric_name, metric_type, is_monotonic, scalar_value, histogram_count, histogram_bucket_counts, histogram_explicit_bounds,
		exp_histogram_scale, exp_histogram_positive_bucket_counts, exp_histogram_positive_bucket_counts_offset, exp_histogram_negative_bucket_counts, start_timestamp FROM {}.metrics`)
	want := [][]any{
		{"s", "sum", true, 1.5, nil, nil, nil, nil, nil, nil, nil, benchDay.Add(-time.Microsecond)},
		{"h", "histogram", nil, nil, int64(3), []any{int64(1), int64(2)}, []any{2.5}, nil, nil, nil, nil, nil},
		{"e", "exponential_histogram", nil, nil, nil, nil, nil, int64(2), []any{int64(4)}, int64(-1), []any{}, nil},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestManyRecordsFillManyChunks(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	g := newGenerator(3, benchDay, time.Millisecond)
	batch := g.batches("p", 5000, 5000, func() []record.Record { return append(g.webTrace(), g.llmTrace()...) })[0]
	batch.Records[2047].Tags = []string{"last of its chunk"}
	batch.Records[2048].LargeAttributes = []byte(`{"all_messages":"` + strings.Repeat("pinned, not copied ", 50_000) + `"}`)
	apply(t, s, batch)
	rows := selectAll(t, s, "p", `SELECT span_id, message, attributes, lf_attributes_large, tags, "_lf_attributes/gen_ai.usage.input_tokens" FROM {}.records ORDER BY rowid`)
	if len(rows) != len(batch.Records) {
		t.Fatalf("%d records came back of %d", len(rows), len(batch.Records))
	}
	index, _ := record.HotIndex("gen_ai.usage.input_tokens")
	for i, r := range batch.Records {
		want := []any{r.SpanID, r.Message, string(r.Attributes), any(nil), []any{}, any(nil)}
		if r.LargeAttributes != nil {
			want[3] = string(r.LargeAttributes)
		}
		if i == 2047 {
			want[4] = []any{"last of its chunk"}
		}
		if at := slices.IndexFunc(r.Hot, func(h record.HotValue) bool { return h.Index == index }); at >= 0 {
			want[5] = r.Hot[at].Value
		}
		if diff := cmp.Diff(want, rows[i]); diff != "" {
			t.Fatalf("record %d (-want +got):\n%s", i, diff)
		}
	}
}

// recordsOn names the file of a day's records.
func recordsOn(at time.Time) string {
	return at.Format(time.DateOnly) + halfNames[recordsHalf] + daySuffix
}

func TestDaysWithoutWritesKeepTheirFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	apply(t, s, crashBatches()(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, projectsDir, "crash", recordsOn(benchDay))
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, dir)
	if rows := selectAll(t, s, "crash", "SELECT count(*) FROM {}.records"); rows[0][0] != int64(crashRecords) {
		t.Fatalf("%v records, want %d", rows[0][0], crashRecords)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !info.ModTime().Equal(old) {
		t.Errorf("reading a day changed its file: %v", info.ModTime())
	}
}

func TestOlderDayFilesGetTheColumnsTheyLack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	apply(t, s, &record.Batch{Project: "p", Seq: 1, Arrived: benchDay, Records: []record.Record{fullRecord()}})
	for _, table := range []string{"records", "pending"} {
		selectAll(t, s, "p", "ALTER TABLE {}."+table+" DROP COLUMN url_full")
		selectAll(t, s, "p", "ALTER TABLE {}."+table+" ADD COLUMN from_the_future VARCHAR")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, dir)
	newer := fullRecord()
	apply(t, s, &record.Batch{Project: "p", Seq: 2, Arrived: benchDay, Records: []record.Record{newer}})
	rows := selectAll(t, s, "p", "SELECT url_full, url_path, from_the_future FROM {}.pending ORDER BY rowid")
	want := [][]any{{nil, "/p", nil}, {"http://h/p?q", "/p", nil}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("pending spans (-want +got):\n%s", diff)
	}
	compression := selectAll(t, s, "p", "SELECT count(*) FROM duckdb_columns() WHERE database_name = '{}' AND table_name = 'pending' AND column_name = 'url_full'")
	if compression[0][0] != int64(1) {
		t.Error("url_full was not added")
	}
}

func TestUnfinishedDayFilesAreMadeAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, projectsDir, "crash", recordsOn(benchDay))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+newSuffix, []byte("half a header"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, dir)
	apply(t, s, crashBatches()(1))
	if rows := selectAll(t, s, "crash", "SELECT count(*) FROM {}.records"); rows[0][0] != int64(crashRecords) {
		t.Errorf("%v records, want %d", rows[0][0], crashRecords)
	}
	if _, err := os.Stat(path + newSuffix); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the unfinished file is still there: %v", err)
	}
}

func TestFullDiskKeepsWhatIsInMemory(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	var free uint64
	s.freeDisk = func(string) (uint64, error) { return free, nil }
	batch := crashBatches()
	apply(t, s, batch(1))
	if err := s.Sync(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Sync on a full disk: %v; want store.ErrUnavailable", err)
	}
	if got := s.Durable(); got != 0 {
		t.Errorf("durable = %d after a failed Sync, want 0", got)
	}
	apply(t, s, batch(2))
	if rows := selectAll(t, s, "crash", "SELECT count(*) FROM {}.records"); rows[0][0] != int64(2*crashRecords) {
		t.Errorf("%v records, want %d", rows[0][0], 2*crashRecords)
	}
	free = 1 << 40
	if err := s.Sync(t.Context()); err != nil || s.Durable() != 2 {
		t.Errorf("Sync after space was freed: %v, durable %d; want 2", err, s.Durable())
	}
}

func TestProjectIdsStayInTheirDirectory(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	for _, id := range []string{"", "..", "../x", "a/b", `a\b`, "a b", strings.Repeat("x", 101)} {
		if err := s.Apply(t.Context(), []*record.Batch{{Project: id, Seq: 1}}); err == nil {
			t.Errorf("project id %q was accepted", id)
		}
	}
}

func TestIdleInstancesClose(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	apply(t, s, crashBatches()(1))
	p, err := s.project("crash")
	if err != nil {
		t.Fatal(err)
	}
	isOpen := func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.db != nil }
	s.options.now = func() time.Time { return time.Now().Add(closeAfter + time.Minute) }
	s.closeIdle()
	if !isOpen() {
		t.Fatal("an instance with unsaved records was closed")
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.lastUsed = time.Now()
	session, err := p.open()
	if err != nil {
		t.Fatal(err)
	}
	s.closeIdle()
	if !isOpen() {
		t.Fatal("an instance in use was closed")
	}
	if err := session.close(); err != nil {
		t.Fatal(err)
	}
	p.lastUsed = time.Now()
	s.closeIdle()
	if isOpen() {
		t.Error("an idle instance stays open")
	}
	if rows := selectAll(t, s, "crash", "SELECT count(*) FROM {}.records"); rows[0][0] != int64(crashRecords) {
		t.Errorf("%v records after the instance opened again, want %d", rows[0][0], crashRecords)
	}
}

func TestOpenInstancesShareTheMemory(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	batch := crashBatches()(1)
	apply(t, s, batch)
	s.shareMemory(0)
	limit := func() any {
		return selectAll(t, s, "crash", "SELECT current_setting('memory_limit')")[0][0]
	}
	if got := limit(); got != "1.0 GiB" {
		t.Errorf("memory limit of the only project is %v", got)
	}
	other := *batch
	other.Project, other.Seq = "other", 2
	apply(t, s, &other)
	s.shareMemory(1)
	if got := limit(); got != "512.0 MiB" {
		t.Errorf("memory limit of one project in two is %v", got)
	}
}

func TestSecondStoreOnTheSameFilesIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openStore(t, dir)
	if s, err := Open(t.Context(), Options{Dir: dir}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a second store opened on the same files: %v", err)
		s.Close()
	}
}
