package meta

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// How long a session lasts.
const (
	SessionIdle = 7 * 24 * time.Hour  // without being used
	SessionLife = 30 * 24 * time.Hour // however much it is used
)

// Session is a browser in which a user is logged in. Its text is known only to that browser.
type Session struct {
	ID        string // UUID
	UserID    string
	Client    string // the browser, as it calls itself
	Address   string // where it logged in from
	CreatedAt time.Time
	UsedAt    time.Time // up to a minute late
	ExpiresAt time.Time // however much it is used
}

// active tells whether the session lets its user in at that time.
func (s *Session) active(at time.Time) bool {
	return at.Before(s.ExpiresAt) && at.Sub(s.UsedAt) < SessionIdle
}

// NewSession is a session to be.
type NewSession struct {
	UserID  string
	Client  string
	Address string
}

// CreateSession logs a user in and returns the session's text, which is kept nowhere. The error is ErrNotFound for an unknown
// user and ErrDisabled for one who may not log in. Sessions that are over are forgotten on the way.
func (db *DB) CreateSession(ctx context.Context, n NewSession) (_ Session, text string, _ error) {
	now := db.timestamp()
	text = randomText(secretLength)
	hash := sha256.Sum256([]byte(text))
	s := Session{
		ID: uuid.NewString(), UserID: n.UserID, Client: shortened(n.Client), Address: n.Address, CreatedAt: now, UsedAt: now, ExpiresAt: now.Add(SessionLife),
	}
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		user, _, err := userWhere(ctx, tx, "u.id = $1", n.UserID)
		if err != nil {
			return err
		}
		if !user.DisabledAt.IsZero() {
			return ErrDisabled
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at <= $1 OR used_at <= $2`, micros(now), micros(now.Add(-SessionIdle))); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx,
			`INSERT INTO sessions (id, user_id, hash, client, address, created_at, used_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			s.ID, s.UserID, hash[:], s.Client, s.Address, micros(now), micros(now), micros(s.ExpiresAt))
		if err != nil {
			return err
		}
		actor := Actor{UserID: user.ID, Name: user.Name, Address: n.Address}
		return db.audit(WithActor(ctx, actor), tx, "", "", Event{LoggedIn, "session", s.ID, s.Client})
	})
	if err != nil {
		return Session{}, "", fmt.Errorf("create session of user %s: %w", n.UserID, err)
	}
	return s, text, nil
}

const (
	sessionColumns = `s.id, s.user_id, s.client, s.address, s.created_at, s.used_at, s.expires_at`
	selectSession  = `SELECT ` + sessionColumns + `, s.hash, ` + userColumns + ` FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = $1`
)

type sessionRow struct {
	Session
	created, used, expires sql.NullInt64
}

func (s *sessionRow) places() []any {
	return []any{&s.ID, &s.UserID, &s.Client, &s.Address, &s.created, &s.used, &s.expires}
}

// session returns what was scanned.
func (s *sessionRow) session() Session {
	s.CreatedAt, s.UsedAt, s.ExpiresAt = timeOf(s.created), timeOf(s.used), timeOf(s.expires)
	return s.Session
}

// LookupSession returns the session of a text and its user, and notes its use. ErrNotFound stands for every text that lets
// nobody in: unknown, ended, over, or of a user who is disabled. Every call that begins after a session was ended refuses it.
func (db *DB) LookupSession(ctx context.Context, text string) (Session, User, error) {
	want := sha256.Sum256([]byte(text))
	var session sessionRow
	var user userRow
	var hash []byte
	places := append(append(session.places(), &hash), user.places()...)
	if err := db.read.QueryRowContext(ctx, selectSession, want[:]).Scan(places...); err != nil {
		return Session{}, User{}, fmt.Errorf("session: %w", absent(err))
	}
	s, u, now := session.session(), user.user(), db.timestamp()
	if subtle.ConstantTimeCompare(hash, want[:]) != 1 || !s.active(now) || !u.DisabledAt.IsZero() {
		return Session{}, User{}, fmt.Errorf("session: %w", ErrNotFound)
	}
	if now.Sub(s.UsedAt) >= noteEvery {
		if err := db.noteSession(ctx, s.ID, now); err != nil {
			return Session{}, User{}, err
		}
		s.UsedAt = now
	}
	return s, u, nil
}

// noteSession writes when a session was used: one request in a minute waits for it.
func (db *DB) noteSession(ctx context.Context, id string, at time.Time) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE sessions SET used_at = $1 WHERE id = $2 AND used_at < $1`, micros(at), id)
		return err
	})
	if err != nil {
		return fmt.Errorf("note use of session %s: %w", id, err)
	}
	return nil
}

// Sessions returns the sessions in which a user is logged in, the one that was used last first.
func (db *DB) Sessions(ctx context.Context, userID string) ([]Session, error) {
	now := db.timestamp()
	rows, err := db.read.QueryContext(ctx,
		`SELECT `+sessionColumns+` FROM sessions s WHERE s.user_id = $1 AND s.expires_at > $2 AND s.used_at > $3 ORDER BY s.used_at DESC, s.id`,
		userID, micros(now), micros(now.Add(-SessionIdle)))
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return collect(rows, "sessions", func(row scanner) (Session, error) {
		var s sessionRow
		err := row.Scan(s.places()...)
		return s.session(), err
	})
}

// EndSession logs a user out of one session, from now on. Ending it again changes nothing and is not logged again.
func (db *DB) EndSession(ctx context.Context, userID, id string) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if err := changed(tx.ExecContext(ctx, `DELETE FROM sessions WHERE id = $1 AND user_id = $2`, id, userID))(ErrNotFound); err != nil {
			return err
		}
		return db.audit(ctx, tx, "", "", Event{LoggedOut, "session", id, ""})
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("end session %s: %w", id, err)
	}
	return nil
}
