package otlp

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hearth-dev/hearth/internal/record"
)

// stopped returns a journal whose clock a test moves.
func stopped() (*Journal, *time.Time) {
	at := time.Date(2026, 5, 27, 13, 0, 0, 0, time.UTC)
	return NewJournal(func() time.Time { return at }), &at
}

func TestJournalCountsWhatBecameOfRequests(t *testing.T) {
	t.Parallel()
	journal, at := stopped()
	since := *at
	s := &shelf{}
	body := requestOf(t, record.Traces, tracesOf(freshSpan("x"))).Body
	send := func(path string, body []byte, headers ...string) {
		t.Helper()
		*at = at.Add(time.Second)
		r := post(path, body, headers...)
		r.RemoteAddr = "192.0.2.7:4711"
		NewHandler(NewDecoder(nil), door{}, s, Options{Journal: journal}).ServeHTTP(httptest.NewRecorder(), r)
	}
	send("/v1/traces", body)
	send("/v1/traces", body)
	send("/v1/logs", []byte("no protobuf"), "User-Agent", "OTel-OTLP-Exporter-Python/1.40.0")
	send("/v1/traces", body, "Content-Type", "text/plain")
	send("/v1/traces", body, "Authorization", "")
	send("/v1/traces", body, "Authorization", "Bearer pylf_v1_local_0123456789abcdefXYZ")
	s.err = errors.New("/srv/hearth/wal: no space left")
	send("/v1/traces", body)

	second := func(n int) time.Time { return since.Add(time.Duration(n) * time.Second) }
	got := journal.Report("project")
	const badLog = "decode request: cannot parse invalid wire-format data"
	undecoded := Outcome{"logs", "http", http.StatusBadRequest, "undecodable"}
	unsupported := Outcome{"traces", "http", http.StatusUnsupportedMediaType, "unsupported_type"}
	broken := Outcome{"traces", "http", http.StatusServiceUnavailable, "internal"}
	want := Report{
		Since: since,
		Requests: []Requests{
			{undecoded, 1, second(3)},
			{Outcome{"traces", "http", http.StatusOK, ""}, 2, second(2)},
			{unsupported, 1, second(4)},
			{broken, 1, second(7)},
		},
		Refused: []RefusedRequest{
			{Outcome: broken, At: second(7), Text: textInternal, Remote: "192.0.2.7"},
			{Outcome: unsupported, At: second(4), Text: errContentType.Error(), Remote: "192.0.2.7"},
			{Outcome: undecoded, At: second(3), Text: badLog, Client: "OTel-OTLP-Exporter-Python/1.40.0", Remote: "192.0.2.7"},
		},
		Records: []RefusedRecords{},
		Minutes: []Minute{{At: since, Signal: "logs", RefusedRequests: 1}, {At: since, Signal: "traces", Accepted: 2, RefusedRequests: 2}},
	}
	ignoreText := cmp.FilterValues(func(a, b string) bool { return a == badLog || b == badLog }, cmp.Comparer(func(a, b string) bool { return (a == "") == (b == "") }))
	if diff := cmp.Diff(want, got, ignoreText); diff != "" {
		t.Errorf("the project's report (-want +got):\n%s", diff)
	}

	got = journal.Report(NoProject)
	refused := Outcome{"traces", "http", http.StatusUnauthorized, "unauthorized"}
	if diff := cmp.Diff([]Requests{{refused, 2, second(6)}}, got.Requests); diff != "" {
		t.Errorf("requests of nobody (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"XYZ", ""}, []string{got.Refused[0].TokenSuffix, got.Refused[1].TokenSuffix}); diff != "" {
		t.Errorf("suffixes of tokens (-want +got):\n%s", diff)
	}
	if both := journal.Report(NoProject, "project"); len(both.Requests) != 5 || both.Refused[0].Reason != "internal" || both.Refused[1].Reason != "unauthorized" {
		t.Errorf("together: %+v", both)
	}
	if nobody := journal.Report("other"); len(nobody.Requests)+len(nobody.Refused)+len(nobody.Records) > 0 {
		t.Errorf("another project's: %+v", nobody)
	}
}

func TestJournalCountsRecordsThatWereRefused(t *testing.T) {
	t.Parallel()
	journal, at := stopped()
	bad := freshSpan("without an id")
	bad.SpanId = nil
	body := requestOf(t, record.Traces, tracesOf(freshSpan("good"), bad)).Body
	if r := serve(&shelf{}, Options{Journal: journal}, post("/v1/traces", body)); r.StatusCode != http.StatusOK {
		t.Fatal(r.Status)
	}
	if r := serve(&shelf{}, Options{Journal: journal}, post("/v1/traces", requestOf(t, record.Traces, tracesOf(bad)).Body)); r.StatusCode != http.StatusBadRequest {
		t.Fatal(r.Status)
	}
	got := journal.Report("project")
	if diff := cmp.Diff([]RefusedRecords{{"traces", "missing_id", explanations[reasonNoID], 2, *at}}, got.Records); diff != "" {
		t.Errorf("refused records (-want +got):\n%s", diff)
	}
	if len(got.Refused) != 1 || got.Refused[0].Reason != "all_refused" {
		t.Errorf("refused requests %+v", got.Refused)
	}
}

func TestJournalKeepsTheNewestRefusals(t *testing.T) {
	t.Parallel()
	journal, at := stopped()
	for i := range newestRefused + 5 {
		*at = at.Add(time.Second)
		journal.note(&attempt{signal: record.Logs, transport: "http", client: strings.Repeat("ä", 300)}, 400, undecodable{fmt.Errorf("%d %s", i, strings.Repeat("x", 1000))})
	}
	got := journal.Report(NoProject)
	if len(got.Refused) != newestRefused || !strings.HasPrefix(got.Refused[0].Text, "24 ") || len(got.Refused[0].Text) != maxNote || len(got.Refused[0].Client) != maxClient {
		t.Errorf("%d kept, the first %+v", len(got.Refused), got.Refused[0])
	}
	if got.Requests[0].Count != newestRefused+5 {
		t.Errorf("%d counted", got.Requests[0].Count)
	}
}

func TestSuffixesTellNoSecret(t *testing.T) {
	t.Parallel()
	for authorization, want := range map[string]string{
		"pylf_v1_local_0123456789abcdef":          "def",
		"bearer  pylf_v1_local_0123456789abcdef ": "def",
		"": "", "hunter2": "", "Basic dXNlcjpjb3JyZWN0IGhvcnNlIGJhdHRlcnk=": "", "correct horse battery staple": "", "Bearer short": "",
	} {
		if got := suffix(authorization); got != want {
			t.Errorf("suffix of %q is %q, want %q", authorization, got, want)
		}
	}
}

func TestGRPCIsInTheJournalToo(t *testing.T) {
	t.Parallel()
	journal := NewJournal(time.Now)
	client := dialWith(t, &shelf{}, Options{Journal: journal})
	if _, err := export(t, client, exportTraces, token, tracesOf(freshSpan("x"))); err != nil {
		t.Fatal(err)
	}
	if _, err := export(t, client, exportLogs, "wrong", fullLogs()); err == nil {
		t.Fatal("a wrong token was taken")
	}
	got := journal.Report("project", NoProject)
	var outcomes []Outcome
	for _, r := range got.Requests {
		outcomes = append(outcomes, r.Outcome)
	}
	want := []Outcome{{"logs", "grpc", http.StatusUnauthorized, "unauthorized"}, {"traces", "grpc", http.StatusOK, ""}}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if len(got.Refused) != 1 || !strings.HasPrefix(got.Refused[0].Client, "grpc-go/") || got.Refused[0].Remote == "" {
		t.Errorf("refused %+v", got.Refused)
	}
}

func TestJournalCountsByMinute(t *testing.T) {
	t.Parallel()
	journal, at := stopped()
	note := func(project string, signal record.Signal, accepted, cut int, err error) {
		journal.note(&attempt{signal: signal, writer: Writer{Project: project}, accepted: accepted, cut: cut}, 200, err)
	}
	note("project", record.Traces, 100, 0, nil) // older than an hour at the end, in the place of a newer minute
	*at = at.Add(30 * time.Minute)
	note("project", record.Traces, 5, 1, nil)
	journal.note(&attempt{signal: record.Traces, writer: Writer{Project: "project"}, accepted: 2, refused: &Refused{Reasons: map[string]int{"too_old": 3, "missing_id": 1}}}, 200, nil)
	note("project", record.Logs, 7, 0, nil)
	note(NoProject, record.Traces, 0, 0, ErrNoToken)
	*at = at.Add(30*time.Minute + 30*time.Second)
	note("project", record.Traces, 9, 0, nil)
	note("other", record.Traces, 1000, 0, nil)

	half, full := at.Add(-30*time.Minute).Truncate(time.Minute), at.Truncate(time.Minute)
	want := []Minute{{At: half, Signal: "logs", Accepted: 7}, {At: half, Signal: "traces", Accepted: 7, Refused: 4, Cut: 1}, {At: full, Signal: "traces", Accepted: 9}}
	if diff := cmp.Diff(want, journal.Report("project").Minutes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want[1].RefusedRequests = 1
	if diff := cmp.Diff(want, journal.Report("project", NoProject).Minutes); diff != "" {
		t.Errorf("with requests of nobody (-want +got):\n%s", diff)
	}
	*at = at.Add(time.Hour)
	if got := journal.Report("project").Minutes; len(got) != 0 {
		t.Errorf("an hour later: %v", got)
	}
}

func TestJournalCountsWhatWasTakenAndCut(t *testing.T) {
	t.Parallel()
	journal, _ := stopped()
	huge := freshSpan("huge")
	huge.Attributes = append(huge.Attributes, text("novel", strings.Repeat("x", maxRecord+1)))
	bad := freshSpan("without an id")
	bad.SpanId = nil
	body := requestOf(t, record.Traces, tracesOf(freshSpan("good"), huge, bad)).Body
	if r := serve(&shelf{}, Options{Journal: journal}, post("/v1/traces", body)); r.StatusCode != http.StatusOK {
		t.Fatal(r.Status)
	}
	got := journal.Report("project").Minutes
	if len(got) != 1 || got[0].Accepted != 2 || got[0].Cut != 1 || got[0].Refused != 1 {
		t.Errorf("%+v", got)
	}
}
