package duckdb

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

func TestExpiredDayStaysUntilItsReaderIsDone(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	batch := crashBatches()
	apply(t, s, batch(3)) // two days
	session := openSession(t, s, "crash")
	f, err := session.file(t.Context(), place{dayOf(benchDay.UnixNano()), recordsHalf})
	if err != nil {
		t.Fatal(err)
	}
	days, err := s.Expire(t.Context(), "crash", store.Cutoffs{Records: benchDay.AddDate(0, 0, 1)})
	if err != nil || days != 1 {
		t.Fatalf("Expire: %d days, %v; want 1", days, err)
	}
	if _, err := os.Stat(f.path()); !os.IsNotExist(err) {
		t.Errorf("the day's file is still there: %v", err)
	}
	count := int64(0)
	err = session.conn.queryAll(t.Context(), "SELECT count(*) FROM "+f.table(recordsTable), func(row []any) error { count = row[0].(int64); return nil })
	if err != nil || count != crashRecords {
		t.Errorf("the reader sees %d records, %v; want %d", count, err, crashRecords)
	}
	if err := session.close(); err != nil {
		t.Error(err)
	}
	if f.attached {
		t.Error("the deleted day is still attached after its last reader")
	}
	if got := s.Durable(); got != 2 {
		t.Errorf("durable = %d; want 2, for the second day of batch 3 is unsaved", got)
	}
	apply(t, s, batch(4)) // late records for the deleted day
	if rows := selectAll(t, s, "crash", "SELECT count(*), min(message) FROM {}.records"); rows[0][0] != int64(crashRecords) || rows[0][1] != "4" {
		t.Errorf("the day made anew has %v; want %d records of batch 4", rows[0], crashRecords)
	}
}

func TestIdentitiesSkipDaysThatDidNotChange(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	apply(t, s, crashBatches()(3))
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, err := s.project("crash")
	if err != nil {
		t.Fatal(err)
	}
	first := dayOf(benchDay.UnixNano())
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(p.files[place{first, recordsHalf}].path(), old, old); err != nil {
		t.Fatal(err)
	}
	check := func(want ...day) {
		t.Helper()
		var days []day
		for _, f := range p.changedSince(time.Now().Add(-time.Minute), s.ledger) {
			days = append(days, f.day)
		}
		slices.Sort(days)
		if diff := cmp.Diff(want, days); diff != "" {
			t.Errorf("days to read (-want +got):\n%s", diff)
		}
	}
	check(first + 1)
	apply(t, s, crashBatches()(4)) // the first day has unsaved rows now
	check(first, first+1)
}

func TestDaysOutsideTheTimeRangeAreNotRead(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	for d := range 4 {
		b := crashBatches()(uint64(1))
		b.Seq = uint64(d + 1)
		for i := range b.Records {
			b.Records[i].StartNano += int64(d) * dayNanos
		}
		apply(t, s, b)
	}
	session := openSession(t, s, "crash")
	defer session.close()
	at := func(days int, offset time.Duration) time.Time { return benchDay.AddDate(0, 0, days).Add(offset) }
	check := func(after, before time.Time, want ...day) {
		t.Helper()
		files, err := session.filesBetween(t.Context(), recordsHalf, after, before)
		if err != nil {
			t.Fatal(err)
		}
		var got []day
		for _, f := range files {
			got = append(got, f.day-dayOf(benchDay.UnixNano()))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("days between %v and %v (-want +got):\n%s", after, before, diff)
		}
	}
	check(time.Time{}, time.Time{}, 0, 1, 2, 3)
	check(at(1, 0), time.Time{}, 1, 2, 3)
	check(at(1, -time.Microsecond), time.Time{}, 0, 1, 2, 3)
	check(time.Time{}, at(1, 0), 0)
	check(time.Time{}, at(1, time.Microsecond), 0, 1)
	check(at(1, time.Hour), at(2, time.Hour), 1, 2)
	check(at(9, 0), time.Time{})
}

func TestSourceNamesOnlyWhatIsRead(t *testing.T) {
	t.Parallel()
	parts := []part{{"day_1_1.records", 2}, {"day_2_2.records", 4}}
	check := func(source pgsql.Source, picked picks, want string) {
		t.Helper()
		if got := union(source, parts, picked); got != want {
			t.Errorf("source is\n%s\nwant\n%s", got, want)
		}
	}
	source := pgsql.Source{Table: record.RecordsTable, Columns: []string{"level", "message"}}
	check(source, nil, `(SELECT "level", "message" FROM day_1_1.records UNION ALL SELECT "level", "message" FROM day_2_2.records)`)
	source.RowIDs = true
	source.Picked = true
	check(source, picks{4: {7, 9}}, `(SELECT "level", "message", 4::BIGINT AS lf_file, rowid AS lf_row FROM day_2_2.records WHERE rowid IN (SELECT unnest(string_split('7,9', ',')::BIGINT[])))`)
	source = pgsql.Source{Table: record.RecordsTable}
	check(source, nil, `(SELECT true FROM day_1_1.records UNION ALL SELECT true FROM day_2_2.records)`)
	if empty := union(source, nil, nil); !strings.HasSuffix(empty, "WHERE false))") {
		t.Errorf("a source without files is %s", empty)
	}
}

// A store of an earlier version kept both halves of a day in one file.
func TestFilesOfBothHalvesGoOnAndGoLast(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	session := openSession(t, s, "crash")
	if _, err := session.file(t.Context(), place{dayOf(benchDay.UnixNano()), whole}); err != nil {
		t.Fatal(err)
	}
	if err := session.close(); err != nil {
		t.Fatal(err)
	}
	b := crashBatches()(1)
	b.Metrics = []record.Metric{{Name: "m", RecordedNano: benchDay.UnixNano(), Origin: b.Records[0].Origin}}
	check := func(when string, names ...string) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(dir, projectsDir, "crash", "*"+daySuffix))
		if err != nil {
			t.Fatal(err)
		}
		for i := range files {
			files[i] = filepath.Base(files[i])
		}
		if diff := cmp.Diff(names, files, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("files %s (-want +got):\n%s", when, diff)
		}
	}
	expire := func(before store.Cutoffs, want int) {
		t.Helper()
		if days, err := s.Expire(t.Context(), "crash", before); err != nil || days != want {
			t.Errorf("Expire %+v: %d days, %v; want %d", before, days, err, want)
		}
	}
	apply(t, s, b)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, dir)
	apply(t, s, b) // known
	day := benchDay.Format(time.DateOnly)
	check("with a file of both", day+daySuffix)
	if rows := selectAll(t, s, "crash", "SELECT (SELECT count(*) FROM {}.records), (SELECT count(*) FROM {}.metrics)"); !cmp.Equal(rows, [][]any{{int64(crashRecords), int64(1)}}) {
		t.Errorf("it holds %v", rows)
	}
	after := benchDay.AddDate(0, 0, 1)
	expire(store.Cutoffs{Records: after}, 0)
	expire(store.Cutoffs{Metrics: after}, 0)
	check("with one half expired", day+daySuffix)
	expire(store.Cutoffs{Records: after, Metrics: after}, 1)
	check("with both expired")
	b = crashBatches()(2)
	b.Metrics = []record.Metric{{Name: "m", RecordedNano: benchDay.UnixNano(), Origin: b.Records[0].Origin}}
	apply(t, s, b)
	check("with late rows", day+".metrics"+daySuffix, day+".records"+daySuffix)
}

func TestNamesOfDayFiles(t *testing.T) {
	t.Parallel()
	d := dayOf(time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC).UnixNano())
	for name, want := range map[string]place{
		"2026-03-10.duckdb": {d, whole}, "2026-03-10.records.duckdb": {d, recordsHalf}, "2026-03-10.metrics.duckdb": {d, metricsHalf},
	} {
		if got, ok := parsePlace(name); !ok || got != want {
			t.Errorf("%s is %v, %v", name, got, ok)
		}
		if got := want.String() + daySuffix; got != name {
			t.Errorf("%v is called %s, want %s", want, got, name)
		}
	}
	for _, name := range []string{"", ".duckdb", "2026-03-10", "2026-03.duckdb", "2026-03-10.traces.duckdb", "2026-03-10.metrics.duckdb.new", "2026-13-10.records.duckdb"} {
		if got, ok := parsePlace(name); ok {
			t.Errorf("%q is %v", name, got)
		}
	}
}
