package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ProjectSettings is what people set for a project. Its zero value is that of a project of which nobody has set anything.
type ProjectSettings struct {
	// Repository is the address of a place in the project's code, with {file}, and if wanted {line} and {revision}, in it.
	Repository string
}

const maxRepository = 500

func (s ProjectSettings) validate() error {
	problem := func(text string, args ...any) error {
		return &InvalidError{"repository_url_template", fmt.Sprintf(text, args...)}
	}
	if s.Repository == "" {
		return nil
	}
	if len(s.Repository) > maxRepository {
		return problem("must have at most %d bytes", maxRepository)
	}
	if !strings.Contains(s.Repository, "{file}") {
		return problem("must have {file} in it, such as https://github.com/acme/shop/blob/{revision}/{file}#L{line}")
	}
	address, err := url.Parse(strings.NewReplacer("{file}", "f", "{line}", "1", "{revision}", "r").Replace(s.Repository))
	if err != nil || address.Host == "" || address.Scheme != "https" && address.Scheme != "http" {
		return problem("must be an address that begins with https:// or http://")
	}
	return nil
}

// ProjectSettings returns what is set for a project.
func (db *DB) ProjectSettings(ctx context.Context, projectID string) (ProjectSettings, error) {
	return projectSettings(ctx, db.read, projectID)
}

func projectSettings(ctx context.Context, q querier, projectID string) (ProjectSettings, error) {
	var s ProjectSettings
	err := q.QueryRowContext(ctx, `SELECT repository FROM project_settings WHERE project_id = $1`, projectID).Scan(&s.Repository)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return ProjectSettings{}, fmt.Errorf("settings of project %s: %w", projectID, err)
	}
	return s, nil
}

// ChangeProjectSettings changes what is set for a project: change gets what there is. The error is an *InvalidError for
// bad values.
func (db *DB) ChangeProjectSettings(ctx context.Context, projectID string, change func(*ProjectSettings)) (s ProjectSettings, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if s, err = projectSettings(ctx, tx, projectID); err != nil {
			return err
		}
		change(&s)
		if err := s.validate(); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO project_settings (project_id, repository) VALUES ($1, $2) ON CONFLICT (project_id) DO UPDATE SET repository = excluded.repository`,
			projectID, s.Repository)
		if err != nil {
			return err
		}
		return db.auditProject(ctx, tx, projectID, Event{Updated, "project settings", projectID, ""})
	})
	if err != nil {
		return ProjectSettings{}, fmt.Errorf("set settings of project %s: %w", projectID, err)
	}
	return s, nil
}
