package meta

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"
)

// User is a person on this server. What they may is said by their memberships.
type User struct {
	ID    string // UUID
	Email string // lower case; no other user has it
	Name  string
	// HasPassword tells that they can log in with a password. Who came by single sign-on has none.
	HasPassword bool
	CreatedAt   time.Time
	UpdatedAt   time.Time
	DisabledAt  time.Time // zero while they may log in
}

// Owner returns whose the things of the user are, as in Search.Owner and Token.Owner.
func (u *User) Owner() string { return ownerStart + u.ID }

const ownerStart = "user:"

// UserIDOf returns the id of the user who is an owner; ok is false for owners that are no users.
func UserIDOf(owner string) (id string, ok bool) { return strings.CutPrefix(owner, ownerStart) }

// NewUser is a person to be.
type NewUser struct {
	Email string // an address of mail, in any case
	Name  string // 1 to 200 characters
	// PasswordHash is what shall be kept of the password, as whoever compares it later wrote it; empty for none. This package
	// never sees passwords.
	PasswordHash string
	// Identity is who they are at a provider of OpenID Connect, with which they log in; zero for none.
	Identity IdentityKey
}

// ErrDisabled means that the user may not log in.
var ErrDisabled = errors.New("the user is disabled")

// maxEmail is the length of the longest path in SMTP (RFC 5321, section 4.5.3.1.3).
const maxEmail = 254

// NormalEmail returns an address as users have it: no two spellings of one differ.
func NormalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// normalise makes the fields what is kept, or tells what is wrong with them.
func (n *NewUser) normalise() error {
	n.Email, n.Name = NormalEmail(n.Email), strings.TrimSpace(n.Name)
	address, err := mail.ParseAddress(n.Email)
	switch {
	case len(n.Email) > maxEmail:
		return &InvalidError{"email", fmt.Sprintf("must have at most %d bytes", maxEmail)}
	case err != nil || address.Address != n.Email:
		return &InvalidError{"email", "must be an address such as ada@example.com"}
	}
	return validateDisplayName(n.Name)
}

// HasUsers tells whether there are people on this server: then nobody is let in without being one, or the operator.
func (db *DB) HasUsers(ctx context.Context) (bool, error) {
	var has bool
	if err := db.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users)`).Scan(&has); err != nil {
		return false, fmt.Errorf("look for users: %w", err)
	}
	return has, nil
}

// FirstPlace names where the first person of a server begins: an organisation and a project in it, by their names. Empty ones
// stand for those that every server has. What is not there is made; what is there stays as it is, with all that it holds.
type FirstPlace struct {
	Organization string // as Organization.Name
	Project      string // as NewProject.Name
}

// Validate tells what is wrong with the names, in *InvalidErrors.
func (f FirstPlace) Validate() error {
	f = f.named()
	return errors.Join(validateOrganization(f.Organization), validateName("project_name", f.Project))
}

// named returns the place with the names that empty ones stand for.
func (f FirstPlace) named() FirstPlace {
	return FirstPlace{cmp.Or(f.Organization, LocalOrganization), cmp.Or(f.Project, DefaultProject)}
}

// CreateFirstUser makes the first person of this server and the place where they begin, at once. They are an admin of the organisation
// local, of that of the place, and of all that were made while there was nobody; the audit log names them as who did it. The
// error is an *InvalidError for bad values, and ErrExists when there are people already, also those who came at the same moment.
func (db *DB) CreateFirstUser(ctx context.Context, n NewUser, place FirstPlace) (u User, err error) {
	if err := errors.Join(n.normalise(), place.Validate()); err != nil {
		return User{}, err
	}
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		var has bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users)`).Scan(&has); err != nil {
			return err
		}
		if has {
			return ErrExists
		}
		if u, err = db.insertUser(ctx, tx, n); err != nil {
			return err
		}
		ctx := asUser(ctx, u)
		if err := db.ensurePlace(ctx, tx, place.named()); err != nil {
			return err
		}
		all, err := organizations(ctx, tx)
		if err != nil {
			return err
		}
		for _, o := range all {
			if err := db.insertMembership(ctx, tx, o.ID, u, AdminRole); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return User{}, fmt.Errorf("create the first user: %w", err)
	}
	return u, nil
}

// ensurePlace makes what is not there of a place whose names are valid.
func (db *DB) ensurePlace(ctx context.Context, tx *sql.Tx, place FirstPlace) error {
	o, err := organizationNamed(ctx, tx, place.Organization)
	if errors.Is(err, ErrNotFound) {
		o, err = db.insertOrganization(ctx, tx, place.Organization)
	}
	if err != nil {
		return err
	}
	_, err = projectWhere(ctx, tx, "p.organization_id = $1 AND p.name = $2", o.ID, place.Project)
	if errors.Is(err, ErrNotFound) {
		_, err = db.insertProject(ctx, tx, o, NewProject{Name: place.Project})
	}
	return err
}

// CreateMember makes a person who is in an organisation from the start, by their own doing, as the audit log tells. The error is an
// *InvalidError for bad values, and ErrExists when a user has the address, or is the identity's.
func (db *DB) CreateMember(ctx context.Context, organizationID string, role Role, n NewUser) (u User, err error) {
	if err := errors.Join(n.normalise(), role.validate()); err != nil {
		return User{}, err
	}
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if u, err = db.insertUser(ctx, tx, n); err != nil {
			return err
		}
		return db.insertMembership(asUser(ctx, u), tx, organizationID, u, role)
	})
	if err != nil {
		return User{}, fmt.Errorf("create a member: %w", err)
	}
	return u, nil
}

// insertUser makes a person whose fields are normal, and who does so themself. ErrExists means that the address is taken, or that the
// identity is.
func (db *DB) insertUser(ctx context.Context, tx *sql.Tx, n NewUser) (User, error) {
	now := db.timestamp()
	u := User{ID: uuid.NewString(), Email: n.Email, Name: n.Name, HasPassword: n.PasswordHash != "", CreatedAt: now, UpdatedAt: now}
	ctx = asUser(ctx, u)
	err := changed(tx.ExecContext(ctx,
		`INSERT INTO users (id, email, name, password, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email) DO NOTHING`,
		u.ID, u.Email, u.Name, n.PasswordHash, micros(now), micros(now)))(ErrExists)
	if err == nil {
		err = db.audit(ctx, tx, "", "", Event{Inserted, "user", u.ID, u.Email})
	}
	if err == nil && n.Identity != (IdentityKey{}) {
		err = db.insertIdentity(ctx, tx, u.ID, n.Identity)
	}
	return u, err
}

const (
	userColumns = `u.id, u.email, u.name, u.password <> '', u.created_at, u.updated_at, u.disabled_at`
	selectUser  = `SELECT ` + userColumns + `, u.password FROM users u WHERE `
)

// userRow is where the userColumns go.
type userRow struct {
	User
	created, updated, disabled sql.NullInt64
}

func (u *userRow) places() []any {
	return []any{&u.ID, &u.Email, &u.Name, &u.HasPassword, &u.created, &u.updated, &u.disabled}
}

// user returns what was scanned.
func (u *userRow) user() User {
	u.CreatedAt, u.UpdatedAt, u.DisabledAt = timeOf(u.created), timeOf(u.updated), timeOf(u.disabled)
	return u.User
}

func userWhere(ctx context.Context, q querier, condition string, args ...any) (_ User, passwordHash string, _ error) {
	var row userRow
	err := q.QueryRowContext(ctx, selectUser+condition, args...).Scan(append(row.places(), &passwordHash)...)
	if err != nil {
		return User{}, "", fmt.Errorf("user: %w", absent(err))
	}
	return row.user(), passwordHash, nil
}

// User returns the user of an id, disabled ones too, or ErrNotFound.
func (db *DB) User(ctx context.Context, id string) (User, error) {
	u, _, err := userWhere(ctx, db.read, "u.id = $1", id)
	return u, err
}

// UserWithEmail returns the user of an address in any spelling, disabled ones too, and what is kept of their password: empty
// for none. ErrNotFound means that nobody has the address.
func (db *DB) UserWithEmail(ctx context.Context, email string) (_ User, passwordHash string, _ error) {
	return userWhere(ctx, db.read, "u.email = $1", NormalEmail(email))
}

// SetPassword changes what is kept of a user's password, and ends their PasswordReset and their sessions but the one with the id keep,
// which may be empty. ErrNotFound means that there is no such user.
func (db *DB) SetPassword(ctx context.Context, userID, passwordHash, keep string) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error { return db.setPassword(ctx, tx, userID, passwordHash, keep, "") })
	if err != nil {
		return fmt.Errorf("set password of user %s: %w", userID, err)
	}
	return nil
}

// setPassword is SetPassword in a transaction. how tells the audit log more.
func (db *DB) setPassword(ctx context.Context, tx *sql.Tx, userID, passwordHash, keep, how string) error {
	if err := changed(tx.ExecContext(ctx, `UPDATE users SET password = $1, updated_at = $2 WHERE id = $3`, passwordHash, micros(db.timestamp()), userID))(ErrNotFound); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1 AND id <> $2`, userID, keep); err != nil {
		return err
	}
	if err := endPasswordReset(ctx, tx, userID); err != nil {
		return err
	}
	return db.audit(ctx, tx, "", "", Event{Updated, "password", userID, how})
}

// RehashPassword changes what is kept of a password that is still the same, if it is still what was compared.
func (db *DB) RehashPassword(ctx context.Context, userID, was, is string) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE users SET password = $1 WHERE id = $2 AND password = $3`, is, userID, was)
		return err
	})
	if err != nil {
		return fmt.Errorf("hash password of user %s anew: %w", userID, err)
	}
	return nil
}

// SetUserDisabled says whether a user may log in. Disabling ends their sessions and their PasswordReset. The error is ErrNotFound for an
// unknown user and ErrLastAdmin when an organisation would have no admin left who may log in.
func (db *DB) SetUserDisabled(ctx context.Context, userID string, disabled bool) error {
	state := map[bool]string{true: "disabled", false: "enabled"}[disabled]
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		now, at := db.timestamp(), sql.NullInt64{}
		if disabled {
			at = micros(now)
		}
		if err := changed(tx.ExecContext(ctx, `UPDATE users SET disabled_at = $1, updated_at = $2 WHERE id = $3`, at, micros(now), userID))(ErrNotFound); err != nil {
			return err
		}
		if disabled {
			if err := checkAdmins(ctx, tx, userID); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1`, userID); err != nil {
				return err
			}
			if err := endPasswordReset(ctx, tx, userID); err != nil {
				return err
			}
		}
		return db.audit(ctx, tx, "", "", Event{Updated, "user", userID, state})
	})
	if err != nil {
		return fmt.Errorf("set user %s %s: %w", userID, state, err)
	}
	return nil
}
