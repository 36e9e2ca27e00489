package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/genai"
	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/record"
)

// maxConversationBytes bounds what of a trace's records is read for its conversation. Agents send the whole history
// with each call, so that a long run takes more than it says.
const maxConversationBytes = 64 << 20

// conversationBody is the answer: the conversation, and how much of the trace it was made of.
type conversationBody struct {
	*genai.Conversation

	Records          int  `json:"records"`
	RecordsTruncated bool `json:"records_truncated"` // the trace has more records, or larger ones, than are read
}

// conversation serves GET /v1/traces/{trace_id}/conversation: what was said in a trace, or below the span span_id.
func (s *server) conversation(w http.ResponseWriter, r *http.Request) {
	who, err := s.auth.principal(r, meta.ReadToken)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q, spanID, err := traceQuestionOf(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("X-Logfire-Context", who.project.Organization+"/"+who.project.Name)
	q.project = who.project.ID
	body, err := s.converse(r, q, spanID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

// sourceColumns are what genai reads, with where it keeps them.
var sourceColumns = []struct {
	sql   string
	store func(s *genai.Source, v any)
}{
	{"kind", func(s *genai.Source, v any) { s.Kind = kindNamed(asText(v)) }},
	{"trace_id", func(s *genai.Source, v any) { s.TraceID = asText(v) }},
	{"span_id", func(s *genai.Source, v any) { s.SpanID = asText(v) }},
	{"parent_span_id", func(s *genai.Source, v any) { s.ParentSpanID = asText(v) }},
	{"span_name", func(s *genai.Source, v any) { s.Name = asText(v) }},
	{"message", func(s *genai.Source, v any) { s.Message = asText(v) }},
	{"start_timestamp", func(s *genai.Source, v any) { s.Start, _ = v.(time.Time) }},
	{"end_timestamp", func(s *genai.Source, v any) { s.End, _ = v.(time.Time) }},
	{"service_name", func(s *genai.Source, v any) { s.Service = asText(v) }},
	{"otel_scope_name", func(s *genai.Source, v any) { s.Scope = asText(v) }},
	{"attributes", func(s *genai.Source, v any) { s.Attributes = asText(v) }},
	{"otel_events", func(s *genai.Source, v any) { s.Events = asText(v) }},
	{"log_body", func(s *genai.Source, v any) { s.LogBody = asText(v) }},
	{"attributes->>'operation.cost' AS cost", func(s *genai.Source, v any) { s.Cost = asText(v) }},
	{`"_lf_cost_source" AS cost_source`, func(s *genai.Source, v any) { s.CostSource = asText(v) }},
	{"otel_status_code", func(s *genai.Source, v any) { s.Failed = asText(v) == "ERROR" }},
	{"otel_status_message", func(s *genai.Source, v any) { s.StatusMessage = asText(v) }},
	{"exception_type", func(s *genai.Source, v any) { s.ExceptionType = asText(v) }},
	{"exception_message", func(s *genai.Source, v any) { s.ExceptionMessage = asText(v) }},
}

// asText returns a text, and nothing for NULL.
func asText(v any) string {
	text, _ := v.(string)
	return text
}

// kindNamed returns the kind that String calls so.
func kindNamed(name string) record.Kind {
	for kind := record.KindSpan; kind < record.KindAnnotation; kind++ {
		if kind.String() == name {
			return kind
		}
	}
	return record.KindAnnotation
}

// traceQuestionOf reads the path and the parameters. Ids are hex digits in either case.
func traceQuestionOf(r *http.Request) (q question, spanID string, err error) {
	p := queryParameters(r.URL.Query())
	traceID := strings.ToLower(chi.URLParam(r, "trace_id"))
	spanID = strings.ToLower(p.text("span_id", false))
	q = question{min: p.timestamp("min_timestamp", false), max: p.timestamp("max_timestamp", false), limit: maxRows, timezone: "UTC"}
	if spanID != "" && !isHex(spanID, 16) {
		p.fault("span_id", "value_error", "Input should be 16 hex digits")
	}
	if !isHex(traceID, 32) {
		p.where = "path"
		p.fault("trace_id", "value_error", "Input should be 32 hex digits")
	}
	if len(p.faults) > 0 {
		return question{}, "", invalid(p.faults...)
	}
	names := make([]string, len(sourceColumns))
	for i, c := range sourceColumns {
		names[i] = c.sql
	}
	q.sql = fmt.Sprintf("SELECT %s FROM records_all WHERE trace_id = '%s' ORDER BY start_timestamp", strings.Join(names, ", "), traceID)
	return q, spanID, nil
}

// isHex tells whether text is that many lower-case hex digits.
func isHex(text string, digits int) bool {
	return len(text) == digits && strings.Trim(text, "0123456789abcdef") == ""
}

// converse reads a trace and builds the conversation while the query's turn is still held: that bounds how many traces
// are in memory at once.
func (s *server) converse(r *http.Request, q question, spanID string) (*conversationBody, error) {
	a, err := s.engine.run(r.Context(), q)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := a.close(); err != nil {
			s.log.Debug("answer not closed", "error", err)
		}
	}()
	sources, truncated, err := readSources(a, maxConversationBytes)
	if err != nil {
		return nil, err
	}
	if len(sources) == 0 {
		return nil, notFound("Trace not found")
	}
	c, ok := genai.Build(sources, spanID)
	if !ok {
		return nil, notFound("Span not found")
	}
	c.Truncated = c.Truncated || truncated
	return &conversationBody{c, len(sources), truncated}, nil
}

// readSources reads records until there are no more, or too many, or too large ones.
func readSources(a *answer, maxBytes int) (sources []genai.Source, truncated bool, err error) {
	row := make([]any, len(sourceColumns))
	read := 0
	for a.next(row) {
		var s genai.Source
		for i, c := range sourceColumns {
			c.store(&s, row[i])
		}
		read += len(s.Attributes) + len(s.Events) + len(s.LogBody)
		if read > maxBytes {
			return sources, true, nil
		}
		sources = append(sources, s)
	}
	return sources, len(sources) == maxRows, a.err()
}
