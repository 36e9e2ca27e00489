package genai

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fixture is a record in testdata.
type fixture struct {
	Kind          string          `json:"kind"`
	TraceID       string          `json:"trace_id"`
	SpanID        string          `json:"span_id"`
	ParentSpanID  string          `json:"parent_span_id"`
	Name          string          `json:"name"`
	Scope         string          `json:"scope"`
	Service       string          `json:"service"`
	Start         time.Time       `json:"start"`
	End           time.Time       `json:"end"`
	Attributes    json.RawMessage `json:"attributes"`
	Events        json.RawMessage `json:"events"`
	Body          json.RawMessage `json:"body"`
	Failed        bool            `json:"failed"`
	ExceptionType string          `json:"exception_type"`
	Exception     string          `json:"exception_message"`
}

var fixtureKinds = map[string]record.Kind{"span": record.KindSpan, "log": record.KindLog, "pending_span": record.KindPendingSpan}

func loadSources(t testing.TB, file string) []Source {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var fixtures []fixture
	if err := json.Unmarshal(text, &fixtures); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	sources := make([]Source, len(fixtures))
	for i, f := range fixtures {
		kind, ok := fixtureKinds[f.Kind]
		if !ok {
			t.Fatalf("%s: kind %q", file, f.Kind)
		}
		body := string(f.Body)
		if strings.HasPrefix(body, `"`) {
			if err := json.Unmarshal(f.Body, &body); err != nil {
				t.Fatal(err)
			}
		}
		sources[i] = Source{
			Kind: kind, TraceID: f.TraceID, SpanID: f.SpanID, ParentSpanID: f.ParentSpanID, Name: f.Name, Scope: f.Scope, Service: f.Service,
			Start: f.Start, End: f.End, Attributes: string(f.Attributes), Events: string(f.Events), LogBody: body,
			Failed: f.Failed, ExceptionType: f.ExceptionType, ExceptionMessage: f.Exception,
		}
	}
	return sources
}

func fixtureFiles(t testing.TB, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures in %s: %v", folder, err)
	}
	return files
}

func indented(t testing.TB, v any) string {
	t.Helper()
	text, err := marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var decoded any
	if err := json.Unmarshal(text, &decoded); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// golden compares text with a golden file, or writes it.
func golden(t testing.TB, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; run with -update and read the diff:\n%s", file, got)
	}
}
