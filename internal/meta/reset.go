package meta

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// PasswordReset lets somebody set a password who cannot log in, once. Its text is known only to who made it, and to whom they
// told it.
type PasswordReset struct {
	User      User   // whose password it is
	MadeBy    string // as people call them
	CreatedAt time.Time
	ExpiresAt time.Time
}

// PasswordResetLife is how long a PasswordReset can be used.
const PasswordResetLife = 24 * time.Hour

// NewPasswordReset is a reset to be.
type NewPasswordReset struct {
	UserID string // whose password it is
	// OrganizationID is where who makes it is an admin; empty for who runs the server.
	OrganizationID string
	// MakerID is the user who makes it; empty for who runs the server.
	MakerID string
}

// ErrOutOfReach means that a user is in an organisation whose admin who would reset their password is not: logged in as them, who
// made the link would be in there, too.
var ErrOutOfReach = errors.New("the user is in an organisation of other admins, too")

// CreatePasswordReset makes a reset and returns its text, which is kept nowhere. An earlier one of the user ends with it. The error is
// ErrNotFound for who is not in the organisation, ErrDisabled for who may not log in, and ErrOutOfReach.
func (db *DB) CreatePasswordReset(ctx context.Context, n NewPasswordReset) (made PasswordReset, text string, err error) {
	now := db.timestamp()
	text = randomText(secretLength)
	hash := sha256.Sum256([]byte(text))
	made = PasswordReset{MadeBy: actorOf(ctx).Name, CreatedAt: now, ExpiresAt: now.Add(PasswordResetLife)}
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if made.User, err = resettable(ctx, tx, n); err != nil {
			return err
		}
		if err := endPasswordReset(ctx, tx, n.UserID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO password_resets (user_id, hash, made_by, made_by_name, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			n.UserID, hash[:], sql.NullString{String: n.MakerID, Valid: n.MakerID != ""}, made.MadeBy, micros(now), micros(made.ExpiresAt))
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, n.OrganizationID, "", Event{Inserted, "password reset", n.UserID, made.User.Email})
	})
	if err != nil {
		return PasswordReset{}, "", fmt.Errorf("create password reset of user %s: %w", n.UserID, err)
	}
	return made, text, nil
}

// resettable returns the user of a reset to be, if who makes it may.
func resettable(ctx context.Context, tx *sql.Tx, n NewPasswordReset) (User, error) {
	user, _, err := userWhere(ctx, tx, "u.id = $1 AND ($2 = '' OR EXISTS (SELECT 1 FROM memberships WHERE user_id = u.id AND organization_id = $2))", n.UserID, n.OrganizationID)
	switch {
	case err != nil:
		return User{}, err
	case !user.DisabledAt.IsZero():
		return User{}, ErrDisabled
	}
	return user, checkReach(ctx, tx, n.MakerID, n.UserID)
}

// checkReach returns ErrOutOfReach where a user is in an organisation whose admin the maker of a reset is not, or may not log in to be.
// An empty maker runs the server.
func checkReach(ctx context.Context, q querier, makerID, userID string) error {
	if makerID == "" {
		return nil
	}
	var beyond bool
	err := q.QueryRowContext(ctx,
		`SELECT EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = $1 AND m.organization_id NOT IN (
			SELECT a.organization_id FROM memberships a JOIN users u ON u.id = a.user_id WHERE a.user_id = $2 AND a.role = 'admin' AND u.disabled_at IS NULL))`,
		userID, makerID).Scan(&beyond)
	if err == nil && beyond {
		err = ErrOutOfReach
	}
	return err
}

// LookupPasswordReset returns the reset of a text. ErrNotFound stands for every text with which nobody can set a password: unknown,
// used, over, followed by another, of a user who may not log in, or made by who could not make it now.
func (db *DB) LookupPasswordReset(ctx context.Context, text string) (PasswordReset, error) {
	return db.openPasswordReset(ctx, db.read, text)
}

func (db *DB) openPasswordReset(ctx context.Context, q querier, text string) (PasswordReset, error) {
	want := sha256.Sum256([]byte(text))
	var r PasswordReset
	var user userRow
	var hash []byte
	var maker sql.NullString
	var created, expires sql.NullInt64
	err := q.QueryRowContext(ctx,
		`SELECT r.hash, r.made_by, r.made_by_name, r.created_at, r.expires_at, `+userColumns+` FROM password_resets r JOIN users u ON u.id = r.user_id WHERE r.hash = $1`,
		want[:]).Scan(append([]any{&hash, &maker, &r.MadeBy, &created, &expires}, user.places()...)...)
	if err != nil {
		return PasswordReset{}, fmt.Errorf("password reset: %w", absent(err))
	}
	r.User, r.CreatedAt, r.ExpiresAt = user.user(), timeOf(created), timeOf(expires)
	if subtle.ConstantTimeCompare(hash, want[:]) != 1 || !db.now().Before(r.ExpiresAt) || !r.User.DisabledAt.IsZero() {
		return PasswordReset{}, fmt.Errorf("password reset: %w", ErrNotFound)
	}
	err = checkReach(ctx, q, maker.String, r.User.ID)
	if errors.Is(err, ErrOutOfReach) { // somebody joined or lost something since
		err = ErrNotFound
	}
	if err != nil {
		return PasswordReset{}, fmt.Errorf("password reset: %w", err)
	}
	return r, nil
}

// UsePasswordReset sets what is kept of a user's password, and ends all their sessions. Nobody can use the reset again. It returns the
// user, who did it. The error is ErrNotFound as that of LookupPasswordReset.
func (db *DB) UsePasswordReset(ctx context.Context, text, passwordHash string) (u User, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		reset, err := db.openPasswordReset(ctx, tx, text)
		if err != nil {
			return err
		}
		u = reset.User
		u.HasPassword, u.UpdatedAt = true, db.timestamp()
		return db.setPassword(asUser(ctx, u), tx, u.ID, passwordHash, "", "with a link of "+reset.MadeBy)
	})
	if err != nil {
		return User{}, fmt.Errorf("use password reset: %w", err)
	}
	return u, nil
}

// endPasswordReset makes a user's reset useless, if there is one.
func endPasswordReset(ctx context.Context, tx *sql.Tx, userID string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM password_resets WHERE user_id = $1`, userID)
	return err
}
