package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Dashboard is a page of panels of a project. What its definition means is package board's business.
type Dashboard struct {
	ID         string // UUID
	ProjectID  string
	Slug       string // names it in addresses; unique in its project
	Name       string
	Definition string // JSON
	Panels     int    // how many panels the definition has
	Version    int    // 1 for a new one, one more with each change
	CreatedAt  time.Time
	UpdatedAt  time.Time
	CreatedBy  string // who, as people call them
	UpdatedBy  string
}

// NewDashboard is a dashboard to be.
type NewDashboard struct {
	ProjectID  string
	Slug       string // 1 to 100 characters: words of a-z and 0-9, joined by single hyphens
	Name       string // 1 to 200 characters
	Definition string // checked by package board, at most MaxDefinition
	Panels     int
	By         string
}

// DashboardChange changes what is not nil.
type DashboardChange struct {
	Slug       *string
	Name       *string
	Definition *string
	Panels     int // of the definition; does not count without one
	By         string
	// Version is the one that the change was made from; 0 changes whatever is there.
	Version int
}

// MaxDefinition bounds the definition of a dashboard, in bytes.
const MaxDefinition = 512 << 10

// MaxDashboards is how many dashboards a project may have.
const MaxDashboards = 1000

const (
	maxSlug        = 100
	maxDisplayName = 200
)

// ChangedError means that somebody else was faster: the dashboard is not the version that a change was made from.
type ChangedError struct {
	Version int // what it is now
	By      string
	At      time.Time
}

// Error tells who changed it.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("version %d was written by %s at %s", e.Version, e.By, e.At.Format(time.RFC3339))
}

func validateSlug(slug string) error {
	if slug == "" || len(slug) > maxSlug || !validName.MatchString(slug) {
		return &InvalidError{"slug", fmt.Sprintf("must be made of lower-case letters, digits and single hyphens between them, at most %d characters", maxSlug)}
	}
	return nil
}

func validateDisplayName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return &InvalidError{"name", "must not be empty"}
	case n > maxDisplayName:
		return &InvalidError{"name", fmt.Sprintf("must have at most %d characters", maxDisplayName)}
	}
	return nil
}

func validateDefinition(text string) error {
	if len(text) > MaxDefinition {
		return &InvalidError{"definition", fmt.Sprintf("must have at most %d bytes", MaxDefinition)}
	}
	return nil
}

// CreateDashboard makes a dashboard. The error is an *InvalidError for a bad value, ErrExists for a slug that is taken,
// and ErrNotFound for an unknown project.
func (db *DB) CreateDashboard(ctx context.Context, n NewDashboard) (Dashboard, error) {
	for _, err := range []error{validateSlug(n.Slug), validateDisplayName(n.Name), validateDefinition(n.Definition)} {
		if err != nil {
			return Dashboard{}, err
		}
	}
	now := db.timestamp()
	d := Dashboard{
		ID: uuid.NewString(), ProjectID: n.ProjectID, Slug: n.Slug, Name: n.Name, Definition: n.Definition, Panels: n.Panels, Version: 1,
		CreatedAt: now, UpdatedAt: now, CreatedBy: n.By, UpdatedBy: n.By,
	}
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := projectWhere(ctx, tx, "p.id = $1", n.ProjectID); err != nil {
			return err
		}
		if err := checkRoom(ctx, tx, "dashboards", n.ProjectID, MaxDashboards); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx,
			`INSERT INTO dashboards (id, project_id, slug, name, definition, panels, version, created_at, updated_at, created_by, updated_by)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (project_id, slug) DO NOTHING`,
			d.ID, d.ProjectID, d.Slug, d.Name, d.Definition, d.Panels, d.Version, micros(now), micros(now), d.CreatedBy, d.UpdatedBy)
		if err != nil {
			return err
		}
		if made, err := result.RowsAffected(); err != nil || made == 0 {
			return errors.Join(err, ErrExists)
		}
		return db.auditProject(ctx, tx, d.ProjectID, Event{Inserted, "dashboard", d.ID, d.Slug})
	})
	if err != nil {
		return Dashboard{}, fmt.Errorf("create dashboard %q: %w", n.Slug, err)
	}
	return d, nil
}

// checkRoom refuses one more row of a table when the project has most of them. table is ours, never a user's.
func checkRoom(ctx context.Context, q querier, table, projectID string, most int) error {
	var n int
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM `+table+` WHERE project_id = $1`, projectID).Scan(&n); err != nil {
		return err
	}
	if n >= most {
		return &InvalidError{"project", fmt.Sprintf("has %d %s, and no room for more", n, table)}
	}
	return nil
}

const selectDashboard = `SELECT id, project_id, slug, name, definition, panels, version, created_at, updated_at, created_by, updated_by FROM dashboards `

func scanDashboard(row scanner) (Dashboard, error) {
	var d Dashboard
	var created, updated sql.NullInt64
	err := row.Scan(&d.ID, &d.ProjectID, &d.Slug, &d.Name, &d.Definition, &d.Panels, &d.Version, &created, &updated, &d.CreatedBy, &d.UpdatedBy)
	d.CreatedAt, d.UpdatedAt = timeOf(created), timeOf(updated)
	return d, err
}

// Dashboards returns a project's dashboards by name, without their definitions.
func (db *DB) Dashboards(ctx context.Context, projectID string) ([]Dashboard, error) {
	rows, err := db.read.QueryContext(ctx,
		`SELECT id, project_id, slug, name, '', panels, version, created_at, updated_at, created_by, updated_by
		 FROM dashboards WHERE project_id = $1 ORDER BY name, slug`, projectID)
	if err != nil {
		return nil, fmt.Errorf("list dashboards: %w", err)
	}
	return collect(rows, "dashboards", scanDashboard)
}

// Dashboard returns a project's dashboard by its id or its slug, or ErrNotFound.
func (db *DB) Dashboard(ctx context.Context, projectID, name string) (Dashboard, error) {
	return dashboardNamed(ctx, db.read, projectID, name)
}

func dashboardNamed(ctx context.Context, q querier, projectID, name string) (Dashboard, error) {
	// A slug may look like an id: an id is meant first.
	d, err := scanDashboard(q.QueryRowContext(ctx,
		selectDashboard+`WHERE project_id = $1 AND (id = $2 OR slug = $3) ORDER BY CASE WHEN id = $4 THEN 0 ELSE 1 END LIMIT 1`,
		projectID, name, name, name))
	if err != nil {
		return Dashboard{}, fmt.Errorf("dashboard %q: %w", name, absent(err))
	}
	return d, nil
}

// ChangeDashboard changes a project's dashboard, which is named by its id or its slug, and returns what it is now. The
// error is a *ChangedError when the change was made from another version, an *InvalidError for a bad value, ErrExists
// for a slug that is taken, and ErrNotFound when there is no such dashboard.
func (db *DB) ChangeDashboard(ctx context.Context, projectID, name string, c DashboardChange) (d Dashboard, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if d, err = dashboardNamed(ctx, tx, projectID, name); err != nil {
			return err
		}
		if c.Version != 0 && c.Version != d.Version {
			return &ChangedError{Version: d.Version, By: d.UpdatedBy, At: d.UpdatedAt}
		}
		if err := d.apply(c); err != nil {
			return err
		}
		d.Version, d.UpdatedAt, d.UpdatedBy = d.Version+1, db.timestamp(), c.By
		if err := checkSlug(ctx, tx, d); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx,
			`UPDATE dashboards SET slug = $1, name = $2, definition = $3, panels = $4, version = $5, updated_at = $6, updated_by = $7 WHERE id = $8`,
			d.Slug, d.Name, d.Definition, d.Panels, d.Version, micros(d.UpdatedAt), d.UpdatedBy, d.ID)
		if err != nil {
			return err
		}
		return db.auditProject(ctx, tx, projectID, Event{Updated, "dashboard", d.ID, fmt.Sprintf("%s, version %d", d.Slug, d.Version)})
	})
	if err != nil {
		return Dashboard{}, fmt.Errorf("change dashboard %q: %w", name, err)
	}
	return d, nil
}

// apply takes over what changes.
func (d *Dashboard) apply(c DashboardChange) error {
	set(&d.Slug, c.Slug)
	set(&d.Name, c.Name)
	if c.Definition != nil {
		d.Definition, d.Panels = *c.Definition, c.Panels
	}
	for _, err := range []error{validateSlug(d.Slug), validateDisplayName(d.Name), validateDefinition(d.Definition)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkSlug returns ErrExists when another dashboard of the project has the slug.
func checkSlug(ctx context.Context, q querier, d Dashboard) error {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM dashboards WHERE project_id = $1 AND slug = $2 AND id <> $3`, d.ProjectID, d.Slug, d.ID).Scan(&n)
	if err == nil && n > 0 {
		err = ErrExists
	}
	return err
}

// DeleteDashboard deletes a project's dashboard, which is named by its id or its slug. ErrNotFound means that there is
// none.
func (db *DB) DeleteDashboard(ctx context.Context, projectID, name string) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		d, err := dashboardNamed(ctx, tx, projectID, name)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM dashboards WHERE id = $1`, d.ID); err != nil {
			return err
		}
		return db.auditProject(ctx, tx, projectID, Event{Deleted, "dashboard", d.ID, d.Slug})
	})
	if err != nil {
		return fmt.Errorf("delete dashboard %q: %w", name, err)
	}
	return nil
}
