package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// NewKey is an API key to be.
type NewKey struct {
	OrganizationID string
	ProjectID      string // the only project that it opens; empty for all of the organisation
	Name           string // 1 to 100 characters
	Description    string // at most 500 characters
	Scopes         []Scope
	ExpiresAt      time.Time // zero for never
}

// maxKeyName is how many characters the name of an API key has at most.
const maxKeyName = 100

// keyStart is how the text of an API key of an organisation begins: Logfire's clients know the shape.
func keyStart(organizationID string) string { return "pylf_v2_local_" + organizationID + "_" }

func validateKeyName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > maxKeyName {
		return &InvalidError{"name", fmt.Sprintf("must have 1 to %d characters", maxKeyName)}
	}
	return nil
}

func validateDescription(text string) error {
	if utf8.RuneCountInString(text) > maxDescription {
		return &InvalidError{"description", fmt.Sprintf("must have at most %d characters", maxDescription)}
	}
	return nil
}

func (n *NewKey) validate(now time.Time) error {
	n.Name = strings.TrimSpace(n.Name)
	if err := validateKeyName(n.Name); err != nil {
		return err
	}
	if err := validateDescription(n.Description); err != nil {
		return err
	}
	if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now) {
		return &InvalidError{"expires_at", "must be in the future"}
	}
	return validateScopes(n.Scopes, n.ProjectID)
}

// CreateKey makes an API key and returns its text, which is kept nowhere. Whether who asks may give those scopes away is the
// caller's to say. The error is an *InvalidError for bad values, and for a project that is not of the organisation.
func (db *DB) CreateKey(ctx context.Context, n NewKey) (Token, string, error) {
	now := db.timestamp()
	if err := n.validate(now); err != nil {
		return Token{}, "", err
	}
	t := Token{
		ProjectID: n.ProjectID, OrganizationID: n.OrganizationID, Kind: APIKey, Name: n.Name, Description: n.Description,
		Scopes: splitScopes(joinScopes(n.Scopes)), CreatedAt: now, ExpiresAt: truncate(n.ExpiresAt),
	}
	var text string
	err := db.inTx(ctx, func(tx *sql.Tx) (err error) {
		if n.ProjectID != "" {
			_, err := projectWhere(ctx, tx, "p.id = $1 AND p.organization_id = $2", n.ProjectID, n.OrganizationID)
			if errors.Is(err, ErrNotFound) {
				return &InvalidError{"project_id", "must be a project of the organisation"}
			}
			if err != nil {
				return err
			}
		}
		text, err = db.insertToken(ctx, tx, &t, keyStart(n.OrganizationID))
		return err
	})
	if err != nil {
		return Token{}, "", fmt.Errorf("create API key: %w", err)
	}
	return t, text, nil
}

// Keys returns the API keys of an organisation, the newest first, revoked and expired ones too.
func (db *DB) Keys(ctx context.Context, organizationID string) ([]Token, error) {
	return db.tokensWhere(ctx, "organization_id = $1", organizationID)
}

// Key returns an API key of an organisation by its id, a revoked or expired one too, or ErrNotFound.
func (db *DB) Key(ctx context.Context, organizationID, id string) (Token, error) {
	list, err := db.tokensWhere(ctx, "organization_id = $1 AND id = $2", organizationID, id)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("API key %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return Token{}, err
	}
	return list[0], nil
}

// KeyChange says what of an API key changes; nil stays as it is.
type KeyChange struct{ Name, Description *string }

// ChangeKey changes what an API key is called and returns what it is now. The error is an *InvalidError for bad values, and
// ErrNotFound when the organisation has no such key that is not revoked.
func (db *DB) ChangeKey(ctx context.Context, organizationID, id string, c KeyChange) (Token, error) {
	var t Token
	err := db.alterToken(ctx, "change", APIKey, id, "organization_id = $3", []any{organizationID}, func(tx *sql.Tx, stored *Token) error {
		t = *stored
		if !t.RevokedAt.IsZero() {
			return ErrNotFound
		}
		if c.Name != nil {
			t.Name = strings.TrimSpace(*c.Name)
		}
		if c.Description != nil {
			t.Description = *c.Description
		}
		if err := validateKeyName(t.Name); err != nil {
			return err
		}
		if err := validateDescription(t.Description); err != nil {
			return err
		}
		t.UpdatedAt, t.UpdatedByName = db.timestamp(), actorOf(ctx).Name
		_, err := tx.ExecContext(ctx, `UPDATE tokens SET name = $1, description = $2, updated_at = $3, updated_by_name = $4 WHERE id = $5`,
			t.Name, t.Description, micros(t.UpdatedAt), t.UpdatedByName, t.ID)
		if err != nil {
			return err
		}
		return db.auditToken(ctx, tx, &t, Updated, "")
	})
	return t, err
}

// RotateKey is RotateToken for an API key of an organisation.
func (db *DB) RotateKey(ctx context.Context, organizationID, id string, r Rotation) (Token, string, error) {
	return db.rotate(ctx, APIKey, id, keyStart(organizationID), r, "organization_id = $3", organizationID)
}

// RevokeKey is RevokeToken for an API key of an organisation.
func (db *DB) RevokeKey(ctx context.Context, organizationID, id string) error {
	return db.revoke(ctx, APIKey, id, "organization_id = $3", organizationID)
}
