package meta

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// MaxKeepOld is how long a token may go on working after another took its place.
const MaxKeepOld = 30 * 24 * time.Hour

// Rotation says how a token takes the place of another.
type Rotation struct {
	// KeepOld is how long the old one goes on working, from 0 to MaxKeepOld, and never longer than it would have.
	KeepOld time.Duration
	// ExpiresAt is when the new one expires. Zero gives it as long a life as the old one had, for ever if that never expired.
	ExpiresAt time.Time
}

func (r *Rotation) validate(now time.Time) error {
	switch {
	case r.KeepOld < 0 || r.KeepOld > MaxKeepOld:
		return &InvalidError{"keep_old_hours", fmt.Sprintf("must be from 0 to %d", MaxKeepOld/time.Hour)}
	case !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(now):
		return &InvalidError{"expires_at", "must be in the future"}
	}
	return nil
}

// RotateToken makes a token that takes the place of an active one of a project, with the same description, and returns its
// text, which is kept nowhere. The error is an *InvalidError for a bad rotation, and ErrNotFound when the project has no
// active token of that kind and id.
func (db *DB) RotateToken(ctx context.Context, projectID string, kind Kind, id string, r Rotation) (Token, string, error) {
	return db.rotate(ctx, kind, id, tokenStart, r, "project_id = $3", projectID)
}

// ExpireToken makes a token of a project expire now, from now on. For one that opens nothing any more that changes nothing.
// ErrNotFound means that the project has no such token of that kind.
func (db *DB) ExpireToken(ctx context.Context, projectID string, kind Kind, id string) error {
	return db.alterToken(ctx, "expire", kind, id, "project_id = $3", []any{projectID}, func(tx *sql.Tx, t *Token) error {
		now := db.timestamp()
		if !t.Active(now) {
			return nil
		}
		if err := endAt(ctx, tx, t, now); err != nil {
			return err
		}
		return db.auditToken(ctx, tx, t, Updated, ", expired")
	})
}

// rotate makes a token, whose text begins with start, that takes the place of the one of an id and a kind that fulfils a
// condition, whose arguments are $3 and on.
func (db *DB) rotate(ctx context.Context, kind Kind, id, start string, r Rotation, condition string, args ...any) (next Token, text string, err error) {
	now := db.timestamp()
	if err := r.validate(now); err != nil {
		return Token{}, "", err
	}
	err = db.alterToken(ctx, "rotate", kind, id, condition, args, func(tx *sql.Tx, old *Token) error {
		if !old.Active(now) {
			return ErrNotFound
		}
		next = Token{
			ProjectID: old.ProjectID, OrganizationID: old.OrganizationID, Kind: kind, Scopes: old.Scopes, Name: old.Name, Description: old.Description,
			CreatedAt: now, ExpiresAt: truncate(r.ExpiresAt),
		}
		if next.ExpiresAt.IsZero() && !old.ExpiresAt.IsZero() {
			next.ExpiresAt = now.Add(old.ExpiresAt.Sub(old.CreatedAt))
		}
		end := now.Add(r.KeepOld)
		if !old.ExpiresAt.IsZero() && old.ExpiresAt.Before(end) {
			end = old.ExpiresAt
		}
		if err := endAt(ctx, tx, old, end); err != nil {
			return err
		}
		text, err = db.insertToken(ctx, tx, &next, start)
		if err != nil {
			return err
		}
		return db.auditToken(ctx, tx, old, Updated, ", replaced by "+next.Prefix+", works until "+end.Format(time.RFC3339))
	})
	if err != nil {
		return Token{}, "", err
	}
	return next, text, nil
}

// endAt says when a token expires.
func endAt(ctx context.Context, tx *sql.Tx, t *Token, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE tokens SET expires_at = $1 WHERE id = $2`, micros(at), t.ID)
	return err
}
