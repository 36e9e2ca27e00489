package api

import (
	"net/http"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

// IngestReport is what became of telemetry that was sent to a project since Since, when the process began.
type IngestReport struct {
	Since    time.Time
	Requests []IngestRequests
	Refused  []RefusedRequest // newest first
	Records  []RefusedRecords
	Minutes  []IngestMinute // of the last hour, oldest first; those in which nothing came are left out
}

// IngestMinute is what became of one signal's records and metric points in the minute that begins At. Requests that were refused
// whole are counted apart, since how many records they held is not known.
type IngestMinute struct {
	At                                      time.Time
	Signal                                  string
	Accepted, Refused, Cut, RefusedRequests int64
}

// IngestState is how full things are, in bytes.
type IngestState struct {
	Project int64 // of the project's files on disk
	Today   int64 // that the project was sent since 00:00 UTC
	Quota   int64 // that it may be sent in a day; 0 is as many as there are

	// Of the whole server.
	Queue, QueueLimit int64 // batches between admission and the store, and how many there may be
	Log               int64 // of the write-ahead log
	Free              int64 // on the disk
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
	days, state, err := s.amounts(r, project.ID, manages)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"since": iso(report.Since), "unauthorized_shown": manages, "requests": requests, "refused_requests": refused, "records": records,
		"minutes": minuteBodies(report.Minutes), "days": days, "state": state,
	})
}

// shownDays is how many days back it is told what a project was sent.
const shownDays = 30

// amounts returns what a project was sent by day, and how full things are; of the whole server only to whoever manages it.
func (s *server) amounts(r *http.Request, projectID string, manages bool) (days []map[string]any, state map[string]any, err error) {
	list, err := s.Meta.UsageSince(r.Context(), projectID, meta.DayOf(s.Now().AddDate(0, 0, 1-shownDays)))
	if err != nil {
		return nil, nil, err
	}
	days = []map[string]any{}
	for _, day := range list {
		days = append(days, map[string]any{"day": day.Day, "bytes": day.Bytes, "records": day.Records})
	}
	is, err := s.IngestState(projectID)
	if err != nil {
		return nil, nil, err
	}
	state = map[string]any{"project_disk_bytes": is.Project, "today_bytes": is.Today, "daily_quota_bytes": nil}
	if is.Quota > 0 {
		state["daily_quota_bytes"] = is.Quota
	}
	if manages {
		state["queue_bytes"], state["queue_limit_bytes"], state["log_bytes"], state["disk_free_bytes"] = is.Queue, is.QueueLimit, is.Log, is.Free
	}
	return days, state, nil
}

func minuteBodies(minutes []IngestMinute) []map[string]any {
	bodies := []map[string]any{}
	for _, m := range minutes {
		bodies = append(bodies, map[string]any{
			"at": iso(m.At), "signal": m.Signal, "accepted": m.Accepted, "refused": m.Refused, "cut": m.Cut, "refused_requests": m.RefusedRequests,
		})
	}
	return bodies
}

// body adds an outcome to a body.
func (o *IngestOutcome) body(body map[string]any) map[string]any {
	body["signal"], body["transport"], body["status"], body["reason"] = o.Signal, o.Transport, o.Status, o.Reason
	return body
}
