package api

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/retention"
	"github.com/hearth-dev/hearth/internal/store"
)

// retentionRoutes serve for how long a project keeps what it was sent, how much room that takes, and where it is going. Who may read
// the project sees it. Admins change it, since that deletes.
func (s *server) retentionRoutes(r chi.Router) {
	const path = projects + "/{id}/retention"
	r.Get(path, s.visiting(s.getRetention))
	r.Put(path, s.administering(s.changeRetention))
}

// getRetention tells what is set, what is held, and what that leads to.
func (s *server) getRetention(w http.ResponseWriter, r *http.Request, who visitor) {
	body, err := s.retentionBody(r, who)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

func (s *server) retentionBody(r *http.Request, who visitor) (map[string]any, error) {
	project := who.project.ID
	set, err := s.Retention.Set(r.Context(), project)
	if err != nil {
		return nil, err
	}
	held, err := s.Retention.Held(r.Context(), project)
	if err != nil {
		return nil, err
	}
	outlook, err := s.Retention.Outlook(r.Context(), project)
	if err != nil {
		return nil, err
	}
	keep := s.Retention.Keep(project)
	body := map[string]any{
		"records_days": daysOrNil(set.RecordsDays), "metrics_days": daysOrNil(set.MetricsDays),
		"server_days": keptDays(s.Retention.Longest), "kept_records_days": keptDays(keep.Records), "kept_metrics_days": keptDays(keep.Metrics),
		"days": dayBodies(held), "outlook": outlookBody(outlook),
	}
	if who.key.ID == "" && who.may(meta.AdminRole, s.home()) {
		all, free, err := s.Retention.ServerOutlook(r.Context())
		if err != nil {
			return nil, err
		}
		server := outlookBody(all)
		server["disk_free_bytes"], server["full_in_days"] = free, nil
		if all.Full {
			server["full_in_days"] = all.FullIn
		}
		body["server"] = server
	}
	return body, nil
}

// daysOrNil writes what is set; nil is as long as the server keeps things.
func daysOrNil(days int) any {
	if days == 0 {
		return nil
	}
	return days
}

// keptDays writes a time in days; nil is for ever.
func keptDays(keep time.Duration) any {
	if keep == 0 {
		return nil
	}
	return retention.DaysOf(keep)
}

func dayBodies(held []store.DayStats) []map[string]any {
	bodies := []map[string]any{}
	for _, d := range held {
		bodies = append(bodies, map[string]any{
			"day": meta.DayOf(d.Day), "records": d.Records, "metrics": d.Metrics, "records_bytes": d.RecordBytes, "metrics_bytes": d.MetricBytes,
		})
	}
	return bodies
}

func outlookBody(o retention.Outlook) map[string]any {
	body := map[string]any{
		"bytes": o.Bytes, "bytes_per_day": o.Growth, "too_young": o.TooYoung, "settles_at_bytes": nil, "settles_in_days": nil,
	}
	if o.Settles {
		body["settles_at_bytes"], body["settles_in_days"] = o.SettlesAt, o.SettlesIn
	}
	return body
}

// changeRetention sets how long a project keeps things; with the parameter dry_run it only tells what that would delete.
func (s *server) changeRetention(w http.ResponseWriter, r *http.Request, who visitor) {
	set, err := s.Retention.Set(r.Context(), who.project.ID)
	var to meta.Retention
	var dryRun bool
	if err == nil {
		to, dryRun, err = retentionOf(r, set)
	}
	var loss retention.Loss
	switch {
	case err != nil:
	case dryRun:
		loss, err = s.Retention.Preview(r.Context(), who.project.ID, to)
	default:
		loss, err = s.Retention.Change(r.Context(), who.project.ID, to)
	}
	var body map[string]any
	if err == nil {
		body, err = s.retentionBody(r, who)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body["deletes"] = lossBody(loss)
	writeJSON(w, http.StatusOK, body)
}

func lossBody(loss retention.Loss) map[string]any {
	body := map[string]any{
		"days": loss.Days, "records": loss.Records, "metrics": loss.Metrics, "bytes": loss.Bytes, "records_through": nil, "metrics_through": nil,
	}
	if !loss.LastRecords.IsZero() {
		body["records_through"] = meta.DayOf(loss.LastRecords)
	}
	if !loss.LastMetrics.IsZero() {
		body["metrics_through"] = meta.DayOf(loss.LastMetrics)
	}
	return body
}

// retentionOf reads a change of what is set. What the body does not name stays, null is as long as the server keeps things.
func retentionOf(r *http.Request, set meta.Retention) (to meta.Retention, dryRun bool, err error) {
	in := queryParameters(r.URL.Query())
	dryRun = in.boolean("dry_run")
	faults := in.faults
	if in, err = bodyParameters(r); err != nil {
		return meta.Retention{}, false, err
	}
	in.days("records_days", &set.RecordsDays)
	in.days("metrics_days", &set.MetricsDays)
	if faults = append(faults, in.faults...); len(faults) > 0 {
		return meta.Retention{}, false, invalid(faults...)
	}
	return set, dryRun, nil
}

// days reads a number of days, if it is given; null is 0.
func (p *parameters) days(name string, to *int) {
	if _, given := p.get(name); !given {
		return
	}
	n := 0
	if p.decode(name, &n, false, "int_type", "a valid integer") && n < 1 {
		p.fault(name, "greater_than_equal", "Input should be greater than or equal to 1, or null for as long as the server keeps things")
	}
	*to = n
}
