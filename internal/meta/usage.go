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

// TokenUsage is what was sent with a token in an hour.
type TokenUsage struct {
	TokenID string
	Hour    int64 // as HourOf counts them
	Records int64 // records and metric points that were taken, repeats included
}

// UsageHours is for how many hours of the clock it is known what was sent with a token: the running one and the 24 before it.
const UsageHours = 25

// Hourly counts records by the hour of the clock, oldest first; the last hour is the running one.
type Hourly [UsageHours]int64

// Total returns the sum: what was sent in the last 24 hours, and in the part of an hour before them.
func (h *Hourly) Total() (records int64) {
	for _, n := range h {
		records += n
	}
	return records
}

// HourOf returns the hour of UTC in which a time lies, counted from 1970.
func HourOf(t time.Time) int64 { return t.Unix() / int64(time.Hour/time.Second) }

// DayOf returns the day of UTC on which a time lies, such as 2026-05-27. Days sort as texts do.
func DayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// AddUsage adds to what the projects were sent, and what with which token, all of it or nothing. Projects and tokens that are not
// there are left out.
func (db *DB) AddUsage(ctx context.Context, projects []Usage, tokens []TokenUsage) error {
	// Servers that share a database and add at once take the rows in the same order, so that none waits for the other.
	projects = slices.SortedFunc(slices.Values(projects), func(a, b Usage) int {
		return cmp.Or(cmp.Compare(a.ProjectID, b.ProjectID), cmp.Compare(a.Day, b.Day))
	})
	tokens = slices.SortedFunc(slices.Values(tokens), func(a, b TokenUsage) int {
		return cmp.Or(cmp.Compare(a.TokenID, b.TokenID), cmp.Compare(a.Hour, b.Hour))
	})
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		for _, u := range projects {
			_, err := tx.ExecContext(ctx,
				`INSERT INTO project_usage (project_id, day, bytes, records) SELECT id, $2, $3, $4 FROM projects WHERE id = $1
				ON CONFLICT (project_id, day) DO UPDATE SET bytes = project_usage.bytes + excluded.bytes, records = project_usage.records + excluded.records`,
				u.ProjectID, u.Day, u.Bytes, u.Records)
			if err != nil {
				return fmt.Errorf("project %s, %s: %w", u.ProjectID, u.Day, err)
			}
		}
		for _, u := range tokens {
			if err := addTokenUsage(ctx, tx, u); err != nil {
				return fmt.Errorf("token %s, hour %d: %w", u.TokenID, u.Hour, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("add usage: %w", err)
	}
	return nil
}

// addTokenUsage adds to an hour in its place, in the stead of the hour that was there before. An older one than that comes too late.
func addTokenUsage(ctx context.Context, tx *sql.Tx, u TokenUsage) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO token_usage (token_id, place, hour, records) SELECT id, $2, $3, $4 FROM tokens WHERE id = $1
		ON CONFLICT (token_id, place) DO UPDATE SET hour = excluded.hour,
			records = excluded.records + CASE WHEN token_usage.hour = excluded.hour THEN token_usage.records ELSE 0 END
		WHERE token_usage.hour <= excluded.hour`,
		u.TokenID, u.Hour%UsageHours, u.Hour, u.Records)
	return err
}

// UsageOfTokens returns what was sent of late with each token of a project, by the token's id. Those with which nothing was sent are
// left out.
func (db *DB) UsageOfTokens(ctx context.Context, projectID string) (map[string]*Hourly, error) {
	return db.hourlyWhere(ctx, "project_id = $2", projectID)
}

// UsageOfKeys is UsageOfTokens for the API keys of an organisation.
func (db *DB) UsageOfKeys(ctx context.Context, organizationID string) (map[string]*Hourly, error) {
	return db.hourlyWhere(ctx, "organization_id = $2", organizationID)
}

// hourlyWhere returns what was sent with the tokens that fulfil a condition, whose argument is $2.
func (db *DB) hourlyWhere(ctx context.Context, condition, arg string) (map[string]*Hourly, error) {
	first := HourOf(db.now()) - UsageHours + 1
	rows, err := db.read.QueryContext(ctx,
		"SELECT token_id, hour, records FROM token_usage WHERE hour >= $1 AND token_id IN (SELECT id FROM tokens WHERE "+condition+")", first, arg)
	if err != nil {
		return nil, fmt.Errorf("usage of tokens: %w", err)
	}
	list, err := collect(rows, "usage of tokens", func(row scanner) (u TokenUsage, err error) {
		return u, row.Scan(&u.TokenID, &u.Hour, &u.Records)
	})
	byToken := map[string]*Hourly{}
	for _, u := range list {
		if byToken[u.TokenID] == nil {
			byToken[u.TokenID] = &Hourly{}
		}
		// Another server's clock may be ahead of ours.
		byToken[u.TokenID][min(u.Hour-first, UsageHours-1)] += u.Records
	}
	return byToken, err
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
