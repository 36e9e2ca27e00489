package meta

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// NotifyWhen says which runs of an alert are told of; docs/alerts.md has the rules.
type NotifyWhen string

// The rules, of which all but the last are Logfire's.
const (
	HasMatches          NotifyWhen = "has_matches"           // each run with rows
	StartsHavingMatches NotifyWhen = "starts_having_matches" // rows after none
	HasMatchesChanged   NotifyWhen = "has_matches_changed"   // rows after none, and none after rows
	MatchesChanged      NotifyWhen = "matches_changed"       // other rows than before
	NoMatches           NotifyWhen = "no_matches"            // no rows, and rows again after that
)

var notifyRules = []NotifyWhen{HasMatches, StartsHavingMatches, HasMatchesChanged, MatchesChanged, NoMatches}

// AlertSpec is what people say of an alert.
type AlertSpec struct {
	Name        string
	Description string // Markdown; goes into messages
	Query       string
	Window      time.Duration // how much time a run looks at
	Frequency   time.Duration // how often it runs
	Watermark   time.Duration // how long before its time a run's window ends, so that what comes late is in it
	NotifyWhen  NotifyWhen
	// Environments keeps records of these; "" stands for records without one. Empty keeps all.
	Environments []string
	Channels     []string // ids
	Active       bool
}

// Alert is a question that is asked again and again.
type Alert struct {
	AlertSpec

	ID        string // UUID
	ProjectID string
	CreatedAt time.Time
	UpdatedAt time.Time
	CreatedBy string // as people call them
	UpdatedBy string

	Revision     int       // grows when what is asked, or when to tell, changes
	NextRun      time.Time // zero while it is not active
	SnoozedAt    time.Time // zero for not snoozed
	SnoozedUntil time.Time // zero for not snoozed
	Memory       []byte    // what package alert remembers from one run to the next; empty before the first
}

// Snoozed tells whether nobody wants to hear of the alert at that time.
func (a *Alert) Snoozed(at time.Time) bool { return at.Before(a.SnoozedUntil) }

// Bounds of an alert. Its frequency may not go below Options.MinFrequency either.
const (
	MaxFrequency = 24 * time.Hour
	MaxWindow    = 30 * 24 * time.Hour
	MaxWatermark = time.Hour

	maxAlertName        = 100
	maxAlertDescription = 4000
	maxAlertQuery       = 50_000
	maxAlertChannels    = 20
	maxEnvironments     = 50
	maxAlerts           = 500 // of a project
)

// CheckAlert checks and completes what people say. The error is an *InvalidError, or several.
func (db *DB) CheckAlert(a *AlertSpec) error {
	a.Name = strings.TrimSpace(a.Name)
	check := func(ok bool, field, format string, args ...any) error {
		if ok {
			return nil
		}
		return &InvalidError{field, fmt.Sprintf(format, args...)}
	}
	return errors.Join(
		check(a.Name != "" && utf8.RuneCountInString(a.Name) <= maxAlertName && !strings.ContainsFunc(a.Name, isControl),
			"name", "must have 1 to %d characters on one line", maxAlertName),
		check(utf8.RuneCountInString(a.Description) <= maxAlertDescription, "description", "must have at most %d characters", maxAlertDescription),
		check(strings.TrimSpace(a.Query) != "" && len(a.Query) <= maxAlertQuery, "query", "must be a statement of at most %d bytes", maxAlertQuery),
		check(whole(a.Frequency) && a.Frequency >= db.minFrequency && a.Frequency <= MaxFrequency,
			"frequency", "must be a length of whole seconds from %v to %v, such as PT5M", db.minFrequency, MaxFrequency),
		check(whole(a.Window) && a.Window >= time.Second && a.Window <= MaxWindow, "time_window", "must be a length of whole seconds, such as PT15M, at most 30 days"),
		check(whole(a.Watermark) && a.Watermark >= 0 && a.Watermark <= MaxWatermark, "watermark", "must be a length of whole seconds, such as PT10S, at most %v", MaxWatermark),
		check(slices.Contains(notifyRules, a.NotifyWhen), "notify_when", "must be has_matches, starts_having_matches, has_matches_changed, matches_changed or no_matches"),
		check(len(a.Channels) <= maxAlertChannels, "channel_ids", "must be at most %d", maxAlertChannels),
		check(len(a.Environments) <= maxEnvironments, "environments", "must be at most %d", maxEnvironments),
	)
}

func whole(d time.Duration) bool { return d%time.Second == 0 }

// NextSlot returns the first time after now at which an alert of that frequency runs: frequencies count from midnight
// UTC, so that all alerts of an hour run at the full hour, after a restart too.
func NextSlot(now time.Time, frequency time.Duration) time.Time {
	return LastSlot(now, frequency).Add(frequency)
}

// LastSlot returns the last time up to now at which an alert of that frequency runs.
func LastSlot(now time.Time, frequency time.Duration) time.Time {
	day := now.UTC().Truncate(24 * time.Hour)
	if (24*time.Hour)%frequency != 0 {
		day = time.Unix(0, 0).UTC() // no midnight would do
	}
	return day.Add(now.Sub(day).Truncate(frequency))
}

// CreateAlert makes an alert of a project. The error is an *InvalidError for bad values, ErrExists for a name that is
// taken, and ErrNotFound for an unknown project.
func (db *DB) CreateAlert(ctx context.Context, projectID string, spec AlertSpec, by string) (Alert, error) {
	if err := db.CheckAlert(&spec); err != nil {
		return Alert{}, err
	}
	now := db.timestamp()
	a := Alert{AlertSpec: spec, ID: uuid.NewString(), ProjectID: projectID, CreatedAt: now, UpdatedAt: now, CreatedBy: by, UpdatedBy: by, Revision: 1}
	if a.Active {
		a.NextRun = NextSlot(now, a.Frequency)
	}
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := projectWhere(ctx, tx, "p.id = $1", projectID); err != nil {
			return err
		}
		if err := checkRoom(ctx, tx, "alerts", projectID, maxAlerts); err != nil {
			return err
		}
		err := changed(tx.ExecContext(ctx,
			`INSERT INTO alerts (id, project_id, name, description, query, time_window, frequency, watermark, notify_when, environments,
			                     active, created_at, updated_at, created_by, updated_by, revision, next_run, memory)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, '') ON CONFLICT (project_id, name) DO NOTHING`,
			a.ID, a.ProjectID, a.Name, a.Description, a.Query, a.Window.Microseconds(), a.Frequency.Microseconds(), a.Watermark.Microseconds(),
			string(a.NotifyWhen), jsonText(a.Environments), a.Active, micros(now), micros(now), by, by, a.Revision, micros(a.NextRun)))(ErrExists)
		if err != nil {
			return err
		}
		if err := setAlertChannels(ctx, tx, a.ID, a.Channels); err != nil {
			return err
		}
		return db.auditProject(ctx, tx, projectID, Event{Inserted, "alert", a.ID, a.Name})
	})
	if err != nil {
		return Alert{}, fmt.Errorf("create alert %q: %w", spec.Name, err)
	}
	return a, nil
}

// setAlertChannels says whom an alert tells: channels of the organisation that its project belongs to, and no others.
func setAlertChannels(ctx context.Context, tx *sql.Tx, id string, channels []string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM alert_channels WHERE alert_id = $1`, id); err != nil {
		return err
	}
	for i, channelID := range channels {
		err := changed(tx.ExecContext(ctx,
			`INSERT INTO alert_channels (alert_id, channel_id, position)
			 SELECT a.id, c.id, $2 FROM alerts a JOIN projects p ON p.id = a.project_id JOIN channels c ON c.organization_id = p.organization_id
			 WHERE a.id = $1 AND c.id = $3
			 ON CONFLICT (alert_id, channel_id) DO UPDATE SET position = alert_channels.position`, id, i, channelID),
		)(&InvalidError{"channel_ids", "there is no channel " + channelID})
		if err != nil {
			return err
		}
	}
	return nil
}

// jsonText writes a list of text; nil is an empty one.
func jsonText(list []string) string {
	if list == nil {
		list = []string{}
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // text can always be written
	}
	return string(text)
}

const selectAlert = `SELECT a.id, a.project_id, a.name, a.description, a.query, a.time_window, a.frequency, a.watermark, a.notify_when, a.environments,
	a.active, a.created_at, a.updated_at, a.created_by, a.updated_by, a.revision, a.next_run, a.snoozed_at, a.snoozed_until, a.memory,
	(SELECT string_agg(channel_id, ',' ORDER BY position) FROM alert_channels WHERE alert_id = a.id)
	FROM alerts a `

func scanAlert(row scanner) (Alert, error) {
	var a Alert
	var window, frequency, watermark int64
	var rule, environments, memory string
	var channels sql.NullString
	var created, updated, next, snoozed, until sql.NullInt64
	err := row.Scan(&a.ID, &a.ProjectID, &a.Name, &a.Description, &a.Query, &window, &frequency, &watermark, &rule, &environments,
		&a.Active, &created, &updated, &a.CreatedBy, &a.UpdatedBy, &a.Revision, &next, &snoozed, &until, &memory, &channels)
	if err != nil {
		return a, err
	}
	a.Window, a.Frequency, a.Watermark = duration(window), duration(frequency), duration(watermark)
	a.NotifyWhen, a.Memory = NotifyWhen(rule), []byte(memory)
	a.CreatedAt, a.UpdatedAt, a.NextRun = timeOf(created), timeOf(updated), timeOf(next)
	a.SnoozedAt, a.SnoozedUntil = timeOf(snoozed), timeOf(until)
	a.Channels = []string{}
	if channels.Valid {
		a.Channels = strings.Split(channels.String, ",")
	}
	return a, json.Unmarshal([]byte(environments), &a.Environments)
}

func duration(micros int64) time.Duration { return time.Duration(micros) * time.Microsecond }

// Alerts returns the alerts of a project by name.
func (db *DB) Alerts(ctx context.Context, projectID string) ([]Alert, error) {
	return db.alerts(ctx, `WHERE a.project_id = $1 ORDER BY lower(a.name), a.id`, projectID)
}

// DueAlerts returns the alerts that are to run now, the longest waiting first.
func (db *DB) DueAlerts(ctx context.Context, now time.Time) ([]Alert, error) {
	return db.alerts(ctx, `WHERE a.next_run <= $1 ORDER BY a.next_run, a.id`, micros(now))
}

func (db *DB) alerts(ctx context.Context, condition string, args ...any) ([]Alert, error) {
	rows, err := db.read.QueryContext(ctx, selectAlert+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	return collect(rows, "alerts", scanAlert)
}

// Alert returns an alert of a project, or ErrNotFound.
func (db *DB) Alert(ctx context.Context, projectID, id string) (Alert, error) {
	return alert(ctx, db.read, projectID, id)
}

func alert(ctx context.Context, q querier, projectID, id string) (Alert, error) {
	a, err := scanAlert(q.QueryRowContext(ctx, selectAlert+`WHERE a.id = $1 AND a.project_id = $2`, id, projectID))
	if err != nil {
		return Alert{}, fmt.Errorf("alert: %w", absent(err))
	}
	return a, nil
}

// UpdateAlert changes what people say of an alert: change gets what is there. Where that changes what is asked or when
// to tell, the alert begins anew: it forgets its earlier runs, though not their history. Errors are those of
// CreateAlert.
func (db *DB) UpdateAlert(ctx context.Context, projectID, id, by string, change func(*AlertSpec)) (a Alert, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if a, err = alert(ctx, tx, projectID, id); err != nil {
			return err
		}
		old := a.AlertSpec
		old.Environments, old.Channels = slices.Clone(old.Environments), slices.Clone(old.Channels)
		change(&a.AlertSpec)
		if err := db.CheckAlert(&a.AlertSpec); err != nil {
			return err
		}
		a.UpdatedAt, a.UpdatedBy = db.timestamp(), by
		if asksOtherwise(old, a.AlertSpec) {
			a.begin(a.UpdatedAt)
		}
		if err := db.storeAlert(ctx, tx, &a, !slices.Equal(old.Channels, a.Channels)); err != nil {
			return err
		}
		return db.auditProject(ctx, tx, projectID, Event{Updated, "alert", a.ID, a.Name})
	})
	if err != nil {
		return Alert{}, fmt.Errorf("update alert %s: %w", id, err)
	}
	return a, nil
}

func asksOtherwise(old, new AlertSpec) bool {
	return old.Query != new.Query || old.Window != new.Window || old.Frequency != new.Frequency || old.Watermark != new.Watermark ||
		old.NotifyWhen != new.NotifyWhen || !slices.Equal(old.Environments, new.Environments) || old.Active != new.Active
}

// begin makes the alert one that has never run.
func (a *Alert) begin(now time.Time) {
	a.Revision++
	a.Memory = nil
	a.NextRun = time.Time{}
	if a.Active {
		a.NextRun = NextSlot(now, a.Frequency)
	}
}

func (db *DB) storeAlert(ctx context.Context, tx *sql.Tx, a *Alert, channels bool) error {
	var taken bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM alerts WHERE project_id = $1 AND name = $2 AND id <> $3)`, a.ProjectID, a.Name, a.ID).Scan(&taken)
	if err == nil && taken {
		err = ErrExists
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx,
		`UPDATE alerts SET name = $1, description = $2, query = $3, time_window = $4, frequency = $5, watermark = $6, notify_when = $7, environments = $8,
		        active = $9, updated_at = $10, updated_by = $11, revision = $12, next_run = $13, memory = $14 WHERE id = $15`,
		a.Name, a.Description, a.Query, a.Window.Microseconds(), a.Frequency.Microseconds(), a.Watermark.Microseconds(), string(a.NotifyWhen),
		jsonText(a.Environments), a.Active, micros(a.UpdatedAt), a.UpdatedBy, a.Revision, micros(a.NextRun), string(a.Memory), a.ID)
	if err != nil || !channels {
		return err
	}
	return setAlertChannels(ctx, tx, a.ID, a.Channels)
}

// SnoozeAlert keeps an alert quiet until a time; the zero time, or one that is past, ends that. ErrNotFound means that
// the project has no such alert.
func (db *DB) SnoozeAlert(ctx context.Context, projectID, id string, until time.Time) (a Alert, err error) {
	now := db.timestamp()
	from := now
	if until = truncate(until); !until.After(now) {
		from, until = time.Time{}, time.Time{}
	}
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		err := changed(tx.ExecContext(ctx, `UPDATE alerts SET snoozed_at = $1, snoozed_until = $2 WHERE id = $3 AND project_id = $4`,
			micros(from), micros(until), id, projectID))(ErrNotFound)
		if err != nil {
			return err
		}
		if a, err = alert(ctx, tx, projectID, id); err != nil {
			return err
		}
		detail := a.Name + ", awake"
		if !until.IsZero() {
			detail = a.Name + ", quiet until " + until.Format(time.RFC3339)
		}
		return db.auditProject(ctx, tx, projectID, Event{Updated, "alert", a.ID, detail})
	})
	if err != nil {
		return Alert{}, fmt.Errorf("snooze alert %s: %w", id, err)
	}
	return a, nil
}

// DeleteAlert removes an alert with its history. ErrNotFound means that the project has no such alert.
func (db *DB) DeleteAlert(ctx context.Context, projectID, id string) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		a, err := alert(ctx, tx, projectID, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM alerts WHERE id = $1`, id); err != nil {
			return err
		}
		return db.auditProject(ctx, tx, projectID, Event{Deleted, "alert", id, a.Name})
	})
	if err != nil {
		return fmt.Errorf("delete alert %s: %w", id, err)
	}
	return nil
}
