package alert

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/meta"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

const origin = "https://hearth.test"

// hostile is text that tries to be more than text wherever it is shown.
const hostile = "<script>alert(1)</script> <!channel> ```\r\nBcc: eve@example.com\x1b[31m\u202e & \"q\""

// notices are what goldens are made of.
func notices() map[string]*Notice {
	raw := func(values ...string) []json.RawMessage {
		row := make([]json.RawMessage, len(values))
		for i, v := range values {
			row[i] = json.RawMessage(v)
		}
		return row
	}
	firing := &Notice{
		Kind: KindFiring, AlertID: "6a1f2d0e-0000-4000-8000-000000000001", AlertName: "Any exception",
		Description: "Look at the **runbook** first.\n\nThen call Ana.", Organization: "local", Project: "shop", Environments: []string{"prod"},
		Sentence: "12 rows in 15 minutes until 2026-11-26 11:59:50 UTC.", ScheduledAt: noon, From: noon.Add(-15*time.Minute - 10*time.Second), To: noon.Add(-10 * time.Second),
		Rows: 12,
		Result: &Result{
			Columns: []Column{{"service_name", "TEXT"}, {"exceptions", "BIGINT"}, {"share", "DOUBLE PRECISION"}, {"trace_id", "TEXT"}, {"tags", "TEXT[]"}},
			Rows: [][]json.RawMessage{
				raw(`"storefront"`, `144`, `0.5`, `"fb47c98c155f845ff810a96d4761ef77"`, `["a","b"]`),
				raw(`"größe"`, `7`, `null`, `"javascript:alert(1)"`, `[]`),
			},
		},
	}
	attack := &Notice{
		Kind: KindChanged, AlertName: hostile, Description: hostile, Organization: "local", Project: "shop", Sentence: hostile,
		ScheduledAt: noon, From: noon.Add(-time.Hour), To: noon, Rows: 1,
		Result: &Result{Columns: []Column{{hostile, "TEXT"}}, Rows: [][]json.RawMessage{{quoted(hostile)}}},
	}
	resolved := &Notice{
		Kind: KindResolved, AlertID: firing.AlertID, AlertName: "Any exception", Organization: "local", Project: "shop",
		Sentence: "It is over: no rows in 15 minutes until 2026-11-26 11:59:50 UTC.", ScheduledAt: noon, From: firing.From, To: firing.To,
	}
	test := &Notice{Kind: KindTest, AlertName: "ops", Sentence: "This is a test: messages of alerts arrive here.", ScheduledAt: noon, From: noon, To: noon}
	return map[string]*Notice{"firing": firing, "attack": attack, "resolved": resolved, "test": test}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	for name, n := range notices() {
		m := Compose(n, origin)
		golden(t, name+".txt", "Subject: "+m.Subject+"\n\n"+m.Text)
		golden(t, name+".html", m.HTML)
		for _, format := range []meta.WebhookFormat{meta.FormatRaw, meta.FormatSlackBlocks, meta.FormatSlackLegacy} {
			golden(t, name+"."+string(format)+".json", string(Payload(format, n, origin))+"\n")
		}
	}
}

func TestTextOfOthersStaysText(t *testing.T) {
	t.Parallel()
	n := notices()["attack"]
	m := Compose(n, origin)
	if strings.ContainsAny(m.Subject, "\r\n\x1b\u202e") || strings.ContainsAny(m.Text, "\r\x1b\u202e") {
		t.Errorf("subject %q, text %q", m.Subject, m.Text)
	}
	if strings.Contains(m.HTML, "<script") || strings.Contains(m.HTML, "<!channel") {
		t.Errorf("HTML %s", m.HTML)
	}
	for _, format := range []meta.WebhookFormat{meta.FormatSlackBlocks, meta.FormatSlackLegacy} {
		var body any
		if err := json.Unmarshal(Payload(format, n, origin), &body); err != nil {
			t.Fatal(err)
		}
		for _, text := range stringsIn(body) {
			if text == clip(m.Subject, slackHeading) && format == meta.FormatSlackBlocks {
				continue // a heading is plain text, in which nothing is a mention
			}
			if strings.Contains(text, "<!") || strings.Contains(text, "<script") || strings.Count(text, fence)%2 != 0 {
				t.Errorf("%s: %s", format, text)
			}
		}
	}
}

// stringsIn returns all texts of a JSON value.
func stringsIn(v any) (all []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			all = append(all, stringsIn(one)...)
		}
	case map[string]any:
		for _, one := range v {
			all = append(all, stringsIn(one)...)
		}
	}
	return all
}

// What is kept of a run, and what a message shows, is bounded whatever the rows hold.
func TestMessagesAreSmall(t *testing.T) {
	t.Parallel()
	r := &Result{Columns: []Column{{"a", "TEXT"}}, Total: MaxCounted}
	for range keptRows {
		r.Rows = append(r.Rows, []json.RawMessage{quoted(strings.Repeat("x<", 5000))})
	}
	n := notices()["firing"]
	n.Rows, n.Result = r.Total, r.cut()
	for _, format := range []meta.WebhookFormat{meta.FormatRaw, meta.FormatSlackBlocks, meta.FormatSlackLegacy} {
		body := Payload(format, n, origin)
		if len(body) > 8<<10 {
			t.Errorf("%s: %d bytes", format, len(body))
		}
		for _, text := range stringsIn(func() (v any) { _ = json.Unmarshal(body, &v); return v }()) {
			if format == meta.FormatSlackBlocks && len([]rune(text)) > 3000 {
				t.Errorf("Slack refuses a text of %d characters", len([]rune(text)))
			}
		}
	}
	if m := Compose(n, origin); !strings.Contains(m.Text, "and more\n") || strings.Count(m.Text, "xx") > 0 {
		t.Errorf("text %s", m.Text)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		time.Minute: "1 minute", 15 * time.Minute: "15 minutes", time.Hour: "1 hour", 90 * time.Minute: "90 minutes", 24 * time.Hour: "1 day",
		36 * time.Hour: "36 hours", 45 * time.Second: "45 seconds",
	} {
		if got := spanOf(d); got != want {
			t.Errorf("%v = %s", d, got)
		}
	}
	for n, want := range map[int]string{0: "no rows", 1: "1 row", 2: "2 rows", MaxCounted: "10000 rows or more"} {
		if got := countOf(n); got != want {
			t.Errorf("%d = %s", n, got)
		}
	}
}

func TestSameRowsHaveTheSamePrint(t *testing.T) {
	t.Parallel()
	rows := func(n int, values ...string) *Result {
		a := &scriptedAsker{rows: values}
		r, err := gather(t.Context(), a, Question{})
		if err != nil || r.Total != n {
			t.Fatalf("%d rows, %v", r.Total, err)
		}
		return r
	}
	a, b := rows(2, `1`, `2`), rows(2, `2`, `1`)
	if a.Print != b.Print || a.Print == rows(2, `1`, `1`).Print || a.Print == rows(1, `1`).Print || rows(0).Print == "" {
		t.Error("prints")
	}
	big := make([]string, 500)
	for i := range big {
		big[i] = `"` + strings.Repeat("x", 10_000) + `"`
	}
	if r := rows(500, big...); len(r.Rows) != 26 {
		t.Errorf("%d rows of 10 kB are kept", len(r.Rows))
	}
}
