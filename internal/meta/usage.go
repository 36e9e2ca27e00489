package meta

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// Usage is what a project was sent on a day.
type Usage struct {
	ProjectID string
	Day       string // of UTC, as DayOf writes it
	Bytes     int64  // of bodies of requests, decompressed
	Records   int64  // records and metric points that were taken, repeats included
}

// DayOf returns the day of UTC on which a time lies, such as 2026-05-27. Days sort as texts do.
func DayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// AddUsage adds to what the projects were sent, all of it or nothing. Projects that are not there are left out.
func (db *DB) AddUsage(ctx context.Context, more []Usage) error {
	// Servers that share a database and add at once take the rows in the same order, so that none waits for the other.
	more = slices.SortedFunc(slices.Values(more), func(a, b Usage) int {
		return cmp.Or(cmp.Compare(a.ProjectID, b.ProjectID), cmp.Compare(a.Day, b.Day))
	})
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		for _, u := range more {
			_, err := tx.ExecContext(ctx,
				`INSERT INTO project_usage (project_id, day, bytes, records) SELECT id, $2, $3, $4 FROM projects WHERE id = $1
				ON CONFLICT (project_id, day) DO UPDATE SET bytes = project_usage.bytes + excluded.bytes, records = project_usage.records + excluded.records`,
				u.ProjectID, u.Day, u.Bytes, u.Records)
			if err != nil {
				return fmt.Errorf("project %s, %s: %w", u.ProjectID, u.Day, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("add usage: %w", err)
	}
	return nil
}

// UsageOn returns what each project was sent on a day; projects that were sent nothing are left out.
func (db *DB) UsageOn(ctx context.Context, day string) ([]Usage, error) {
	return db.usageWhere(ctx, "day = $1", day)
}

// UsageSince returns what a project was sent, by day from the oldest on. Days without anything are left out.
func (db *DB) UsageSince(ctx context.Context, projectID, day string) ([]Usage, error) {
	return db.usageWhere(ctx, "project_id = $1 AND day >= $2", projectID, day)
}

func (db *DB) usageWhere(ctx context.Context, condition string, args ...any) ([]Usage, error) {
	rows, err := db.read.QueryContext(ctx, "SELECT project_id, day, bytes, records FROM project_usage WHERE "+condition+" ORDER BY day, project_id", args...)
	if err != nil {
		return nil, fmt.Errorf("usage: %w", err)
	}
	return collect(rows, "usage", func(row scanner) (u Usage, err error) {
		return u, row.Scan(&u.ProjectID, &u.Day, &u.Bytes, &u.Records)
	})
}
