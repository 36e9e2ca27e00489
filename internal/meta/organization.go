package meta

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Organization owns projects and channels, and has members.
type Organization struct {
	ID        string // UUID
	Name      string
	CreatedAt time.Time
}

// reservedNames are names that no organisation has: addresses of projects begin with the organisation, and these begin
// addresses of the server, and of what its web app may grow.
var reservedNames = []string{
	"admin", "api", "api-docs", "app", "assets", "auth", "auth-api", "docs", "healthz", "help", "login", "logout", "mcp", "metrics", "new",
	"oauth", "proxy", "public", "readyz", "scim", "settings", "setup", "static", "ui-api", "v1", "v1development", "v2",
}

func validateOrganization(name string) error {
	if slices.Contains(reservedNames, name) {
		return &InvalidError{"organization_name", "must not be " + name + ", which addresses of the server begin with"}
	}
	return validateName("organization_name", name)
}

// Organizations returns all organisations by name.
func (db *DB) Organizations(ctx context.Context) ([]Organization, error) {
	return organizations(ctx, db.read)
}

func organizations(ctx context.Context, q querier) ([]Organization, error) {
	rows, err := q.QueryContext(ctx, selectOrganization+`ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list organisations: %w", err)
	}
	return collect(rows, "organisations", scanOrganization)
}

// Organization returns the organisation of a name or an id, or ErrNotFound.
func (db *DB) Organization(ctx context.Context, nameOrID string) (Organization, error) {
	return organizationNamed(ctx, db.read, nameOrID)
}

// CreateOrganization makes an organisation, whose admin is the user of an id; with an empty one it has no members yet. The
// name has 2 to 50 characters: words of a-z and 0-9, joined by single hyphens. The error is an *InvalidError for a bad name,
// ErrExists for one that is taken, and ErrNotFound for an unknown user.
func (db *DB) CreateOrganization(ctx context.Context, name, adminID string) (Organization, error) {
	if err := validateOrganization(name); err != nil {
		return Organization{}, err
	}
	var o Organization
	err := db.inTx(ctx, func(tx *sql.Tx) (err error) {
		if o, err = db.insertOrganization(ctx, tx, name); err != nil || adminID == "" {
			return err
		}
		admin, _, err := userWhere(ctx, tx, "u.id = $1", adminID)
		if err != nil {
			return err
		}
		return db.insertMembership(ctx, tx, o.ID, admin, AdminRole)
	})
	if err != nil {
		return Organization{}, fmt.Errorf("create organisation %q: %w", name, err)
	}
	return o, nil
}

// insertOrganization makes an organisation of a valid name that has no members yet, or returns ErrExists.
func (db *DB) insertOrganization(ctx context.Context, tx *sql.Tx, name string) (Organization, error) {
	o := Organization{ID: uuid.NewString(), Name: name, CreatedAt: db.timestamp()}
	err := changed(tx.ExecContext(ctx, `INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING`,
		o.ID, o.Name, micros(o.CreatedAt)))(ErrExists)
	if err == nil {
		err = db.audit(ctx, tx, o.ID, "", Event{Inserted, "organization", o.ID, o.Name})
	}
	return o, err
}

// RenameOrganization gives an organisation another name, and so its projects other addresses; ids and tokens stay. The error
// is an *InvalidError for a bad name and for the organisation local, ErrExists for a name that is taken, and ErrNotFound for an
// unknown id.
func (db *DB) RenameOrganization(ctx context.Context, id, name string) (o Organization, err error) {
	if id == db.organization.ID && name != LocalOrganization {
		return Organization{}, &InvalidError{"organization_name", "must stay " + LocalOrganization + " for this organisation, which every server has"}
	}
	if err := validateOrganization(name); err != nil {
		return Organization{}, err
	}
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		var taken bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM organizations WHERE name = $1 AND id <> $2)`, name, id).Scan(&taken)
		if err == nil && taken {
			err = ErrExists
		}
		if err != nil {
			return err
		}
		if o, err = organizationNamed(ctx, tx, id); err != nil {
			return err
		}
		was := o.Name
		o.Name = name
		if err := changed(tx.ExecContext(ctx, `UPDATE organizations SET name = $1 WHERE id = $2`, name, id))(ErrNotFound); err != nil {
			return err
		}
		return db.audit(ctx, tx, id, "", Event{Updated, "organization", id, was + ", now " + name})
	})
	if err != nil {
		return Organization{}, fmt.Errorf("rename organisation %s: %w", id, err)
	}
	return o, nil
}

const selectOrganization = `SELECT id, name, created_at FROM organizations `

// organizationNamed returns the organisation of a name or an id: no name is a UUID.
func organizationNamed(ctx context.Context, q querier, nameOrID string) (Organization, error) {
	o, err := scanOrganization(q.QueryRowContext(ctx, selectOrganization+`WHERE name = $1 OR id = $1`, nameOrID))
	if err != nil {
		return Organization{}, fmt.Errorf("organisation %q: %w", nameOrID, absent(err))
	}
	return o, nil
}

func scanOrganization(row scanner) (Organization, error) {
	var o Organization
	var created sql.NullInt64
	err := row.Scan(&o.ID, &o.Name, &created)
	o.CreatedAt = timeOf(created)
	return o, err
}
