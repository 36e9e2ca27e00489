package main

import (
	"bytes"
	"testing"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

func TestPoolIsDeterministic(t *testing.T) {
	for _, p := range []string{"web", "llm", "mix"} {
		a, err := buildPool(7, p, 3, 100, 4, "r")
		if err != nil {
			t.Fatal(err)
		}
		b, _ := buildPool(7, p, 3, 100, 4, "r")
		for i := range a {
			if !bytes.Equal(a[i].body, b[i].body) {
				t.Fatalf("%s: request %d differs between two builds with one seed", p, i)
			}
		}
		c, _ := buildPool(8, p, 1, 100, 4, "r")
		if bytes.Equal(a[0].body, c[0].body) {
			t.Fatalf("%s: another seed gives the same request", p)
		}
	}
}

// A stamped request is valid OTLP whose ids and times are the ones promised.
func TestStamp(t *testing.T) {
	for _, p := range []string{"web", "llm"} {
		pool, err := buildPool(1, p, 1, 250, 2, "r")
		if err != nil {
			t.Fatal(err)
		}
		r := pool[0]
		const now = refTime + 200_000_000_000_000_000
		seen := map[string]bool{}
		for seq := range uint64(3) {
			var req coltracepb.ExportTraceServiceRequest
			if err := proto.Unmarshal(r.stamp(nil, 42, seq, now-refTime), &req); err != nil {
				t.Fatal(err)
			}
			perTrace, ids, parents := map[[16]byte]int{}, map[string]bool{}, 0
			spans := req.ResourceSpans[0].ScopeSpans[0].Spans
			for _, s := range spans {
				perTrace[[16]byte(s.TraceId)]++
				ids[string(s.SpanId)] = true
				if seen[string(s.SpanId)] {
					t.Fatalf("%s: span id repeats between sends", p)
				}
				if s.EndTimeUnixNano < s.StartTimeUnixNano || s.EndTimeUnixNano > now || now-s.EndTimeUnixNano > 60_000_000_000 {
					t.Fatalf("%s: span times %d..%d against now %d", p, s.StartTimeUnixNano, s.EndTimeUnixNano, now)
				}
			}
			for _, s := range spans {
				if len(s.ParentSpanId) > 0 && ids[string(s.ParentSpanId)] {
					parents++
				}
			}
			for id := range ids {
				seen[id] = true
			}
			if len(spans) != 250 || parents < 200 {
				t.Fatalf("%s: %d spans, %d with their parent in the request", p, len(spans), parents)
			}
			for i := range r.counts {
				if got := perTrace[r.traceID(i, 42, seq)]; got != r.counts[i].spans {
					t.Fatalf("%s: trace %d has %d spans, want %d", p, i, got, r.counts[i].spans)
				}
			}
		}
	}
}
