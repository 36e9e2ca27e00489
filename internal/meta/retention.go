package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Retention is how many days a project keeps what it was sent. 0 is as long as the server keeps it.
type Retention struct {
	RecordsDays int // spans, logs and what else stands in the table records
	MetricsDays int
}

// MaxRetentionDays is the longest time that can be set, about a hundred years. How long a server keeps things is not known here.
const MaxRetentionDays = 36_500

// Validate returns an *InvalidError for times that cannot be set.
func (r Retention) Validate() error {
	for _, one := range []struct {
		field string
		days  int
	}{{"records_days", r.RecordsDays}, {"metrics_days", r.MetricsDays}} {
		if one.days < 0 || one.days > MaxRetentionDays {
			return &InvalidError{one.field, fmt.Sprintf("must be from 1 to %d days, or null for as long as the server keeps things", MaxRetentionDays)}
		}
	}
	return nil
}

// String says it in words, for the audit log.
func (r Retention) String() string {
	return fmt.Sprintf("spans and logs %s, metrics %s", daysText(r.RecordsDays), daysText(r.MetricsDays))
}

func daysText(days int) string {
	switch days {
	case 0:
		return "as long as the server keeps them"
	case 1:
		return "1 day"
	}
	return fmt.Sprintf("%d days", days)
}

// retentionOf returns what is set for a project.
func retentionOf(ctx context.Context, q querier, projectID string) (r Retention, err error) {
	err = q.QueryRowContext(ctx, `SELECT records_days, metrics_days FROM project_settings WHERE project_id = $1`, projectID).Scan(&r.RecordsDays, &r.MetricsDays)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Retention{}, fmt.Errorf("retention of project %s: %w", projectID, err)
	}
	return r, nil
}

// Retentions returns what is set, by the project's id. Projects that keep things as long as the server are left out.
func (db *DB) Retentions(ctx context.Context) (map[string]Retention, error) {
	type entry struct {
		projectID string
		Retention
	}
	rows, err := db.read.QueryContext(ctx, `SELECT project_id, records_days, metrics_days FROM project_settings WHERE records_days <> 0 OR metrics_days <> 0`)
	if err != nil {
		return nil, fmt.Errorf("retentions: %w", err)
	}
	list, err := collect(rows, "retentions", func(row scanner) (e entry, err error) {
		return e, row.Scan(&e.projectID, &e.RecordsDays, &e.MetricsDays)
	})
	if err != nil {
		return nil, err
	}
	set := make(map[string]Retention, len(list))
	for _, e := range list {
		set[e.projectID] = e.Retention
	}
	return set, nil
}

// SetRetention sets how long a project keeps things. The error is an *InvalidError for bad values. What is set as it was is no event
// of the audit log.
func (db *DB) SetRetention(ctx context.Context, projectID string, to Retention) error {
	if err := to.Validate(); err != nil {
		return err
	}
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if from, err := retentionOf(ctx, tx, projectID); err != nil || from == to {
			return err
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO project_settings (project_id, repository, records_days, metrics_days) VALUES ($1, '', $2, $3)
			 ON CONFLICT (project_id) DO UPDATE SET records_days = excluded.records_days, metrics_days = excluded.metrics_days`,
			projectID, to.RecordsDays, to.MetricsDays)
		if err != nil {
			return err
		}
		return db.auditProject(ctx, tx, projectID, Event{Updated, "retention", projectID, to.String()})
	})
	if err != nil {
		return fmt.Errorf("set retention of project %s: %w", projectID, err)
	}
	return nil
}
