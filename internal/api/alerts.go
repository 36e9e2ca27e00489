package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/hearth-dev/hearth/internal/alert"
	"github.com/hearth-dev/hearth/internal/meta"
)

// alertRoutes serve the alerts of a project, as Logfire's REST API does, and beside that how they stand and what they did.
func (s *server) alertRoutes(r chi.Router) {
	const alerts = "/api/v1/projects/{id}/alerts"
	r.Get(alerts, s.visiting(s.listAlerts))
	r.Post(alerts, s.managing(s.createAlert))
	r.Post(alerts+"/preview", s.visiting(s.previewAlert))
	r.Get(alerts+"/{alert_id}", s.visiting(s.getAlert))
	r.Put(alerts+"/{alert_id}", s.managing(s.changeAlert))
	r.Delete(alerts+"/{alert_id}", s.managing(s.deleteAlert))
	r.Get(alerts+"/{alert_id}/runs", s.visiting(s.listRuns))
	r.Put(alerts+"/{alert_id}/snooze", s.managing(s.snoozeAlert))
	r.Get("/api/v1/alert-templates", s.alertTemplates)
}

// recentRuns is how many runs of each alert a list shows.
const recentRuns = 30

// alertBody describes an alert. channels are those of the organisation, by id.
func (s *server) alertBody(a *meta.Alert, who visitor, channels map[string]meta.Channel) map[string]any {
	now := s.Now()
	standing := alert.StandingOf(a, now)
	of, assigned := []map[string]any{}, []map[string]any{}
	for _, id := range a.Channels {
		if c, ok := channels[id]; ok {
			body := channelBody(&c)
			body["schedule_id"] = nil
			if !who.manages { // where messages go is for those to see who may change it
				body["config"] = map[string]any{"type": c.Config.Type}
			}
			of = append(of, body)
			assigned = append(assigned, map[string]any{"channel_id": id, "schedule_id": nil})
		}
	}
	body := map[string]any{
		"id": a.ID, "organization_id": who.project.OrganizationID, "project_id": a.ProjectID, "created_at": iso(a.CreatedAt), "updated_at": iso(a.UpdatedAt),
		"created_by_name": a.CreatedBy, "updated_by_name": a.UpdatedBy, "name": a.Name, "description": a.Description, "query": a.Query,
		"time_window": isoDuration(a.Window), "frequency": isoDuration(a.Frequency), "watermark": isoDuration(a.Watermark),
		"channels": of, "channel_assignments": assigned, "environments": emptyIfNil(a.Environments), "notify_when": a.NotifyWhen, "active": a.Active,
		"last_run": isoOrNil(standing.LastRun), "has_matches": standing.HasMatches, "has_errors": standing.HasErrors, "fired": standing.Fired,
		"result": nil, "result_length": standing.Rows,
		"state": standing.State, "state_reason": standing.Reason, "state_since": iso(standing.Since),
		"snoozed_until": nil, "last_error": textOrNil(standing.LastError), "next_run": isoOrNil(a.NextRun),
	}
	if a.Snoozed(now) {
		body["snoozed_until"] = iso(a.SnoozedUntil)
	}
	return body
}

func emptyIfNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// textOrNil is nil for the empty text.
func textOrNil(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// channelsByID returns the channels of an organisation.
func (s *server) channelsByID(ctx context.Context, organizationID string) (map[string]meta.Channel, error) {
	list, err := s.Meta.Channels(ctx, organizationID)
	all := map[string]meta.Channel{}
	for _, c := range list {
		all[c.ID] = c
	}
	return all, err
}

// listAlerts lists the alerts with their newest runs. Results are told of one alert only.
func (s *server) listAlerts(w http.ResponseWriter, r *http.Request, who visitor) {
	list, err := s.Meta.Alerts(r.Context(), who.project.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	channels, err := s.channelsByID(r.Context(), who.project.OrganizationID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	runs, err := s.Meta.RecentRuns(r.Context(), who.project.ID, recentRuns)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for i := range list {
		body := s.alertBody(&list[i], who, channels)
		recent := []map[string]any{}
		for _, run := range runs[list[i].ID] {
			recent = append(recent, map[string]any{
				"id": run.ID, "scheduled_at": iso(run.ScheduledAt), "status": run.Status, "rows": run.Rows, "notified": run.Notified, "missed": run.Missed,
			})
		}
		body["recent_runs"] = recent
		answer = append(answer, body)
	}
	writeJSON(w, http.StatusOK, answer)
}

// answerAlert answers with an alert, or with the error that was met on the way to it.
func (s *server) answerAlert(w http.ResponseWriter, r *http.Request, status int, a *meta.Alert, who visitor, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	channels, err := s.channelsByID(r.Context(), who.project.OrganizationID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body := s.alertBody(a, who, channels)
	runs, err := s.Meta.AlertRuns(r.Context(), a.ID, time.Time{}, 1)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if len(runs) > 0 && runs[0].Result != nil && body["last_run"] != nil {
		body["result"] = runs[0].Result
	}
	writeJSON(w, status, body)
}

func (s *server) getAlert(w http.ResponseWriter, r *http.Request, who visitor) {
	a, err := s.Meta.Alert(r.Context(), who.project.ID, chi.URLParam(r, "alert_id"))
	s.answerAlert(w, r, http.StatusOK, &a, who, err)
}

// alertFields are what a client may say of an alert. What is nil is not said.
type alertFields struct {
	Name         *string          `json:"name"`
	Description  *string          `json:"description"`
	Query        *string          `json:"query"`
	Window       *wireDuration    `json:"time_window"`
	Frequency    *wireDuration    `json:"frequency"`
	Watermark    *wireDuration    `json:"watermark"`
	NotifyWhen   *meta.NotifyWhen `json:"notify_when"`
	Environments *[]string        `json:"environments"`
	ChannelIDs   *[]string        `json:"channel_ids"`
	Assignments  *[]struct {
		ChannelID string `json:"channel_id"`
	} `json:"channel_assignments"`
	Active *bool `json:"active"`
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// apply puts what is said into an alert.
func (f *alertFields) apply(a *meta.AlertSpec) {
	set(&a.Name, f.Name)
	set(&a.Description, f.Description)
	set(&a.Query, f.Query)
	set(&a.Window, (*time.Duration)(f.Window))
	set(&a.Frequency, (*time.Duration)(f.Frequency))
	set(&a.Watermark, (*time.Duration)(f.Watermark))
	set(&a.NotifyWhen, f.NotifyWhen)
	set(&a.Environments, f.Environments)
	set(&a.Active, f.Active)
	if f.Assignments != nil {
		a.Channels = []string{}
		for _, one := range *f.Assignments {
			a.Channels = append(a.Channels, one.ChannelID)
		}
	}
	set(&a.Channels, f.ChannelIDs)
}

// newAlert is an alert before anything is said of it.
func newAlert() meta.AlertSpec {
	return meta.AlertSpec{Watermark: alert.DefaultWatermark, Active: true}
}

// missing names the fields without which an alert cannot be made.
func (f *alertFields) missing() error {
	var faults []fieldProblem
	for name, given := range map[string]bool{
		"name": f.Name != nil, "query": f.Query != nil, "time_window": f.Window != nil, "frequency": f.Frequency != nil, "notify_when": f.NotifyWhen != nil,
	} {
		if !given {
			faults = append(faults, fieldProblem{Loc: []string{"body", name}, Msg: "Field required", Type: "missing"})
		}
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	return nil
}

func (s *server) createAlert(w http.ResponseWriter, r *http.Request, who visitor) {
	var f alertFields
	err := decodeBody(r, &f)
	if err == nil {
		err = f.missing()
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	spec := newAlert()
	f.apply(&spec)
	if err := s.askable(r.Context(), who.project, &spec); err != nil {
		s.fail(w, r, err)
		return
	}
	a, err := s.Meta.CreateAlert(r.Context(), who.project.ID, spec, who.name)
	s.Alerts.Wake()
	s.answerAlert(w, r, http.StatusCreated, &a, who, err)
}

// askable refuses a statement that has no answer. What the server is too busy to tell now, runs will.
func (s *server) askable(ctx context.Context, p meta.Project, spec *meta.AlertSpec) error {
	err := s.Alerts.Check(ctx, p, spec)
	if e, ok := errors.AsType[*alert.QueryError](err); ok {
		if !e.Mistake {
			return nil
		}
		return invalid(fieldProblem{Loc: []string{"body", "query"}, Msg: e.Text, Type: "value_error"})
	}
	return err
}

// changeAlert changes the fields that the body has. A statement is checked only where it is another one: an alert can be
// switched off though it is broken.
func (s *server) changeAlert(w http.ResponseWriter, r *http.Request, who visitor) {
	var f alertFields
	if err := decodeBody(r, &f); err != nil {
		s.fail(w, r, err)
		return
	}
	id := chi.URLParam(r, "alert_id")
	old, err := s.Meta.Alert(r.Context(), who.project.ID, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	wanted := old.AlertSpec
	f.apply(&wanted)
	if wanted.Query != old.Query {
		if err := s.askable(r.Context(), who.project, &wanted); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	a, err := s.Meta.UpdateAlert(r.Context(), who.project.ID, id, who.name, f.apply)
	s.Alerts.Wake()
	s.answerAlert(w, r, http.StatusOK, &a, who, err)
}

func (s *server) deleteAlert(w http.ResponseWriter, r *http.Request, who visitor) {
	if err := s.Meta.DeleteAlert(r.Context(), who.project.ID, chi.URLParam(r, "alert_id")); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// snoozeAlert keeps an alert quiet until a time; without one, that ends.
func (s *server) snoozeAlert(w http.ResponseWriter, r *http.Request, who visitor) {
	p, err := bodyParameters(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	until := p.timestamp("until", false)
	if len(p.faults) > 0 {
		s.fail(w, r, invalid(p.faults...))
		return
	}
	a, err := s.Meta.SnoozeAlert(r.Context(), who.project.ID, chi.URLParam(r, "alert_id"), until)
	s.answerAlert(w, r, http.StatusOK, &a, who, err)
}

// Runs of a page: as many as are asked for, or defaultRuns.
const (
	defaultRuns = 50
	maxRunsPage = 200
)

func (s *server) listRuns(w http.ResponseWriter, r *http.Request, who visitor) {
	p := queryParameters(r.URL.Query())
	limit, before := min(p.limit(defaultRuns), maxRunsPage), p.timestamp("before", false)
	if len(p.faults) > 0 {
		s.fail(w, r, invalid(p.faults...))
		return
	}
	a, err := s.Meta.Alert(r.Context(), who.project.ID, chi.URLParam(r, "alert_id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	runs, err := s.Meta.AlertRuns(r.Context(), a.ID, before, limit)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for i := range runs {
		answer = append(answer, runBody(&runs[i]))
	}
	writeJSON(w, http.StatusOK, answer)
}

func runBody(run *meta.AlertRun) map[string]any {
	deliveries := []map[string]any{}
	for _, d := range run.Deliveries {
		at := d.AttemptedAt
		if at.IsZero() {
			at = d.CreatedAt
		}
		deliveries = append(deliveries, map[string]any{
			"channel_id": d.ChannelID, "label": d.Label, "at": iso(at), "attempts": d.Attempts, "status": d.Status, "error": textOrNil(d.Error),
			"next_attempt": isoOrNil(d.NextAttempt),
		})
	}
	body := map[string]any{
		"id": run.ID, "scheduled_at": iso(run.ScheduledAt), "started_at": isoOrNil(run.StartedAt), "finished_at": isoOrNil(run.FinishedAt), "duration_ms": nil,
		"status": run.Status, "rows": run.Rows, "changed": run.Changed, "notified": run.Notified, "missed": run.Missed,
		"deliveries": deliveries, "error": textOrNil(run.Error), "result": run.Result,
	}
	if !run.StartedAt.IsZero() {
		body["duration_ms"] = float64(run.FinishedAt.Sub(run.StartedAt).Microseconds()) / 1000
	}
	return body
}

// previewAlert tells what an alert would meet and say, saved or not.
func (s *server) previewAlert(w http.ResponseWriter, r *http.Request, who visitor) {
	var body struct {
		alertFields

		AlertID string `json:"alert_id"`
	}
	if err := decodeBody(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	body.Name = cmpOr(body.Name, "New alert")
	if err := body.missing(); err != nil {
		s.fail(w, r, err)
		return
	}
	spec := newAlert()
	body.apply(&spec)
	spec.Channels = nil
	if err := s.Meta.CheckAlert(&spec); err != nil {
		s.fail(w, r, err)
		return
	}
	preview, err := s.Alerts.Preview(r.Context(), who.project, body.AlertID, spec)
	if err != nil {
		s.fail(w, r, previewProblem(err))
		return
	}
	writeJSON(w, http.StatusOK, previewBody(preview))
}

func cmpOr(text *string, otherwise string) *string {
	if text == nil || *text == "" {
		return &otherwise
	}
	return text
}

// previewProblem is the problem of a statement without an answer, as the query API tells it.
func previewProblem(err error) error {
	if e, ok := errors.AsType[*alert.QueryError](err); ok {
		return e.Cause
	}
	return err
}

func previewBody(p *alert.Preview) map[string]any {
	runs := []map[string]any{}
	for _, run := range p.Runs {
		runs = append(runs, map[string]any{"at": iso(run.At), "rows": run.Rows, "fires": run.Fires})
	}
	payloads := map[string]json.RawMessage{}
	for format, body := range p.Payloads {
		payloads[string(format)] = body
	}
	return map[string]any{
		"columns": p.Result.Columns, "rows": p.Result.Rows, "total": p.Total, "would_fire": runs,
		"message":    map[string]any{"subject": p.Message.Subject, "text": p.Message.Text, "html": p.Message.HTML},
		"message_at": isoOrNil(p.MessageAt), "payloads": payloads,
	}
}

func (s *server) alertTemplates(w http.ResponseWriter, r *http.Request) {
	if _, _, err := s.viewer(r); err != nil {
		s.fail(w, r, err)
		return
	}
	answer := []map[string]any{}
	for _, t := range alert.Templates() {
		answer = append(answer, map[string]any{
			"id": t.ID, "name": t.Name, "description": t.Description, "query": t.Query,
			"time_window": isoDuration(t.Window), "frequency": isoDuration(t.Frequency), "notify_when": t.NotifyWhen,
		})
	}
	writeJSON(w, http.StatusOK, answer)
}

// wireDuration is a length of time as clients write it: ISO 8601 such as PT5M, or seconds as a number or as text.
type wireDuration time.Duration

// maxWireSeconds keeps arithmetic of durations in their range; what may be asked for is far below.
const maxWireSeconds = 100 * 366 * 24 * 3600

// UnmarshalJSON implements json.Unmarshaler. What is no length of time becomes one that no field takes, so that the refusal
// names the field and says what it takes.
func (d *wireDuration) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	parsed, ok := parseDuration(text)
	if !ok {
		parsed = -1
	}
	*d = wireDuration(parsed)
	return nil
}

var isoDurationShape = regexp.MustCompile(`^P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$`)

// parseDuration reads seconds, or the part of ISO 8601 whose length does not depend on the calendar: weeks, days, hours,
// minutes, seconds.
func parseDuration(text string) (time.Duration, bool) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return time.Duration(seconds * float64(time.Second)), seconds >= 0 && seconds <= maxWireSeconds
	}
	m := isoDurationShape.FindStringSubmatch(text)
	if m == nil || text[len(text)-1] == 'P' || text[len(text)-1] == 'T' {
		return 0, false
	}
	total := 0.0
	for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if m[i+1] != "" {
			n, _ := strconv.ParseFloat(m[i+1], 64) // digits
			total += n * unit.Seconds()
		}
	}
	return time.Duration(total * float64(time.Second)), total <= maxWireSeconds
}

// isoDuration writes whole seconds as ISO 8601, as Logfire does: P1D, PT1H30M, PT0S.
func isoDuration(d time.Duration) string {
	text := "P"
	if days := d / (24 * time.Hour); days > 0 {
		text += strconv.Itoa(int(days)) + "D"
		d %= 24 * time.Hour
		if d == 0 {
			return text
		}
	}
	text += "T"
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "H"}, {time.Minute, "M"}, {time.Second, "S"}} {
		if n := d / unit.of; n > 0 || unit.name == "S" && text == "PT" {
			text += strconv.Itoa(int(n)) + unit.name
			d %= unit.of
		}
	}
	return text
}
