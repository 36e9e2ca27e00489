package api

import (
	"net/http"
	"time"
)

// IngestReport is what became of telemetry that was sent to a project since Since, when the process began.
type IngestReport struct {
	Since    time.Time
	Requests []IngestRequests
	Refused  []RefusedRequest // newest first
	Records  []RefusedRecords
}

// IngestOutcome is what became of requests. Status is HTTP's, for gRPC too; Reason is a stable word, empty for requests
// that were taken.
type IngestOutcome struct {
	Signal, Transport string
	Status            int
	Reason            string
}

// IngestRequests counts requests.
type IngestRequests struct {
	IngestOutcome

	Count  int64
	LastAt time.Time
}

// RefusedRequest is one that was not taken. TokenSuffix, Client and Remote may be empty.
type RefusedRequest struct {
	IngestOutcome

	At                                time.Time
	Text, TokenSuffix, Client, Remote string
}

// RefusedRecords counts records that were refused while the rest of their requests was taken.
type RefusedRecords struct {
	Signal, Reason, Text string
	Count                int64
	LastAt               time.Time
}

// ingest serves GET /v1/ingest: how telemetry fares on its way into a project.
//
// Requests without a token, or with an unknown one, belong to no project. They tell who else tries to reach this server,
// so they are shown only to whoever manages it.
func (s *server) ingest(w http.ResponseWriter, r *http.Request) {
	project, manages, err := s.viewer(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	report := s.Ingest(project.ID, manages)
	requests, refused, records := []map[string]any{}, []map[string]any{}, []map[string]any{}
	for _, o := range report.Requests {
		requests = append(requests, o.body(map[string]any{"count": o.Count, "last_at": iso(o.LastAt)}))
	}
	for _, o := range report.Refused {
		refused = append(refused, o.body(map[string]any{
			"at": iso(o.At), "text": o.Text, "token_suffix": o.TokenSuffix, "client": o.Client, "remote": o.Remote,
		}))
	}
	for _, o := range report.Records {
		records = append(records, map[string]any{"signal": o.Signal, "reason": o.Reason, "text": o.Text, "count": o.Count, "last_at": iso(o.LastAt)})
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"since": iso(report.Since), "unauthorized_shown": manages, "requests": requests, "refused_requests": refused, "records": records,
	})
}

// body adds an outcome to a body.
func (o *IngestOutcome) body(body map[string]any) map[string]any {
	body["signal"], body["transport"], body["status"], body["reason"] = o.Signal, o.Transport, o.Status, o.Reason
	return body
}
