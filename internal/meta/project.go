package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Project owns records and tokens.
type Project struct {
	ID             string // UUID
	OrganizationID string
	Organization   string // its name
	Name           string
	Description    string
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// NewProject is a project to be.
type NewProject struct {
	Organization string // name or id
	Name         string // 2 to 50 characters: words of a-z and 0-9, joined by single hyphens
	Description  string // at most 500 characters
}

const (
	minName        = 2
	maxName        = 50
	maxDescription = 500
)

var validName = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)

// validateName checks the name of an organisation or a project, which is a part of addresses. No name is a UUID, so that who
// names one by either is understood.
func validateName(field, name string) error {
	switch {
	case len(name) < minName:
		return &InvalidError{field, fmt.Sprintf("must have at least %d characters", minName)}
	case len(name) > maxName:
		return &InvalidError{field, fmt.Sprintf("must have at most %d characters", maxName)}
	case !validName.MatchString(name):
		return &InvalidError{field, "must be made of lower-case letters, digits and single hyphens between them"}
	case uuid.Validate(name) == nil:
		return &InvalidError{field, "must not be a UUID"}
	}
	return nil
}

func (p *NewProject) validate() error {
	if err := validateName("project_name", p.Name); err != nil {
		return err
	}
	return validateProjectDescription(p.Description)
}

func validateProjectDescription(description string) error {
	if utf8.RuneCountInString(description) > maxDescription {
		return &InvalidError{"description", fmt.Sprintf("must have at most %d characters", maxDescription)}
	}
	return nil
}

// DefaultProject returns the project that exists from the first open on, as it was then described. It reads no file.
func (db *DB) DefaultProject() Project { return db.project }

// ensureDefaults makes the organisation and the project that always exist, and reads them.
func (db *DB) ensureDefaults(ctx context.Context) error {
	now := micros(db.timestamp())
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING`,
			uuid.NewString(), LocalOrganization, now)
		if err != nil {
			return fmt.Errorf("create organisation %s: %w", LocalOrganization, err)
		}
		db.organization, err = organizationNamed(ctx, tx, LocalOrganization)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx,
			`INSERT INTO projects (id, organization_id, name, description, created_at, updated_at) VALUES ($1, $2, $3, '', $4, $5)
			 ON CONFLICT (organization_id, name) DO NOTHING`,
			uuid.NewString(), db.organization.ID, DefaultProject, now, now)
		if err != nil {
			return fmt.Errorf("create project %s: %w", DefaultProject, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	db.project, err = projectWhere(ctx, db.write, "o.name = $1 AND p.name = $2", LocalOrganization, DefaultProject)
	return err
}

// querier is what reads: a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// CreateProject makes a project. The error is an *InvalidError for a bad name or description, ErrExists for a name
// that is taken, and ErrNotFound for an unknown organisation.
func (db *DB) CreateProject(ctx context.Context, n NewProject) (Project, error) {
	if err := n.validate(); err != nil {
		return Project{}, err
	}
	var p Project
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		organization, err := organizationNamed(ctx, tx, n.Organization)
		if err == nil {
			p, err = db.insertProject(ctx, tx, organization, n)
		}
		return err
	})
	if err != nil {
		return Project{}, fmt.Errorf("create project %q: %w", n.Name, err)
	}
	return p, nil
}

// insertProject makes a project, whose fields are valid, in an organisation, or returns ErrExists.
func (db *DB) insertProject(ctx context.Context, tx *sql.Tx, o Organization, n NewProject) (Project, error) {
	now := db.timestamp()
	p := Project{ID: uuid.NewString(), OrganizationID: o.ID, Organization: o.Name, Name: n.Name, Description: n.Description, CreatedAt: now, UpdatedAt: now}
	err := changed(tx.ExecContext(ctx,
		`INSERT INTO projects (id, organization_id, name, description, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
		 ON CONFLICT (organization_id, name) DO NOTHING`,
		p.ID, p.OrganizationID, p.Name, p.Description, micros(now), micros(now)))(ErrExists)
	if err == nil {
		err = db.audit(ctx, tx, p.OrganizationID, p.ID, Event{Inserted, "project", p.ID, p.Name})
	}
	return p, err
}

// ProjectChange is what shall be different of a project. What is nil stays.
type ProjectChange struct {
	Name        *string // as of a NewProject
	Description *string
}

func (c *ProjectChange) validate() error {
	if c.Name != nil {
		if err := validateName("project_name", *c.Name); err != nil {
			return err
		}
	}
	if c.Description != nil {
		return validateProjectDescription(*c.Description)
	}
	return nil
}

// ChangeProject changes a project and returns it. Another name gives it other addresses; its id, tokens and records stay. The error is an
// *InvalidError for a bad name or description and for another name of a project that every server has, ErrExists for a name that is
// taken, and ErrNotFound for an unknown id.
func (db *DB) ChangeProject(ctx context.Context, id string, c ProjectChange) (p Project, err error) {
	if err := c.validate(); err != nil {
		return Project{}, err
	}
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		was, err := projectWhere(ctx, tx, "p.id = $1", id)
		if err != nil {
			return err
		}
		p = was
		if c.Name != nil {
			p.Name = *c.Name
		}
		if c.Description != nil {
			p.Description = *c.Description
		}
		if p == was {
			return nil
		}
		return db.updateProject(ctx, tx, &p, was.Name)
	})
	if err != nil {
		return Project{}, fmt.Errorf("change project %s: %w", id, err)
	}
	return p, nil
}

// updateProject writes the name and the description of a project.
func (db *DB) updateProject(ctx context.Context, tx *sql.Tx, p *Project, was string) error {
	detail := p.Name
	if p.Name != was {
		if db.permanent(p.ID) {
			return &InvalidError{"project_name", "must stay " + was + " for this project, which every server has"}
		}
		detail = was + ", now " + p.Name
	}
	var taken bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM projects WHERE organization_id = $1 AND name = $2 AND id <> $3)`, p.OrganizationID, p.Name, p.ID).Scan(&taken)
	if err == nil && taken {
		err = ErrExists
	}
	if err != nil {
		return err
	}
	p.UpdatedAt = db.timestamp()
	_, err = tx.ExecContext(ctx, `UPDATE projects SET name = $1, description = $2, updated_at = $3 WHERE id = $4`, p.Name, p.Description, micros(p.UpdatedAt), p.ID)
	if err != nil {
		return err
	}
	return db.audit(ctx, tx, p.OrganizationID, p.ID, Event{Updated, "project", p.ID, detail})
}

// ServerProject returns the project of what the server tells of itself, and makes it when it is absent. ErrExists means
// that a project of somebody's has its name.
func (db *DB) ServerProject(ctx context.Context) (Project, error) {
	now := micros(db.timestamp())
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO projects (id, organization_id, name, description, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
			 ON CONFLICT DO NOTHING`,
			ServerProjectID, db.organization.ID, ServerProjectName, "What this server tells of itself.", now, now)
		return err
	})
	if err != nil {
		return Project{}, fmt.Errorf("create project %s: %w", ServerProjectName, err)
	}
	project, err := db.Project(ctx, ServerProjectID)
	if errors.Is(err, ErrNotFound) {
		return Project{}, fmt.Errorf("project %s: %w", ServerProjectName, ErrExists)
	}
	return project, err
}

const selectProject = `SELECT p.id, p.organization_id, o.name, p.name, p.description, p.created_at, p.updated_at
	FROM projects p JOIN organizations o ON o.id = p.organization_id `

// Projects returns all projects by organisation and name.
func (db *DB) Projects(ctx context.Context) ([]Project, error) {
	rows, err := db.read.QueryContext(ctx, selectProject+`ORDER BY o.name, p.name`)
	if err != nil {
		return nil, fmt.Errorf("list projects: %w", err)
	}
	return collect(rows, "projects", scanProject)
}

// Project returns the project of an id, or ErrNotFound.
func (db *DB) Project(ctx context.Context, id string) (Project, error) {
	return projectWhere(ctx, db.read, "p.id = $1", id)
}

// ProjectNamed returns the project of a name in an organisation, which goes by its name or its id, or ErrNotFound.
func (db *DB) ProjectNamed(ctx context.Context, organization, name string) (Project, error) {
	return projectWhere(ctx, db.read, "(o.name = $1 OR o.id = $1) AND p.name = $2", organization, name)
}

func projectWhere(ctx context.Context, q querier, condition string, args ...any) (Project, error) {
	p, err := scanProject(q.QueryRowContext(ctx, selectProject+"WHERE "+condition, args...))
	if err != nil {
		return Project{}, fmt.Errorf("project: %w", absent(err))
	}
	return p, nil
}

// scanner is one row.
type scanner interface{ Scan(dst ...any) error }

func scanProject(row scanner) (Project, error) {
	var p Project
	var created, updated sql.NullInt64
	err := row.Scan(&p.ID, &p.OrganizationID, &p.Organization, &p.Name, &p.Description, &created, &updated)
	p.CreatedAt, p.UpdatedAt = timeOf(created), timeOf(updated)
	return p, err
}

// collect reads and closes rows. An empty list is not nil.
func collect[T any](rows *sql.Rows, what string, scan func(scanner) (T, error)) (_ []T, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	list := []T{}
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", what, err)
		}
		list = append(list, item)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	return list, nil
}

func absent(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
