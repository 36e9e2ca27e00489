package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// RunStatus says how a run of an alert ended.
type RunStatus string

// How runs end.
const (
	RunOK      RunStatus = "ok"      // no rows
	RunMatched RunStatus = "matched" // rows
	RunFailed  RunStatus = "error"
	RunMissed  RunStatus = "missed" // it did not take place
)

// AlertRun is one run of an alert, or several in a row that were missed.
type AlertRun struct {
	ID          string // UUID
	AlertID     string
	ScheduledAt time.Time // of missed runs the first one's
	StartedAt   time.Time // zero for a missed run
	FinishedAt  time.Time // zero for a missed run
	Status      RunStatus
	Rows        int
	Changed     bool // whether the rows are others than the run before had
	Notified    bool // whether somebody was to be told
	Missed      int  // how many runs did not take place; 0 for those that did
	Error       string
	Result      json.RawMessage // the rows that are kept; nil for none, and for runs beyond MaxResults

	Deliveries []Delivery // in the order of channels
}

// DeliveryStatus says how far a delivery has come.
type DeliveryStatus string

// How far deliveries come.
const (
	DeliveryPending DeliveryStatus = "pending" // to be tried, or tried again
	Delivered       DeliveryStatus = "delivered"
	DeliveryFailed  DeliveryStatus = "failed" // given up
)

// Delivery is what a channel is told of a run.
type Delivery struct {
	ID          string // UUID
	RunID       string
	AlertID     string
	ChannelID   string
	Label       string          // the channel's at that time
	Notice      json.RawMessage // what is told; empty unless pending
	Status      DeliveryStatus
	Attempts    int
	CreatedAt   time.Time
	AttemptedAt time.Time // zero before the first
	NextAttempt time.Time // zero unless pending
	Error       string    // of the last attempt
}

// MaxRuns is how many runs of an alert are kept, MaxResults of how many the rows; missed ones in a row count as one.
const (
	MaxRuns    = 1000
	MaxResults = 100
)

// FinishedRun is what FinishRun stores.
type FinishedRun struct {
	Run      AlertRun
	Missed   *AlertRun // runs before it that did not take place
	NextRun  time.Time
	Revision int    // of the alert that ran
	Memory   []byte // what package alert remembers
}

// FinishRun stores a run, what was missed before it and what is to be delivered, and when the alert runs next, all at
// once: after a crash, either the run has taken place and its deliveries are sent, or it is still due. Runs beyond
// MaxRuns are forgotten. If the alert was changed while it ran, the run is stored but nothing is remembered or
// delivered of it. ErrNotFound means that the alert has gone.
func (db *DB) FinishRun(ctx context.Context, f FinishedRun) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		var revision int
		if err := tx.QueryRowContext(ctx, `SELECT revision FROM alerts WHERE id = $1`, f.Run.AlertID).Scan(&revision); err != nil {
			return absent(err)
		}
		current := revision == f.Revision
		if current {
			_, err := tx.ExecContext(ctx, `UPDATE alerts SET next_run = $1, memory = $2 WHERE id = $3`, micros(f.NextRun), string(f.Memory), f.Run.AlertID)
			if err != nil {
				return err
			}
		} else {
			f.Run.Notified, f.Run.Deliveries = false, nil
		}
		if f.Missed != nil {
			if err := insertRun(ctx, tx, f.Missed); err != nil {
				return err
			}
		}
		if err := insertRun(ctx, tx, &f.Run); err != nil {
			return err
		}
		return forgetRuns(ctx, tx, f.Run.AlertID)
	})
	if err != nil {
		return fmt.Errorf("store run of alert %s: %w", f.Run.AlertID, err)
	}
	return nil
}

func insertRun(ctx context.Context, tx *sql.Tx, r *AlertRun) error {
	// A time that has a run already keeps it: the clock was set back, or the alert was changed to and fro.
	err := changed(tx.ExecContext(ctx,
		`INSERT INTO alert_runs (id, alert_id, scheduled_at, started_at, finished_at, status, row_count, changed, notified, missed, error, result)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (alert_id, scheduled_at) DO NOTHING`,
		r.ID, r.AlertID, micros(r.ScheduledAt), micros(r.StartedAt), micros(r.FinishedAt), string(r.Status), r.Rows, r.Changed, r.Notified,
		r.Missed, r.Error, string(r.Result)))(ErrExists)
	if errors.Is(err, ErrExists) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, d := range r.Deliveries {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO alert_deliveries (id, run_id, alert_id, channel_id, label, notice, status, attempts, number, created_at, next_attempt, error)
			 SELECT $1, $2, $3, $4, $5, $6, 'pending', 0, coalesce(max(number), 0) + 1, $7, $8, '' FROM alert_deliveries`,
			uuid.NewString(), r.ID, r.AlertID, d.ChannelID, d.Label, string(d.Notice), micros(d.CreatedAt), micros(d.CreatedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetRuns bounds the history: rows take the most room, and are looked at soon or never.
func forgetRuns(ctx context.Context, tx *sql.Tx, alertID string) error {
	const older = ` WHERE alert_id = $1 AND scheduled_at < (SELECT min(scheduled_at) FROM
		(SELECT scheduled_at FROM alert_runs WHERE alert_id = $2 ORDER BY scheduled_at DESC LIMIT $3) newest)`
	if _, err := tx.ExecContext(ctx, `DELETE FROM alert_runs`+older, alertID, alertID, MaxRuns); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE alert_runs SET result = ''`+older+` AND result <> ''`, alertID, alertID, MaxResults)
	return err
}

const selectRun = `SELECT r.id, r.alert_id, r.scheduled_at, r.started_at, r.finished_at, r.status, r.row_count, r.changed, r.notified, r.missed, r.error, r.result
	FROM alert_runs r `

func scanRun(row scanner) (AlertRun, error) {
	var r AlertRun
	var scheduled, started, finished sql.NullInt64
	var status, result string
	err := row.Scan(&r.ID, &r.AlertID, &scheduled, &started, &finished, &status, &r.Rows, &r.Changed, &r.Notified, &r.Missed, &r.Error, &result)
	r.ScheduledAt, r.StartedAt, r.FinishedAt, r.Status = timeOf(scheduled), timeOf(started), timeOf(finished), RunStatus(status)
	if result != "" {
		r.Result = json.RawMessage(result)
	}
	return r, err
}

// AlertRuns returns at most limit runs of an alert, the newest first, with their deliveries: those that were scheduled
// before a time, or all for the zero time.
func (db *DB) AlertRuns(ctx context.Context, alertID string, before time.Time, limit int) ([]AlertRun, error) {
	condition, args := `WHERE r.alert_id = $1`, []any{alertID}
	if !before.IsZero() {
		condition, args = condition+` AND r.scheduled_at < $2`, append(args, micros(before))
	}
	rows, err := db.read.QueryContext(ctx, fmt.Sprintf(`%s%s ORDER BY r.scheduled_at DESC LIMIT %d`, selectRun, condition, limit), args...)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	runs, err := collect(rows, "runs", scanRun)
	if err != nil || len(runs) == 0 {
		return runs, err
	}
	place := map[string]int{}
	for i, r := range runs {
		place[r.ID] = i
	}
	rows, err = db.read.QueryContext(ctx, selectDelivery+
		`JOIN alert_runs r ON r.id = d.run_id WHERE r.alert_id = $1 AND r.scheduled_at BETWEEN $2 AND $3 ORDER BY d.number`,
		alertID, micros(runs[len(runs)-1].ScheduledAt), micros(runs[0].ScheduledAt))
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	deliveries, err := collect(rows, "deliveries", scanDelivery)
	for _, d := range deliveries {
		if i, ok := place[d.RunID]; ok { // else it came between the two questions
			runs[i].Deliveries = append(runs[i].Deliveries, d)
		}
	}
	return runs, err
}

// RecentRuns returns the newest runs of each alert of a project, at most limit of each, the newest first, without results
// and deliveries.
func (db *DB) RecentRuns(ctx context.Context, projectID string, limit int) (map[string][]AlertRun, error) {
	rows, err := db.read.QueryContext(ctx,
		`SELECT id, alert_id, scheduled_at, started_at, finished_at, status, row_count, changed, notified, missed, error, '' FROM
		   (SELECT r.*, row_number() OVER (PARTITION BY alert_id ORDER BY scheduled_at DESC) AS place
		    FROM alert_runs r WHERE alert_id IN (SELECT id FROM alerts WHERE project_id = $1)) placed
		 WHERE place <= $2 ORDER BY scheduled_at DESC`, projectID, limit)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	runs, err := collect(rows, "runs", scanRun)
	if err != nil {
		return nil, err
	}
	of := map[string][]AlertRun{}
	for _, r := range runs {
		of[r.AlertID] = append(of[r.AlertID], r)
	}
	return of, nil
}

const selectDelivery = `SELECT d.id, d.run_id, d.alert_id, d.channel_id, d.label, d.notice, d.status, d.attempts, d.created_at, d.attempted_at, d.next_attempt, d.error
	FROM alert_deliveries d `

func scanDelivery(row scanner) (Delivery, error) {
	var d Delivery
	var notice, status string
	var created, attempted, next sql.NullInt64
	err := row.Scan(&d.ID, &d.RunID, &d.AlertID, &d.ChannelID, &d.Label, &notice, &status, &d.Attempts, &created, &attempted, &next, &d.Error)
	d.Notice, d.Status = json.RawMessage(notice), DeliveryStatus(status)
	d.CreatedAt, d.AttemptedAt, d.NextAttempt = timeOf(created), timeOf(attempted), timeOf(next)
	return d, err
}

// DueDeliveries returns at most limit deliveries that are to be tried now. Of those of one alert to one channel it is
// the oldest that is pending, so that a message never overtakes an earlier one.
func (db *DB) DueDeliveries(ctx context.Context, now time.Time, limit int) ([]Delivery, error) {
	rows, err := db.read.QueryContext(ctx, selectDelivery+
		`WHERE d.next_attempt <= $1 AND NOT EXISTS (SELECT 1 FROM alert_deliveries e
		   WHERE e.next_attempt IS NOT NULL AND e.alert_id = d.alert_id AND e.channel_id = d.channel_id AND e.number < d.number)
		 ORDER BY d.next_attempt, d.number LIMIT $2`, micros(now), limit)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return collect(rows, "deliveries", scanDelivery)
}

// NoteDelivery stores what became of an attempt: the Status, Attempts, AttemptedAt, NextAttempt and Error of d. What has been
// delivered, or given up, is forgotten; that it was is not. A delivery whose alert has gone is no error.
func (db *DB) NoteDelivery(ctx context.Context, d Delivery) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE alert_deliveries SET status = $1, attempts = $2, attempted_at = $3, next_attempt = $4, error = $5,
			        notice = CASE WHEN $6 THEN notice ELSE '' END WHERE id = $7`,
			string(d.Status), d.Attempts, micros(d.AttemptedAt), micros(d.NextAttempt), d.Error, d.Status == DeliveryPending, d.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("note delivery %s: %w", d.ID, err)
	}
	return nil
}

// NextAlertWork returns when the first run or delivery is due after a time; zero for never.
func (db *DB) NextAlertWork(ctx context.Context, after time.Time) (time.Time, error) {
	var next sql.NullInt64
	err := db.read.QueryRowContext(ctx,
		`SELECT min(at) FROM (SELECT min(next_run) AS at FROM alerts WHERE next_run > $1
		   UNION ALL SELECT min(next_attempt) FROM alert_deliveries WHERE next_attempt > $2) work`, micros(after), micros(after)).Scan(&next)
	if err != nil {
		return time.Time{}, fmt.Errorf("next alert: %w", err)
	}
	return timeOf(next), nil
}
