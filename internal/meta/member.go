package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Role is what somebody may do in an organisation and its projects.
type Role string

// The roles; each may what the ones after it may.
const (
	AdminRole    Role = "admin"     // members, keys, settings
	MemberRole   Role = "member"    // make things that others see
	ReadOnlyRole Role = "read-only" // look
)

// rank orders the roles. A role that is none has rank 0.
func (r Role) rank() int {
	return map[Role]int{ReadOnlyRole: 1, MemberRole: 2, AdminRole: 3}[r]
}

// Includes tells whether who has the role may do what other may. A role that is none includes nothing and is in none.
func (r Role) Includes(other Role) bool { return other.rank() > 0 && r.rank() >= other.rank() }

func (r Role) validate() error {
	if r.rank() == 0 {
		return &InvalidError{"role", "must be admin, member or read-only"}
	}
	return nil
}

// ErrLastAdmin means that an organisation would have no admin left who may log in.
var ErrLastAdmin = errors.New("the last admin of an organisation")

// Membership is the role of a user in an organisation.
type Membership struct {
	OrganizationID string
	Organization   string // its name
	Role           Role
}

// Member is a user as an organisation sees them.
type Member struct {
	User
	Role   Role
	Since  time.Time
	SeenAt time.Time // when a session of theirs was last used; zero when they have none
}

// Memberships returns a user's roles by the names of the organisations.
func (db *DB) Memberships(ctx context.Context, userID string) ([]Membership, error) {
	rows, err := db.read.QueryContext(ctx,
		`SELECT o.id, o.name, m.role FROM memberships m JOIN organizations o ON o.id = m.organization_id WHERE m.user_id = $1 ORDER BY o.name`, userID)
	if err != nil {
		return nil, fmt.Errorf("list memberships: %w", err)
	}
	return collect(rows, "memberships", func(row scanner) (m Membership, err error) {
		var role string
		err = row.Scan(&m.OrganizationID, &m.Organization, &role)
		m.Role = Role(role)
		return m, err
	})
}

// Members returns the people of an organisation by name, disabled ones too.
func (db *DB) Members(ctx context.Context, organizationID string) ([]Member, error) {
	rows, err := db.read.QueryContext(ctx,
		`SELECT `+userColumns+`, m.role, m.created_at, (SELECT max(s.used_at) FROM sessions s WHERE s.user_id = u.id)
		 FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.organization_id = $1 ORDER BY u.name, u.email`, organizationID)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return collect(rows, "members", func(row scanner) (Member, error) {
		var user userRow
		var role string
		var since, seen sql.NullInt64
		err := row.Scan(append(user.places(), &role, &since, &seen)...)
		return Member{User: user.user(), Role: Role(role), Since: timeOf(since), SeenAt: timeOf(seen)}, err
	})
}

func (db *DB) insertMembership(ctx context.Context, tx *sql.Tx, organizationID string, u User, role Role) error {
	now := micros(db.timestamp())
	err := changed(tx.ExecContext(ctx,
		`INSERT INTO memberships (organization_id, user_id, role, created_at, updated_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, user_id) DO NOTHING`,
		organizationID, u.ID, string(role), now, now))(ErrExists)
	if err != nil {
		return err
	}
	return db.audit(ctx, tx, organizationID, "", Event{Inserted, "member", u.ID, u.Email + " as " + string(role)})
}

// SetRole changes the role of a member. The error is an *InvalidError for a role that is none, ErrNotFound for who is no
// member, and ErrLastAdmin.
func (db *DB) SetRole(ctx context.Context, organizationID, userID string, role Role) error {
	if err := role.validate(); err != nil {
		return err
	}
	return db.changeMembership(ctx, organizationID, userID, Event{Updated, "member", userID, "now " + string(role)},
		`UPDATE memberships SET role = $3, updated_at = $4 WHERE organization_id = $1 AND user_id = $2`, string(role), micros(db.timestamp()))
}

// RemoveMember takes a user out of an organisation; they stay a user of the server. The error is ErrNotFound for who is no
// member, and ErrLastAdmin.
func (db *DB) RemoveMember(ctx context.Context, organizationID, userID string) error {
	return db.changeMembership(ctx, organizationID, userID, Event{Deleted, "member", userID, ""},
		`DELETE FROM memberships WHERE organization_id = $1 AND user_id = $2`)
}

// changeMembership runs a statement for one membership, whose further arguments are $3 and on.
func (db *DB) changeMembership(ctx context.Context, organizationID, userID string, e Event, statement string, args ...any) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if err := changed(tx.ExecContext(ctx, statement, append([]any{organizationID, userID}, args...)...))(ErrNotFound); err != nil {
			return err
		}
		if err := checkAdmin(ctx, tx, organizationID); err != nil {
			return err
		}
		return db.audit(ctx, tx, organizationID, "", e)
	})
	if err != nil {
		return fmt.Errorf("change member %s: %w", userID, err)
	}
	return nil
}

// activeAdmin is true of an organisation with an admin who may log in. Its id stands before.
const activeAdmin = ` IN (SELECT m.organization_id FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.role = 'admin' AND u.disabled_at IS NULL)`

// checkAdmin refuses an organisation without an admin who may log in.
func checkAdmin(ctx context.Context, tx *sql.Tx, organizationID string) error {
	return checkNone(ctx, tx, `SELECT EXISTS (SELECT 1 FROM organizations o WHERE o.id = $1 AND NOT o.id`+activeAdmin+`)`, organizationID)
}

// checkAdmins is checkAdmin for all organisations whose admin a user is.
func checkAdmins(ctx context.Context, tx *sql.Tx, userID string) error {
	return checkNone(ctx, tx,
		`SELECT EXISTS (SELECT 1 FROM memberships a WHERE a.user_id = $1 AND a.role = 'admin' AND NOT a.organization_id`+activeAdmin+`)`, userID)
}

func checkNone(ctx context.Context, tx *sql.Tx, exists, id string) error {
	var without bool
	if err := tx.QueryRowContext(ctx, exists, id).Scan(&without); err != nil {
		return err
	}
	if without {
		return ErrLastAdmin
	}
	return nil
}
