package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/sdk/query"
)

// at is a moment some milliseconds after two o'clock.
func at(ms int) time.Time {
	return time.Date(2026, 5, 27, 14, 2, 7, 0, time.UTC).Add(time.Duration(ms) * time.Millisecond)
}

func seconds(s float64) *float64 { return &s }

func printed(t *testing.T, c *console, frames ...[]query.Record) string {
	t.Helper()
	var out bytes.Buffer
	c.out = &out
	p := newTailPrinter(c, time.UTC)
	for _, records := range frames {
		if err := p.print(records); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestTailIndentsChildrenUnderTheirParents(t *testing.T) {
	t.Parallel()
	got := printed(t, &console{},
		[]query.Record{
			{Kind: "pending_span", TraceID: "t1", SpanID: "a", Start: at(318), Level: 9, ServiceName: "api", Message: "POST /pay"},
		},
		[]query.Record{
			// Children end, and arrive, before their parent; a log belongs to its span.
			{Kind: "log", TraceID: "t1", SpanID: "c", ParentSpanID: "b", Start: at(402), Level: 13, ServiceName: "api", Message: "declined", Tags: []string{"card"}},
			{Kind: "span", TraceID: "t1", SpanID: "b", ParentSpanID: "a", Start: at(320), Duration: seconds(0.0123456), Level: 17, ServiceName: "payments-gateway-of-the-whole-shop",
				Message: "charge", IsException: true, ExceptionType: "CardError"},
			{Kind: "span", TraceID: "t2", SpanID: "b", ParentSpanID: "zz", Start: at(319), Duration: seconds(0.0000005), Level: 5, ServiceName: "cron", SpanName: "no message"},
		},
		[]query.Record{
			{Kind: "span", TraceID: "t1", SpanID: "a", Start: at(318), Duration: seconds(5.39), Level: 9, ServiceName: "api", Message: "POST /pay"},
		})
	want := strings.Join([]string{
		`14:02:07.318  info    api       POST /pay  running`,
		`14:02:07.319  debug   cron      no message  1µs`,
		`14:02:07.320  error   payments-gateway-of…    charge (CardError)  12.3ms`,
		`14:02:07.402  warn    api                       declined [card]`,
		`14:02:07.318  info    api                   POST /pay  5.39s`,
		``,
	}, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTailFitsTheTerminalAndItsColours(t *testing.T) {
	t.Parallel()
	record := query.Record{Kind: "span", TraceID: "t", SpanID: "a", Start: at(0), Duration: seconds(1), Level: 17, ServiceName: "api",
		Message: strings.Repeat("long ", 40) + "\x1b[2J"}
	got := printed(t, &console{width: 60, colour: true}, []query.Record{record})
	plain := got
	for _, code := range []string{dim, red, serviceColour("api"), "0"} {
		if !strings.Contains(got, "\x1b["+code+"m") {
			t.Errorf("no colour %s in %q", code, got)
		}
		plain = strings.ReplaceAll(plain, "\x1b["+code+"m", "")
	}
	if want := "14:02:07.000  error   api       long long long long …  1s\n"; textWidth(plain) > 61 || !strings.HasPrefix(plain, "14:02:07.000  error   api       long") || strings.Contains(plain, "\x1b") {
		t.Errorf("got  %q\nlike %q", plain, want)
	}
}

func TestTailIndentsOnlySoFar(t *testing.T) {
	t.Parallel()
	var chain []query.Record
	for i := range 2 * maxDepth {
		r := query.Record{Kind: "span", TraceID: "t", SpanID: fmt.Sprint("s", i), Start: at(i), Message: "m"}
		if i > 0 {
			r.ParentSpanID = fmt.Sprint("s", i-1)
		}
		chain = append(chain, r)
	}
	lines := strings.Split(printed(t, &console{}, chain), "\n")
	if deep, deepest := lines[maxDepth+1], lines[2*maxDepth-1]; strings.Index(deep, "m") != strings.Index(deepest, "m") {
		t.Errorf("%q\n%q", deep, deepest)
	}
}

func TestTreeForgetsWhatWasUsedLongestAgo(t *testing.T) {
	t.Parallel()
	tree := newTree(2)
	place := func(id, parent string) int {
		return tree.place(&query.Record{Kind: "span", TraceID: "t", SpanID: id, ParentSpanID: parent})
	}
	place("a", "")
	place("b", "a")
	place("x", "a") // "b" goes, because "a" was used after it
	if depth := place("c", "b"); depth != 0 {
		t.Errorf("a child of a forgotten span stands at %d", depth)
	}
	if tree.used.Len() != 2 || len(tree.spans) != 2 {
		t.Errorf("%d spans are remembered", tree.used.Len())
	}
}
