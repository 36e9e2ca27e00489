package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// messages returns the messages of a project's records, sorted.
func (e Engine) messages(t testing.TB, s store.Store, project string) []string {
	t.Helper()
	var list []string
	for _, row := range e.ask(t, s, project, "SELECT message FROM records_all") {
		list = append(list, row[0].(string))
	}
	slices.Sort(list)
	return list
}

func (e Engine) wantMessages(t testing.TB, s store.Store, project string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, e.messages(t, s, project)); diff != "" {
		t.Errorf("messages of %s (-want +got):\n%s", project, diff)
	}
}

func exactlyOnce(t *testing.T, e Engine) {
	s := e.open(t)
	one, two, three := batch("p", 1, "a", "b"), batch("p", 2, "c"), batch("p", 3, "d")
	two.Records = append(two.Records, log("next day", 24*time.Hour))
	apply(t, s, one, two)
	apply(t, s, one, two, three) // as after a crash that lost the acknowledgement
	apply(t, s, two)
	e.wantMessages(t, s, "p", "a", "b", "c", "d", "next day")
	apply(t, s)
	apply(t, s, &record.Batch{Project: "p", Seq: 4})
	e.wantMessages(t, s, "p", "a", "b", "c", "d", "next day")
}

func restart(t *testing.T, e Engine) {
	dir := t.TempDir()
	s := e.openIn(t, dir)
	one, two := batch("p", 1, "a"), batch("p", 2, "b")
	apply(t, s, one, two)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = e.openIn(t, dir)
	e.wantMessages(t, s, "p", "a", "b")
	apply(t, s, one, two, batch("p", 3, "c"))
	e.wantMessages(t, s, "p", "a", "b", "c")
}

func outOfOrder(t *testing.T, e Engine) {
	s := e.open(t)
	if err := s.Apply(t.Context(), []*record.Batch{batch("p", 2, "b"), batch("p", 1, "a")}); err == nil {
		t.Error("batches in descending order were applied")
	}
	if err := s.Apply(t.Context(), []*record.Batch{batch("p", 0, "z")}); err == nil {
		t.Error("a batch without a Seq was applied: it could never be told from one that was")
	}
	e.wantMessages(t, s, "p")
}

func durable(t *testing.T, e Engine) {
	s := e.open(t)
	if got := s.Durable(); got != 0 {
		t.Errorf("an empty store calls %d durable", got)
	}
	apply(t, s, batch("p", 3, "a"), batch("q", 5, "b"))
	if got := s.Durable(); got > 5 {
		t.Errorf("durable = %d, but 5 is the last batch", got)
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.Durable(); got != 5 {
		t.Errorf("durable = %d after Sync, want 5", got)
	}
	apply(t, s, batch("p", 6, "c"))
	if got := s.Durable(); got != 5 && got != 6 {
		t.Errorf("durable = %d, want 5 or 6", got)
	}
}

func identities(t *testing.T, e Engine) {
	dir := t.TempDir()
	s := e.openIn(t, dir)
	early, late := batch("p", 1, "early"), batch("p", 2, "late")
	late.Records[0].SpanID = "00000000000000ff"
	pending := log("pending", -48*time.Hour) // of another day, and late all the same
	pending.Kind, pending.SpanID = record.KindPendingSpan, "00000000000000aa"
	late.Records = append(late.Records, pending)
	points := &record.Batch{Project: "q", Seq: 3, Arrived: late.Arrived, Digest: record.Digest{1, 2, 3},
		Metrics: []record.Metric{{Name: "m", RecordedNano: Base.UnixNano(), Origin: origin}, {Name: "n", RecordedNano: Base.UnixNano(), Origin: origin}}}
	apply(t, s, early, late, points)
	want := []string{
		fmt.Sprintf("p %s 00000000000000aa pending_span %x %d", pending.TraceID, record.Digest{}, late.Arrived.Unix()),
		fmt.Sprintf("p %s 00000000000000ff log %x %d", pending.TraceID, record.Digest{}, late.Arrived.Unix()),
		fmt.Sprintf("q   span %x %d", record.Digest{1, 2, 3}, late.Arrived.Unix()),
	}
	check := func(when string) {
		t.Helper()
		var got []string
		err := s.Identities(t.Context(), late.Arrived, func(project string, id store.Identity) {
			got = append(got, fmt.Sprintf("%s %s %s %s %x %d", project, id.TraceID, id.SpanID, id.Kind, id.Digest, id.Arrived.Unix()))
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("identities %s (-want +got):\n%s", when, diff)
		}
	}
	check("before a restart")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = e.openIn(t, dir)
	check("after a restart")
}

func expire(t *testing.T, e Engine) {
	s := e.open(t)
	b := batch("p", 1, "today")
	b.Records = append(b.Records, log("yesterday", -24*time.Hour), log("long ago", -240*time.Hour))
	apply(t, s, b, batch("q", 2, "other project, today"))
	check := func(cutoff time.Time, wantDays int, messages ...string) {
		t.Helper()
		days, err := s.Expire(t.Context(), "p", store.Cutoffs{Records: cutoff, Metrics: cutoff})
		if err != nil || days != wantDays {
			t.Errorf("Expire before %v: %d days, %v; want %d", cutoff, days, err, wantDays)
		}
		e.wantMessages(t, s, "p", messages...)
	}
	midnight := Base.Truncate(24 * time.Hour)
	check(midnight.AddDate(0, 0, -10), 0, "long ago", "today", "yesterday")
	check(Base, 2, "today") // today does not lie wholly before noon
	check(midnight.AddDate(0, 0, 1), 1)
	check(midnight.AddDate(0, 0, 1), 0)
	e.wantMessages(t, s, "q", "other project, today")
	apply(t, s, batch("p", 3, "late"))
	e.wantMessages(t, s, "p", "late")
	if days, err := s.Expire(t.Context(), "unknown", store.Cutoffs{Records: Base, Metrics: Base}); days != 0 || err != nil {
		t.Errorf("Expire of an unknown project: %d days, %v", days, err)
	}
}

// expireBySignal has metrics kept longer than records, and records longer than metrics.
func expireBySignal(t *testing.T, e Engine) {
	dir := t.TempDir()
	s := e.openIn(t, dir)
	midnight := Base.Truncate(24 * time.Hour)
	b := &record.Batch{Project: "p", Seq: 1, Arrived: Base, Digest: record.Digest{7}}
	for _, days := range []int{0, 1, 2, 3} {
		ago := -time.Duration(days) * 24 * time.Hour
		b.Records = append(b.Records, log(fmt.Sprintf("%d days ago", days), ago))
		b.Metrics = append(b.Metrics, record.Metric{Name: fmt.Sprintf("m%d", days), RecordedNano: Base.Add(ago).UnixNano(), Origin: origin})
	}
	apply(t, s, b)
	check := func(when string, messages, metrics []string) {
		t.Helper()
		e.wantMessages(t, s, "p", messages...)
		var names []string
		for _, row := range e.ask(t, s, "p", "SELECT metric_name FROM metrics ORDER BY 1") {
			names = append(names, row[0].(string))
		}
		if diff := cmp.Diff(metrics, names); diff != "" {
			t.Errorf("metrics %s (-want +got):\n%s", when, diff)
		}
		digests := 0
		err := s.Identities(t.Context(), time.Time{}, func(_ string, id store.Identity) {
			if id.Digest == b.Digest {
				digests++
			}
		})
		if err != nil || digests != len(metrics) {
			t.Errorf("%s the metrics request is known from %d days, %v; want %d", when, digests, err, len(metrics))
		}
		held, err := s.Stats(t.Context(), "p")
		if err != nil {
			t.Fatal(err)
		}
		var records, points int64
		for _, day := range held {
			records, points = records+day.Records, points+day.Metrics
			if (day.Records > 0) != (day.RecordBytes > 0) || (day.Metrics > 0) != (day.MetricBytes > 0) {
				t.Errorf("%s a day has %+v", when, day)
			}
		}
		if records != int64(len(messages)) || points != int64(len(metrics)) {
			t.Errorf("%s %d records and %d points are counted", when, records, points)
		}
	}
	expire := func(before store.Cutoffs, want int) {
		t.Helper()
		if days, err := s.Expire(t.Context(), "p", before); err != nil || days != want {
			t.Errorf("Expire %+v: %d days, %v; want %d", before, days, err, want)
		}
	}
	check("at first", []string{"0 days ago", "1 days ago", "2 days ago", "3 days ago"}, []string{"m0", "m1", "m2", "m3"})
	expire(store.Cutoffs{}, 0)
	expire(store.Cutoffs{Records: midnight.AddDate(0, 0, -1), Metrics: midnight.AddDate(0, 0, -2)}, 2)
	check("with metrics kept longer", []string{"0 days ago", "1 days ago"}, []string{"m0", "m1", "m2"})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = e.openIn(t, dir)
	check("after a restart", []string{"0 days ago", "1 days ago"}, []string{"m0", "m1", "m2"})
	apply(t, s, b) // as a log would that was not cut: what was deleted comes again, and what is there does not
	check("applied again", []string{"0 days ago", "1 days ago", "2 days ago", "3 days ago"}, []string{"m0", "m1", "m2", "m3"})
	expire(store.Cutoffs{Metrics: midnight.AddDate(0, 0, 1)}, 4)
	check("with records kept longer", []string{"0 days ago", "1 days ago", "2 days ago", "3 days ago"}, nil)
	late := &record.Batch{Project: "p", Seq: 2, Arrived: Base, Digest: b.Digest, Metrics: b.Metrics[:1]}
	apply(t, s, late)
	check("with late metrics", []string{"0 days ago", "1 days ago", "2 days ago", "3 days ago"}, []string{"m0"})
}

func expireUnderReader(t *testing.T, e Engine) {
	s := e.open(t)
	b := &record.Batch{Project: "p", Seq: 1, Arrived: Base}
	for i := range 20_000 {
		b.Records = append(b.Records, log(fmt.Sprintf("message number %d", i), time.Duration(i)))
	}
	apply(t, s, b)
	rows, err := s.Query(t.Context(), "p", e.compile(t, "SELECT message FROM records"))
	if err != nil {
		t.Fatal(err)
	}
	row := make([]any, 1)
	if !rows.Next(row) {
		t.Fatal(rows.Err())
	}
	if days, err := s.Expire(t.Context(), "p", store.Cutoffs{Records: Base.AddDate(0, 0, 2)}); days != 1 || err != nil {
		t.Fatalf("Expire: %d days, %v; want 1", days, err)
	}
	read := 1
	for rows.Next(row) {
		read++
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || read != len(b.Records) {
		t.Errorf("the running query read %d records, %v; want %d", read, err, len(b.Records))
	}
	e.wantMessages(t, s, "p")
}

// saveUnderReader makes sure that someone who reads for a long time does not keep everyone's records in memory.
func saveUnderReader(t *testing.T, e Engine) {
	s := e.open(t)
	crowd(t, s)
	rows, err := s.Query(t.Context(), "p", e.compile(t, "SELECT message FROM records"))
	if err != nil {
		t.Fatal(err)
	}
	if !rows.Next(make([]any, 1)) {
		t.Fatal(rows.Err())
	}
	apply(t, s, batch("p", 2, "a"))
	apply(t, s, batch("p", 3, "b"))
	if err := s.Sync(t.Context()); err != nil || s.Durable() != 3 {
		t.Errorf("Sync while a query runs: %v, durable %d; want 3", err, s.Durable())
	}
	if got := len(readAll(t, rows)); got != 2999 {
		t.Errorf("the query reads %d more records, want 2999: those of its snapshot", got)
	}
}

func stats(t *testing.T, e Engine) {
	s := e.open(t)
	empty, err := s.Stats(t.Context(), "p")
	if err != nil || len(empty) != 0 {
		t.Errorf("stats of an unknown project: %+v, %v", empty, err)
	}
	b := batch("p", 1, "today", "today too")
	pending := log("pending", -24*time.Hour)
	pending.Kind = record.KindPendingSpan
	b.Records = append(b.Records, pending)
	b.Metrics = []record.Metric{{Name: "m", RecordedNano: Base.UnixNano(), Origin: origin}}
	apply(t, s, b)
	got, err := s.Stats(t.Context(), "p")
	if err != nil {
		t.Fatal(err)
	}
	sizes, err := s.Sizes(t.Context(), "p")
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if i < len(sizes) && got[i].DaySize != sizes[i] {
			t.Errorf("day %d is %+v, alone %+v", i, got[i].DaySize, sizes[i])
		}
		if got[i].RecordBytes <= 0 || (got[i].Metrics > 0) != (got[i].MetricBytes > 0) {
			t.Errorf("bytes on disk: %+v", got[i].DaySize)
		}
		got[i].RecordBytes, got[i].MetricBytes = 0, 0
	}
	today := Base.Truncate(24 * time.Hour)
	want := []store.DayStats{{DaySize: store.DaySize{Day: today.AddDate(0, 0, -1)}, Records: 1}, {DaySize: store.DaySize{Day: today}, Records: 2, Metrics: 1}}
	if diff := cmp.Diff(want, got); diff != "" || len(sizes) != len(want) {
		t.Errorf("stats (-want +got):\n%s, %d sizes", diff, len(sizes))
	}
	if none, err := s.Sizes(t.Context(), "unknown"); len(none) != 0 || err != nil {
		t.Errorf("sizes of an unknown project: %v, %v", none, err)
	}
}

func projectsAreApart(t *testing.T, e Engine) {
	s := e.open(t)
	apply(t, s, batch("p", 1, "mine"), batch("q", 2, "yours"), batch("p", 3, "mine too"))
	e.wantMessages(t, s, "p", "mine", "mine too")
	e.wantMessages(t, s, "q", "yours")
}

func unknownProject(t *testing.T, e Engine) {
	s := e.open(t)
	if got := e.ask(t, s, "nobody", "SELECT count(*), max(duration) FROM records_all"); !cmp.Equal(got, [][]any{{int64(0), nil}}) {
		t.Errorf("an unknown project answers %v", got)
	}
	if got := e.ask(t, s, "nobody", "SELECT * FROM records"); len(got) != 0 {
		t.Errorf("an unknown project has records: %v", got)
	}
}

// busy is a statement that takes an engine for ever unless it is stopped.
const busy = "SELECT count(*) FROM records a, records b, records c, records d, records e, records f WHERE a.message || b.message || c.message || d.message || e.message || f.message = 'x'"

func crowd(t *testing.T, s store.Store) {
	t.Helper()
	b := &record.Batch{Project: "p", Seq: 1, Arrived: Base}
	for i := range 3000 {
		b.Records = append(b.Records, log(fmt.Sprintf("message number %d", i), time.Duration(i)))
	}
	apply(t, s, b)
}

func cancel(t *testing.T, e Engine) {
	s := e.open(t)
	crowd(t, s)
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	started := time.Now()
	rows, err := s.Query(ctx, "p", e.compile(t, busy))
	if err == nil {
		rows.Next(make([]any, 1))
		err = rows.Err()
		if closeErr := rows.Close(); closeErr != nil {
			t.Error(closeErr)
		}
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v; want context.DeadlineExceeded", err)
	}
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("cancelling took %s", took)
	}
	if got := e.ask(t, s, "p", "SELECT count(*) FROM records"); got[0][0] != int64(3000) {
		t.Errorf("the next query counts %v", got)
	}
	if _, err := s.Query(ctx, "p", e.compile(t, "SELECT 1")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a query with an ended context: %v", err)
	}
}

func closeCancels(t *testing.T, e Engine) {
	s := e.open(t)
	crowd(t, s)
	result := make(chan error, 1)
	var running sync.WaitGroup
	running.Add(1)
	go func() {
		running.Done()
		rows, err := s.Query(context.Background(), "p", e.compile(t, busy))
		if err == nil {
			rows.Next(make([]any, 1))
			err = errors.Join(rows.Err(), rows.Close())
		}
		result <- err
	}()
	running.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-result; !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, context.Canceled) {
		t.Errorf("the running query ended with %v", err)
	}
}

func closed(t *testing.T, e Engine) {
	s := e.open(t)
	apply(t, s, batch("p", 1, "a"))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Query(t.Context(), "p", e.compile(t, "SELECT 1")); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a query after Close: %v", err)
	}
	if err := s.Apply(t.Context(), []*record.Batch{batch("p", 2, "b")}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Apply after Close: %v", err)
	}
}

// concurrent writes, reads, saves and expires at once. Each reader sees whole batches only.
func concurrent(t *testing.T, e Engine) {
	s := e.open(t)
	const batches, size = 60, 50
	done := make(chan struct{})
	var work sync.WaitGroup
	for reader := range 3 {
		q := e.compile(t, []string{"SELECT count(*) FROM records", "SELECT message, count(*) AS n FROM records GROUP BY message HAVING count(*) <> 50", "SELECT * FROM records ORDER BY start_timestamp DESC LIMIT 10"}[reader])
		work.Go(func() {
			last := int64(0)
			for {
				rows, err := s.Query(context.Background(), "p", q)
				if err != nil {
					t.Error(err)
					return
				}
				answer := readAll(t, rows)
				switch reader {
				case 0:
					n := answer[0][0].(int64)
					if n < last || n%size != 0 {
						t.Errorf("%d records after %d, in batches of %d", n, last, size)
					}
					last = n
				case 1:
					if len(answer) > 0 {
						t.Errorf("batches in part: %v", answer)
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	work.Go(func() {
		for {
			if err := s.Sync(context.Background()); err != nil {
				t.Error(err)
			}
			if _, err := s.Expire(context.Background(), "p", store.Cutoffs{Records: Base.AddDate(0, 0, -5), Metrics: Base.AddDate(0, 0, -5)}); err != nil {
				t.Error(err)
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for seq := uint64(1); seq <= batches; seq++ {
		b := &record.Batch{Project: "p", Seq: seq, Arrived: Base}
		for i := range size {
			b.Records = append(b.Records, log(fmt.Sprint(seq), time.Duration(i)))
		}
		apply(t, s, b)
	}
	close(done)
	work.Wait()
	if got := e.ask(t, s, "p", "SELECT count(*) FROM records"); got[0][0] != int64(batches*size) {
		t.Errorf("%v records, want %d", got, batches*size)
	}
}

func rowsStopAtTheLimit(t *testing.T, e Engine) {
	s := e.open(t)
	crowd(t, s)
	q, err := pgsql.Compile("SELECT message FROM records", pgsql.Options{Dialect: e.Dialect, Limit: 7})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.Query(t.Context(), "p", q)
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, rows); len(got) != 7 {
		t.Errorf("%d rows, want 7", len(got))
	}
}

func rowValuesStay(t *testing.T, e Engine) {
	s := e.open(t)
	crowd(t, s)
	rows := e.ask(t, s, "p", "SELECT message, tags FROM records ORDER BY start_timestamp")
	sorted := e.messages(t, s, "p")
	var got []string
	for _, row := range rows {
		got = append(got, row[0].(string))
		if tags, ok := row[1].([]any); !ok || len(tags) != 0 {
			t.Fatalf("tags are %#v, want an empty list", row[1])
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, sorted) {
		t.Error("rows that were kept changed while later ones were read")
	}
}

func explain(t *testing.T, e Engine) {
	s := e.open(t)
	apply(t, s, batch("p", 1, "a"))
	plan, err := s.Explain(t.Context(), "p", e.compile(t, "SELECT message FROM records WHERE level = 'error' ORDER BY start_timestamp DESC LIMIT 10"))
	if err != nil || strings.TrimSpace(plan) == "" {
		t.Errorf("plan %q, %v", plan, err)
	}
}

func timezones(t *testing.T, e Engine) {
	s := e.open(t)
	apply(t, s, batch("p", 1, "a")) // 2026-03-10 12:00 UTC
	for zone, want := range map[string]string{"": "2026-03-10T00:00:00Z", "America/New_York": "2026-03-10T04:00:00Z", "Asia/Tokyo": "2026-03-09T15:00:00Z"} {
		q, err := pgsql.Compile("SELECT date_trunc('day', start_timestamp) FROM records", pgsql.Options{Dialect: e.Dialect, Timezone: zone})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := s.Query(t.Context(), "p", q)
		if err != nil {
			t.Fatal(err)
		}
		if got := formatValue(readAll(t, rows)[0][0]); got != want {
			t.Errorf("the day in zone %q began at %s, want %s", zone, got, want)
		}
	}
}

func scratch(t *testing.T, e Engine) {
	s := e.open(t)
	apply(t, s, batch("p", 1, "not here"))
	x, err := s.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(x.Close(), x.Close()); err != nil {
			t.Error(err)
		}
	}()
	check := func(sql string, want ...string) {
		t.Helper()
		rows, err := x.Query(t.Context(), e.compile(t, sql))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range readAll(t, rows) {
			got = append(got, formatValue(row[0]))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
	first, second := batch("p", 2, "a", "b", "c"), batch("p", 3, "d")
	first.Records[1].Kind = record.KindPendingSpan
	for range 2 {
		if err := x.Load(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		check("SELECT message FROM records ORDER BY message", "a", "c")
		check("SELECT message FROM records_all ORDER BY message", "a", "b", "c")
		check("SELECT count(*) FROM metrics", "0")
		if err := x.Load(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		check("SELECT message FROM records_all", "d")
	}
	if err := x.Load(t.Context(), &record.Batch{}); err != nil {
		t.Fatal(err)
	}
	check("SELECT message FROM records_all")
}

func batchesAreNotChanged(t *testing.T, e Engine) {
	s := e.open(t)
	b, same := batch("p", 1, "a", "b"), batch("p", 1, "a", "b")
	b.Records[0].Attributes, same.Records[0].Attributes = []byte(`{"k":1}`), []byte(`{"k":1}`)
	apply(t, s, b)
	if diff := cmp.Diff(same, b); diff != "" {
		t.Errorf("Apply changed a batch (-before +after):\n%s", diff)
	}
	copy(b.Records[0].Attributes, `{"z":2}`) // ours again
	if got := e.ask(t, s, "p", "SELECT attributes->>'k' FROM records WHERE message = 'a'"); !cmp.Equal(got, [][]any{{"1"}}) {
		t.Errorf("the store kept a reference to a batch: %v", got)
	}
}

// manyDays has a statement read many days, in every way that statements are split over them.
func manyDays(t *testing.T, e Engine) {
	s := e.open(t)
	for d := range 20 {
		b := &record.Batch{Project: "p", Seq: uint64(d + 1), Arrived: Base}
		for i := range 30 {
			r := log(fmt.Sprintf("day %02d record %02d", d, i), time.Duration(d)*24*time.Hour+time.Duration(i)*time.Second)
			r.Kind, r.EndNano = record.KindSpan, r.StartNano+int64(1+i*20+d)*1e6
			r.Attributes = []byte(fmt.Sprintf(`{"n":%d}`, d*30+i))
			b.Records = append(b.Records, r)
		}
		apply(t, s, b)
	}
	latest := e.ask(t, s, "p", "SELECT * FROM records ORDER BY start_timestamp DESC LIMIT 35")
	if len(latest) != 35 {
		t.Fatalf("%d latest records, want 35", len(latest))
	}
	index := slices.IndexFunc(record.RecordsTable.Public(), func(c record.Column) bool { return c.Name == "message" })
	for i, row := range latest {
		if want := fmt.Sprintf("day %02d record %02d", 19-i/30, 29-i%30); row[index] != want {
			t.Errorf("latest record %d is %v, want %s", i, row[index], want)
		}
	}
	slowest := e.ask(t, s, "p", "SELECT message, attributes FROM records ORDER BY duration DESC LIMIT 3")
	if diff := cmp.Diff([][]any{{"day 19 record 29", `{"n":599}`}, {"day 18 record 29", `{"n":569}`}, {"day 17 record 29", `{"n":539}`}}, slowest); diff != "" {
		t.Errorf("slowest records (-want +got):\n%s", diff)
	}
	sums := e.ask(t, s, "p", "SELECT count(*), sum((attributes->>'n')::int) FROM records")
	if n, ok := sums[0][1].(int64); !ok || sums[0][0] != int64(600) || n != 600*599/2 {
		t.Errorf("count and sum are %v", sums)
	}
	if got := e.ask(t, s, "p", "SELECT max(duration) FROM records"); math.Abs(got[0][0].(float64)-0.6) > 1e-9 {
		t.Errorf("longest duration is %v, want 0.6", got)
	}
}
