package meta

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// IdentityKey names a person at a provider of OpenID Connect, for ever.
type IdentityKey struct {
	Issuer  string // the provider's URL
	Subject string // as the provider calls them
}

// Identity says that a provider's person is a user of this server, who logs in with it.
type Identity struct {
	IdentityKey
	UserID    string
	CreatedAt time.Time
}

// ID returns a name for the identity that fits into a path: the hash of its key.
func (k IdentityKey) ID() string {
	hash := sha256.Sum256([]byte(k.Issuer + "\x00" + k.Subject))
	return hex.EncodeToString(hash[:16])
}

// UserOfIdentity returns whose an identity is, disabled users too, or ErrNotFound.
func (db *DB) UserOfIdentity(ctx context.Context, k IdentityKey) (User, error) {
	u, _, err := userWhere(ctx, db.read, "u.id = (SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2)", k.Issuer, k.Subject)
	return u, err
}

// LinkIdentity gives a user an identity to log in with. Saying it again changes nothing. The error is ErrNotFound for an unknown
// user and ErrExists when the identity is somebody else's.
func (db *DB) LinkIdentity(ctx context.Context, userID string, k IdentityKey) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if _, _, err := userWhere(ctx, tx, "u.id = $1", userID); err != nil {
			return err
		}
		var owner string
		err := tx.QueryRowContext(ctx, `SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2`, k.Issuer, k.Subject).Scan(&owner)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return db.insertIdentity(ctx, tx, userID, k)
		case err == nil && owner != userID:
			return ErrExists
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("link identity at %s to user %s: %w", k.Issuer, userID, err)
	}
	return nil
}

// insertIdentity gives a user an identity that nobody has, or returns ErrExists.
func (db *DB) insertIdentity(ctx context.Context, tx *sql.Tx, userID string, k IdentityKey) error {
	err := changed(tx.ExecContext(ctx,
		`INSERT INTO identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (issuer, subject) DO NOTHING`,
		k.Issuer, k.Subject, userID, micros(db.timestamp())))(ErrExists)
	if err != nil {
		return err
	}
	return db.audit(ctx, tx, "", "", Event{Inserted, "identity", userID, k.Issuer})
}

// Identities returns the identities of a user, the oldest first.
func (db *DB) Identities(ctx context.Context, userID string) ([]Identity, error) {
	return identitiesOf(ctx, db.read, userID)
}

func identitiesOf(ctx context.Context, q querier, userID string) ([]Identity, error) {
	rows, err := q.QueryContext(ctx, `SELECT issuer, subject, user_id, created_at FROM identities WHERE user_id = $1 ORDER BY created_at, issuer, subject`, userID)
	if err != nil {
		return nil, fmt.Errorf("list identities: %w", err)
	}
	return collect(rows, "identities", func(row scanner) (i Identity, err error) {
		var created sql.NullInt64
		err = row.Scan(&i.Issuer, &i.Subject, &i.UserID, &created)
		i.CreatedAt = timeOf(created)
		return i, err
	})
}

// ErrLastLogin means that a user would have nothing left to log in with.
var ErrLastLogin = errors.New("the last thing that a user logs in with")

// UnlinkIdentity takes an identity from a user, by IdentityKey.ID. Taking what they do not have changes nothing. The error is
// ErrLastLogin when they have no other and no password.
func (db *DB) UnlinkIdentity(ctx context.Context, userID, id string) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		list, err := identitiesOf(ctx, tx, userID)
		if err != nil {
			return err
		}
		for _, i := range list {
			if i.ID() == id {
				return db.unlink(ctx, tx, i, len(list) == 1)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("unlink identity of user %s: %w", userID, err)
	}
	return nil
}

func (db *DB) unlink(ctx context.Context, tx *sql.Tx, i Identity, last bool) error {
	_, hash, err := userWhere(ctx, tx, "u.id = $1", i.UserID)
	if err != nil {
		return err
	}
	if last && hash == "" {
		return ErrLastLogin
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM identities WHERE issuer = $1 AND subject = $2`, i.Issuer, i.Subject); err != nil {
		return err
	}
	return db.audit(ctx, tx, "", "", Event{Deleted, "identity", i.UserID, i.Issuer})
}
