package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/genai"
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
	who, err := s.reader(r)
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
	q.of(who)
	body, err := read(s, r, q, func(sources []genai.Source, truncated bool) (*conversationBody, error) {
		if len(sources) == 0 {
			return nil, notFound("Trace not found")
		}
		c, ok := genai.Build(sources, spanID, s.Prices)
		if !ok {
			return nil, notFound("Span not found")
		}
		c.Truncated = c.Truncated || truncated
		return &conversationBody{c, len(sources), truncated}, nil
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

// dialogueBody is the answer: the conversation, and of how many records it was made.
type dialogueBody struct {
	*genai.Dialogue

	Records          int  `json:"records"`
	RecordsTruncated bool `json:"records_truncated"` // there are more records, or larger ones, than are read: the newest are missing
}

// dialogue serves GET /v1/conversation: what was said in a conversation or a session, in whichever traces.
func (s *server) dialogue(w http.ResponseWriter, r *http.Request) {
	who, err := s.reader(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q, id, err := dialogueQuestionOf(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("X-Logfire-Context", who.project.Organization+"/"+who.project.Name)
	q.of(who)
	body, err := s.join(r, q, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

// join looks for the id where it mostly is, in attributes that have columns of their own, and only then, a hundred times
// slower, in all others.
// All records of the traces are read in which a record has the id: the calls of a run may not repeat it.
func (s *server) join(r *http.Request, q question, id string) (*dialogueBody, error) {
	for _, hot := range []bool{true, false} {
		q.sql = selectSources("trace_id IN (SELECT trace_id FROM records_all WHERE " + identified(id, hot) + ")")
		body, err := read(s, r, q, func(sources []genai.Source, truncated bool) (*dialogueBody, error) {
			d, ok := genai.Join(sources, id, s.Prices)
			if !ok {
				return nil, nil
			}
			return &dialogueBody{d, len(sources), truncated}, nil
		})
		if body != nil || err != nil {
			return body, err
		}
	}
	return nil, notFound("Conversation not found")
}

// identified is the condition that a record has the id, in an attribute with a column or in one without.
func identified(id string, hot bool) string {
	literal := func(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
	var anywhere []string
	for _, key := range genai.IdentityKeys() {
		if _, has := record.HotIndex(key); has != hot {
			continue
		}
		value := id
		if session, _, threaded := strings.Cut(id, "/"); key == "genkit:sessionId" && threaded {
			value = session // Genkit's ids have two halves
		}
		anywhere = append(anywhere, "attributes->>"+literal(key)+" = "+literal(value))
	}
	condition := strings.Join(anywhere, " OR ")
	if !hot && isPlain(id) { // looking at text is cheaper than at what it says
		condition = "contains(attributes::text, " + literal(id) + ") AND (" + condition + ")"
	}
	return condition
}

// isPlain tells whether text stands in JSON as it is, and in whole ids.
func isPlain(text string) bool {
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") == ""
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
	q.sql = selectSources("trace_id = '" + traceID + "'")
	return q, spanID, nil
}

// selectSources is the query of the records that a condition chooses, the oldest first.
func selectSources(condition string) string {
	names := make([]string, len(sourceColumns))
	for i, c := range sourceColumns {
		names[i] = c.sql
	}
	return fmt.Sprintf("SELECT %s FROM records_all WHERE %s ORDER BY start_timestamp", strings.Join(names, ", "), condition)
}

// maxIDBytes bounds the id of a conversation.
const maxIDBytes = 512

// dialogueQuestionOf reads the parameters.
func dialogueQuestionOf(r *http.Request) (q question, id string, err error) {
	p := queryParameters(r.URL.Query())
	id = p.text("id", true)
	q = question{min: p.timestamp("min_timestamp", false), max: p.timestamp("max_timestamp", false), limit: maxRows, timezone: "UTC"}
	if len(p.faults) == 0 && (id == "" || len(id) > maxIDBytes || strings.ContainsRune(id, 0)) {
		p.fault("id", "value_error", "Input should be 1 to 512 bytes of text")
	}
	if len(p.faults) > 0 {
		return question{}, "", invalid(p.faults...)
	}
	return q, id, nil
}

// isHex tells whether text is that many lower-case hex digits.
func isHex(text string, digits int) bool {
	return len(text) == digits && strings.Trim(text, "0123456789abcdef") == ""
}

// read reads records and lets build make the answer of them while the query's turn is still held: that bounds how many
// traces are in memory at once.
func read[T any](s *server, r *http.Request, q question, build func(sources []genai.Source, truncated bool) (T, error)) (body T, err error) {
	a, err := s.engine.run(r.Context(), q)
	if err != nil {
		return body, err
	}
	defer func() {
		if err := a.close(); err != nil {
			s.log.Debug("answer not closed", "error", err)
		}
	}()
	sources, truncated, err := readSources(a, maxConversationBytes)
	if err != nil {
		return body, err
	}
	return build(sources, truncated)
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
