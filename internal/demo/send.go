package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	collogspb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Sent counts what a server took and what it did not.
type Sent struct {
	Spans, Pending, Logs, Points int    // taken
	Refused                      int    // of any of them
	Reason                       string // the server's words about the first that it refused
}

// StatusError is an answer that ends a demo: what the server does not want now, it will not want later.
type StatusError struct {
	Status int
	Detail string
}

// Error returns the status and the server's words.
func (e *StatusError) Error() string {
	return fmt.Sprintf("the server answers %d: %s", e.Status, e.Detail)
}

const (
	// maxSpans is how many spans are collected before they are sent: what OpenTelemetry's SDKs send in one request.
	maxSpans = 512
	// maxTries is how often a request is sent that the server has no room for, about half a minute in all.
	maxTries = 8
)

// sender collects telemetry and sends it. What could not be sent stays, for the next flush. Whoever adds to it flushes it
// when it is full.
type sender struct {
	options   *Options
	resources *resources
	sent      Sent
	spans     []*tracepb.ResourceSpans
	held      int // spans and logs
	pending   int // of these, pending spans
	logs      []*logspb.ResourceLogs
	lines     int
	metrics   []*metricspb.ResourceMetrics
	points    int
}

func (s *sender) addSpan(of *span, out *tracepb.Span, pending bool) {
	resource := s.resources.of(of.service)
	var service *tracepb.ResourceSpans
	for _, known := range s.spans {
		if known.Resource == resource {
			service = known
		}
	}
	if service == nil {
		service = &tracepb.ResourceSpans{Resource: resource}
		s.spans = append(s.spans, service)
	}
	var library *tracepb.ScopeSpans
	for _, known := range service.ScopeSpans {
		if known.Scope.Name == of.scope.name && known.Scope.Version == of.scope.version {
			library = known
		}
	}
	if library == nil {
		library = &tracepb.ScopeSpans{Scope: of.scope.encode()}
		service.ScopeSpans = append(service.ScopeSpans, library)
	}
	library.Spans = append(library.Spans, out)
	s.held++
	if pending {
		s.pending++
	}
}

func (s *sender) addLog(of *span, l line, out *logspb.LogRecord) {
	s.logs = append(s.logs, &logspb.ResourceLogs{Resource: s.resources.of(of.service),
		ScopeLogs: []*logspb.ScopeLogs{{Scope: l.scope.encode(), LogRecords: []*logspb.LogRecord{out}}}})
	s.lines++
}

func (s *sender) addMetrics(list []*metricspb.ResourceMetrics, points int) {
	s.metrics = append(s.metrics, list...)
	s.points += points
}

// full tells that flush is due.
func (s *sender) full() bool { return s.held+s.lines+s.points >= maxSpans }

// flush sends what is held, logs before metrics and after spans.
func (s *sender) flush(ctx context.Context) error {
	if s.held > 0 {
		refused, err := s.post(ctx, "traces", &coltracepb.ExportTraceServiceRequest{ResourceSpans: s.spans})
		if err != nil {
			return err
		}
		pending := min(s.pending, s.held-refused)
		s.sent.Spans += s.held - refused - pending
		s.sent.Pending += pending
		s.spans, s.held, s.pending = nil, 0, 0
	}
	if s.lines > 0 {
		refused, err := s.post(ctx, "logs", &collogspb.ExportLogsServiceRequest{ResourceLogs: s.logs})
		if err != nil {
			return err
		}
		s.sent.Logs += s.lines - refused
		s.logs, s.lines = nil, 0
	}
	if s.points > 0 {
		refused, err := s.post(ctx, "metrics", &colmetricspb.ExportMetricsServiceRequest{ResourceMetrics: s.metrics})
		if err != nil {
			return err
		}
		s.sent.Points += s.points - refused
		s.metrics, s.points = nil, 0
	}
	return nil
}

// post sends one request until the server has taken it, and returns how much of it was refused.
func (s *sender) post(ctx context.Context, signal string, request proto.Message) (refused int, err error) {
	body, err := proto.Marshal(request)
	if err != nil {
		return 0, err
	}
	wait := 250 * time.Millisecond
	for try := 1; ; try++ {
		answer, again, err := s.try(ctx, signal, body)
		if err == nil {
			return s.refusals(signal, answer)
		}
		if again < 0 || try == maxTries {
			return 0, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(max(again, wait)):
			wait *= 2
		}
	}
}

// try sends a request once. again is how long the server asks to wait before the next try, negative when there is to be
// none.
func (s *sender) try(ctx context.Context, signal string, body []byte) (answer []byte, again time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(s.options.BaseURL, "/")+"/v1/"+signal, bytes.NewReader(body))
	if err != nil {
		return nil, -1, err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	if s.options.Token != "" {
		req.Header.Set("Authorization", "Bearer "+s.options.Token)
	}
	if s.options.Project != "" {
		req.Header.Set("X-Hearth-Project", s.options.Project)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil && s.sent == (Sent{}) {
		return nil, -1, err // there never was a server
	}
	if err != nil {
		return nil, 0, err // it was there and may come back
	}
	answer, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	err = errors.Join(err, resp.Body.Close())
	if err != nil {
		return nil, 0, err
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return answer, 0, nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // 0 when it does not say
		return nil, time.Duration(seconds) * time.Second, &StatusError{resp.StatusCode, words(answer)}
	}
	return nil, -1, &StatusError{resp.StatusCode, words(answer)}
}

// words returns what of an answer a person can read.
func words(answer []byte) string {
	readable := strings.Map(func(r rune) rune {
		if r < ' ' || r == '\uFFFD' {
			return -1
		}
		return r
	}, string(answer))
	return strings.TrimSpace(readable[:min(len(readable), 300)])
}

// refusals reads how much of a request the server did not want.
func (s *sender) refusals(signal string, answer []byte) (refused int, err error) {
	var traces coltracepb.ExportTraceServiceResponse
	var logs collogspb.ExportLogsServiceResponse
	var metrics colmetricspb.ExportMetricsServiceResponse
	var reason string
	switch signal {
	case "traces":
		err = proto.Unmarshal(answer, &traces)
		refused, reason = int(traces.GetPartialSuccess().GetRejectedSpans()), traces.GetPartialSuccess().GetErrorMessage()
	case "logs":
		err = proto.Unmarshal(answer, &logs)
		refused, reason = int(logs.GetPartialSuccess().GetRejectedLogRecords()), logs.GetPartialSuccess().GetErrorMessage()
	default:
		err = proto.Unmarshal(answer, &metrics)
		refused, reason = int(metrics.GetPartialSuccess().GetRejectedDataPoints()), metrics.GetPartialSuccess().GetErrorMessage()
	}
	if err != nil {
		return 0, fmt.Errorf("the answer to /v1/%s is no OTLP: %w", signal, err)
	}
	s.sent.Refused += refused
	if refused > 0 && s.sent.Reason == "" {
		s.sent.Reason = reason
	}
	return refused, nil
}
