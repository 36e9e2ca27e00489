package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// ErrPermanent means that it is one of the things that every server has, which are never deleted: the organisation local, its
// project default, and the project of what the server tells of itself.
var ErrPermanent = errors.New("every server has it")

// NotEmptyError means that an organisation is not deleted because it has projects.
type NotEmptyError struct{ Projects []string } // their names, in order

// Error names the projects.
func (e *NotEmptyError) Error() string {
	return "the organisation has projects: " + strings.Join(e.Projects, ", ")
}

// projectTables are the tables of what belongs to a project and goes with it. What refers to an alert goes with the alert.
var projectTables = []string{"tokens", "services", "dashboards", "searches", "alerts", "project_settings", "project_usage"}

// organizationTables are the tables of what belongs to an organisation without projects, and goes with it.
var organizationTables = []string{"tokens", "channels", "memberships", "invitations"}

// permanent tells whether a project is one that every server has.
func (db *DB) permanent(projectID string) bool {
	return projectID == db.project.ID || projectID == ServerProjectID
}

// DeleteProject deletes a project with everything that belongs to it. Its tokens, and API keys of it alone, are refused by every
// look-up that begins afterwards. Its records are elsewhere: DeletedProjects names it from then on, in the same transaction. The error
// is ErrPermanent for a project that every server has, and ErrNotFound for an unknown one.
func (db *DB) DeleteProject(ctx context.Context, id string) error {
	if db.permanent(id) {
		return fmt.Errorf("delete project %s: %w", id, ErrPermanent)
	}
	var hashes []tokenHash
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		project, err := projectWhere(ctx, tx, "p.id = $1", id)
		if err != nil {
			return err
		}
		if hashes, err = hashesWhere(ctx, tx, "project_id = $1", id); err != nil {
			return err
		}
		if err := deleteWith(ctx, tx, id, "project_id", projectTables, "projects"); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO deleted_projects (id, deleted_at) VALUES ($1, $2)`, id, micros(db.timestamp())); err != nil {
			return err
		}
		return db.audit(ctx, tx, project.OrganizationID, id, Event{Deleted, "project", id, project.Name})
	})
	if err != nil {
		return fmt.Errorf("delete project %s: %w", id, err)
	}
	db.forgetTokens(hashes)
	return nil
}

// DeletedProjects returns the ids of all projects that were ever deleted, the oldest deletion first. No project gets one of them
// again.
func (db *DB) DeletedProjects(ctx context.Context) ([]string, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT id FROM deleted_projects ORDER BY deleted_at, id`)
	if err != nil {
		return nil, fmt.Errorf("list deleted projects: %w", err)
	}
	return collect(rows, "deleted projects", func(row scanner) (id string, err error) { return id, row.Scan(&id) })
}

// DeleteOrganization deletes an organisation without projects: its members leave it, its channels, invitations and API keys go.
// The error is ErrPermanent for the organisation local, a *NotEmptyError for one with projects, and ErrNotFound for an unknown id.
func (db *DB) DeleteOrganization(ctx context.Context, id string) error {
	if id == db.organization.ID {
		return fmt.Errorf("delete organisation %s: %w", id, ErrPermanent)
	}
	var hashes []tokenHash
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		organization, err := organizationNamed(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := withoutProjects(ctx, tx, id); err != nil {
			return err
		}
		if hashes, err = hashesWhere(ctx, tx, "organization_id = $1", id); err != nil {
			return err
		}
		if err := deleteWith(ctx, tx, id, "organization_id", organizationTables, "organizations"); err != nil {
			return err
		}
		// Its own log has no readers any more.
		return db.audit(ctx, tx, "", "", Event{Deleted, "organization", id, organization.Name})
	})
	if err != nil {
		return fmt.Errorf("delete organisation %s: %w", id, err)
	}
	db.forgetTokens(hashes)
	return nil
}

// withoutProjects returns a *NotEmptyError for an organisation that has projects.
func withoutProjects(ctx context.Context, tx *sql.Tx, organizationID string) error {
	rows, err := tx.QueryContext(ctx, `SELECT name FROM projects WHERE organization_id = $1 ORDER BY name`, organizationID)
	if err != nil {
		return fmt.Errorf("list projects: %w", err)
	}
	names, err := collect(rows, "projects", func(row scanner) (name string, err error) { return name, row.Scan(&name) })
	if err == nil && len(names) > 0 {
		err = &NotEmptyError{names}
	}
	return err
}

// deleteWith deletes from tables what a column says to belong to a thing, and then the thing from its own table.
func deleteWith(ctx context.Context, tx *sql.Tx, id, column string, tables []string, table string) error {
	for _, of := range tables {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+of+" WHERE "+column+" = $1", id); err != nil {
			return fmt.Errorf("from %s: %w", of, err)
		}
	}
	return changed(tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE id = $1", id))(ErrNotFound)
}

// hashesWhere returns the hashes of the tokens that fulfil a condition.
func hashesWhere(ctx context.Context, tx *sql.Tx, condition string, args ...any) ([]tokenHash, error) {
	rows, err := tx.QueryContext(ctx, selectToken+"WHERE "+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return collect(rows, "tokens", func(row scanner) (tokenHash, error) {
		t, err := scanToken(row)
		return t.hash, err
	})
}

// forgetTokens makes look-ups ask the database for tokens again.
func (db *DB) forgetTokens(hashes []tokenHash) {
	for _, hash := range hashes {
		db.tokens.drop(hash)
	}
}
