package meta

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Invitation lets one person into an organisation. Its text is known only to who made it, and to whom they told it.
type Invitation struct {
	ID             string // UUID
	OrganizationID string
	Organization   string // its name
	Role           Role
	Note           string // for whom it is, in the words of who made it
	CreatedBy      string // as people call them
	CreatedAt      time.Time
	ExpiresAt      time.Time
	ClaimedAt      time.Time // zero while nobody came
	ClaimedBy      string    // the address of who came
	RevokedAt      time.Time // zero while it is not revoked
}

// Open tells whether somebody may still come with the invitation at that time.
func (i *Invitation) Open(at time.Time) bool {
	return i.ClaimedAt.IsZero() && i.RevokedAt.IsZero() && at.Before(i.ExpiresAt)
}

// NewInvitation is an invitation to be.
type NewInvitation struct {
	OrganizationID string
	Role           Role
	Note           string    // at most 500 characters
	ExpiresAt      time.Time // in the future, at most MaxInvitation from now
}

// MaxInvitation is how long an invitation lasts at most.
const MaxInvitation = 30 * 24 * time.Hour

func (n *NewInvitation) validate(now time.Time) error {
	if err := n.Role.validate(); err != nil {
		return err
	}
	switch {
	case utf8.RuneCountInString(n.Note) > maxDescription:
		return &InvalidError{"note", fmt.Sprintf("must have at most %d characters", maxDescription)}
	case !n.ExpiresAt.After(now) || n.ExpiresAt.Sub(now) > MaxInvitation:
		return &InvalidError{"expires_at", fmt.Sprintf("must be in the future, at most %d days from now", MaxInvitation/(24*time.Hour))}
	}
	return nil
}

// CreateInvitation makes an invitation and returns its text, which is kept nowhere. The error is an *InvalidError for bad
// values and ErrNotFound for an unknown organisation.
func (db *DB) CreateInvitation(ctx context.Context, n NewInvitation) (i Invitation, text string, err error) {
	now := db.timestamp()
	if err := n.validate(now); err != nil {
		return Invitation{}, "", err
	}
	text = randomText(secretLength)
	hash := sha256.Sum256([]byte(text))
	id, by := uuid.NewString(), actorOf(ctx).Name
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := organizationNamed(ctx, tx, n.OrganizationID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO invitations (id, organization_id, role, hash, note, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			id, n.OrganizationID, string(n.Role), hash[:], n.Note, by, micros(now), micros(n.ExpiresAt))
		if err != nil {
			return err
		}
		if err := db.audit(ctx, tx, n.OrganizationID, "", Event{Inserted, "invitation", id, string(n.Role) + ": " + n.Note}); err != nil {
			return err
		}
		i, _, err = invitationWhere(ctx, tx, "i.id = $1", id)
		return err
	})
	if err != nil {
		return Invitation{}, "", fmt.Errorf("create invitation: %w", err)
	}
	return i, text, nil
}

const selectInvitation = `SELECT i.id, i.organization_id, o.name, i.role, i.note, i.created_by, i.created_at, i.expires_at, i.claimed_at, COALESCE(u.email, ''), i.revoked_at, i.hash
	FROM invitations i JOIN organizations o ON o.id = i.organization_id LEFT JOIN users u ON u.id = i.claimed_by WHERE `

func scanInvitation(row scanner) (i Invitation, hash []byte, err error) {
	var role string
	var created, expires, claimed, revoked sql.NullInt64
	err = row.Scan(&i.ID, &i.OrganizationID, &i.Organization, &role, &i.Note, &i.CreatedBy, &created, &expires, &claimed, &i.ClaimedBy, &revoked, &hash)
	i.Role = Role(role)
	i.CreatedAt, i.ExpiresAt, i.ClaimedAt, i.RevokedAt = timeOf(created), timeOf(expires), timeOf(claimed), timeOf(revoked)
	return i, hash, err
}

func invitationWhere(ctx context.Context, q querier, condition string, args ...any) (Invitation, []byte, error) {
	i, hash, err := scanInvitation(q.QueryRowContext(ctx, selectInvitation+condition, args...))
	if err != nil {
		return Invitation{}, nil, fmt.Errorf("invitation: %w", absent(err))
	}
	return i, hash, nil
}

// LookupInvitation returns the open invitation of a text. ErrNotFound stands for every text that lets nobody in: unknown,
// used, revoked or over.
func (db *DB) LookupInvitation(ctx context.Context, text string) (Invitation, error) {
	return db.openInvitation(ctx, db.read, text)
}

func (db *DB) openInvitation(ctx context.Context, q querier, text string) (Invitation, error) {
	want := sha256.Sum256([]byte(text))
	i, hash, err := invitationWhere(ctx, q, "i.hash = $1", want[:])
	if err != nil {
		return Invitation{}, err
	}
	if subtle.ConstantTimeCompare(hash, want[:]) != 1 || !i.Open(db.now()) {
		return Invitation{}, fmt.Errorf("invitation: %w", ErrNotFound)
	}
	return i, nil
}

// AcceptInvitation makes a user of who comes with an open invitation. Nobody can come with it again. The error is an
// *InvalidError for bad values, ErrNotFound for an invitation that is not open, and ErrExists when a user has the address:
// they log in, and then use JoinByInvitation.
func (db *DB) AcceptInvitation(ctx context.Context, text string, n NewUser) (u User, err error) {
	if err := n.normalise(); err != nil {
		return User{}, err
	}
	err = db.claim(ctx, text, func(ctx context.Context, tx *sql.Tx) (User, error) {
		u, err = db.insertUser(ctx, tx, n)
		return u, err
	})
	return u, err
}

// JoinByInvitation takes a user into the organisation of an open invitation. Nobody can come with it again. The error is
// ErrNotFound for an invitation that is not open or an unknown user, and ErrExists when they are a member already: the
// invitation stays open for somebody else.
func (db *DB) JoinByInvitation(ctx context.Context, text, userID string) error {
	return db.claim(ctx, text, func(ctx context.Context, tx *sql.Tx) (User, error) {
		u, _, err := userWhere(ctx, tx, "u.id = $1", userID)
		return u, err
	})
}

// claim lets the user that find returns in by an invitation.
func (db *DB) claim(ctx context.Context, text string, find func(context.Context, *sql.Tx) (User, error)) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		i, err := db.openInvitation(ctx, tx, text)
		if err != nil {
			return err
		}
		user, err := find(ctx, tx)
		if err != nil {
			return err
		}
		ctx := asUser(ctx, user)
		if err := db.insertMembership(ctx, tx, i.OrganizationID, user, i.Role); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE invitations SET claimed_at = $1, claimed_by = $2 WHERE id = $3`, micros(db.timestamp()), user.ID, i.ID)
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, i.OrganizationID, "", Event{InvitationClaimed, "invitation", i.ID, user.Email})
	})
	if err != nil {
		return fmt.Errorf("claim invitation: %w", err)
	}
	return nil
}

// Invitations returns the invitations of an organisation, the newest first, also those that are no longer open.
func (db *DB) Invitations(ctx context.Context, organizationID string) ([]Invitation, error) {
	rows, err := db.read.QueryContext(ctx, selectInvitation+`i.organization_id = $1 ORDER BY i.created_at DESC, i.id`, organizationID)
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return collect(rows, "invitations", func(row scanner) (Invitation, error) {
		i, _, err := scanInvitation(row)
		return i, err
	})
}

// RevokeInvitation closes an invitation, from now on. Closing one that nobody can come with changes nothing. ErrNotFound means
// that the organisation has no such invitation.
func (db *DB) RevokeInvitation(ctx context.Context, organizationID, id string) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		i, _, err := invitationWhere(ctx, tx, "i.id = $1 AND i.organization_id = $2", id, organizationID)
		if err != nil || !i.Open(db.now()) {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE invitations SET revoked_at = $1 WHERE id = $2`, micros(db.timestamp()), id); err != nil {
			return err
		}
		return db.audit(ctx, tx, organizationID, "", Event{InvitationRevoked, "invitation", id, i.Note})
	})
	if err != nil {
		return fmt.Errorf("revoke invitation %s: %w", id, err)
	}
	return nil
}
