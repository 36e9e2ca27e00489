package otlp

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/hearth-dev/hearth/internal/record"
)

// bounds are Limits that answer what a test says, and remember what they were told.
type bounds struct {
	err  error
	took []took
}

type took struct {
	Writer         Writer
	Bytes, Records int
}

func (b *bounds) Admit(Writer) error { return b.err }

func (b *bounds) Took(w Writer, bytes, records int) { b.took = append(b.took, took{w, bytes, records}) }

// explosive is a body that nobody may read.
type explosive struct{ t *testing.T }

func (e explosive) Read([]byte) (int, error) {
	e.t.Error("the body of a refused request was read")
	return 0, http.ErrBodyReadAfterClose
}

// Statuses decide what clients do: what they shall send again, now or later, and what they shall drop (logfire-protocol.md §2.4).
func TestWhoSentTooMuchIsRefusedBeforeTheBodyIsRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err        error
		status     int
		reason     string
		retryAfter string
		code       codes.Code
		delay      time.Duration
	}{
		{TooFast{"wait", 1500 * time.Millisecond}, http.StatusTooManyRequests, "rate_limited", "2", codes.ResourceExhausted, 1500 * time.Millisecond},
		{TooFast{"wait", time.Millisecond}, http.StatusTooManyRequests, "rate_limited", "1", codes.ResourceExhausted, time.Second},
		{OverQuota("the project has received enough"), http.StatusPaymentRequired, "over_quota", "", codes.PermissionDenied, 0},
	} {
		journal, _ := stopped()
		limits := &bounds{err: c.err}
		r := post("/v1/traces", nil)
		r.Body, r.ContentLength = io.NopCloser(explosive{t}), 10
		resp := serve(&shelf{}, Options{Journal: journal, Limits: limits}, r)
		if resp.StatusCode != c.status || resp.Header.Get("Retry-After") != c.retryAfter || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%v: status %d, headers %v", c.err, resp.StatusCode, resp.Header)
		}
		if text := textOf(t, resp); text != c.err.Error() {
			t.Errorf("%v: text %q", c.err, text)
		}
		_, err := export(t, dialWith(t, &shelf{}, Options{Journal: journal, Limits: limits}), exportLogs, token, fullLogs())
		st := status.Convert(err)
		if st.Code() != c.code || st.Message() != c.err.Error() {
			t.Errorf("%v: gRPC says %v", c.err, err)
		}
		var delay time.Duration
		for _, detail := range st.Details() {
			if info, ok := detail.(*errdetails.RetryInfo); ok {
				delay = info.RetryDelay.AsDuration()
			}
		}
		if delay != c.delay {
			t.Errorf("%v: gRPC clients come again after %v, want %v", c.err, delay, c.delay)
		}
		report := journal.Report("project")
		var told []Outcome
		for _, request := range report.Requests {
			told = append(told, request.Outcome)
		}
		if diff := cmp.Diff([]Outcome{{"logs", "grpc", c.status, c.reason}, {"traces", "http", c.status, c.reason}}, told); diff != "" {
			t.Errorf("%v: the journal (-want +got):\n%s", c.err, diff)
		}
		if len(limits.took) > 0 {
			t.Errorf("what was refused is counted: %v", limits.took)
		}
	}
}

func TestLimitsAreToldWhatWasTaken(t *testing.T) {
	t.Parallel()
	limits := &bounds{}
	bad := freshSpan("without an id")
	bad.SpanId = nil
	body := requestOf(t, record.Traces, tracesOf(freshSpan("good"), freshSpan("good, too"), bad)).Body
	serve(&shelf{}, Options{Limits: limits}, post("/v1/traces", body))
	serve(&shelf{}, Options{Limits: limits}, post("/v1/traces", []byte("no protobuf")))
	serve(&shelf{err: errBusy}, Options{Limits: limits}, post("/v1/traces", body))
	who := Writer{Project: "project", Token: "the token's id"}
	if diff := cmp.Diff([]took{{who, len(body), 2}, {who, len("no protobuf"), 0}, {who, len(body), 0}}, limits.took); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
