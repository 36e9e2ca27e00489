package meta

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Kind is what a token allows.
type Kind string

// The kinds of tokens.
const (
	WriteToken Kind = "write" // send telemetry
	ReadToken  Kind = "read"  // query
	UserToken  Kind = "user"  // act for a person: make projects, and tokens of theirs
)

// Token is a key to one project, or of a person to what they may manage. Its text is known only to whoever made it.
type Token struct {
	ID          string // UUID
	ProjectID   string // empty of a user token
	Owner       string // whose a user token is, as Search.Owner; empty of the others
	Kind        Kind
	Prefix      string // the start of the text, to tell tokens apart
	Description string
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero for never
	LastUsedAt  time.Time // zero for never; up to a minute late
	RevokedAt   time.Time // zero while it is not revoked
}

// Active tells whether the token opens its project at that time.
func (t *Token) Active(at time.Time) bool {
	return t.RevokedAt.IsZero() && (t.ExpiresAt.IsZero() || at.Before(t.ExpiresAt))
}

// NewToken is a token to be: of a project, or of an owner if it is a user token.
type NewToken struct {
	ProjectID   string
	Owner       string
	Kind        Kind
	Description string    // at most 500 characters
	ExpiresAt   time.Time // zero for never
}

// The text of a token is tokenStart and secretLength characters of alphabet. The region "local" makes the official
// SDKs warn when they are given such a token and no base URL.
const (
	tokenStart   = "pylf_v1_local_"
	secretLength = 44
	prefixLength = len(tokenStart) + 5
	alphabet     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// mintToken returns a new text with 262 bits of randomness.
func mintToken() string { return tokenStart + randomText(secretLength) }

// randomText returns n random characters of the alphabet.
func randomText(n int) string {
	text := make([]byte, 0, n)
	var random [64]byte
	for len(text) < n {
		_, _ = rand.Read(random[:]) // never fails: the runtime stops the program instead
		for _, b := range random {
			// Bytes past the last whole multiple of the alphabet would make its first letters more likely.
			if int(b) < 256-256%len(alphabet) && len(text) < n {
				text = append(text, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(text)
}

type tokenHash = [sha256.Size]byte

// validate tells what is wrong with a token that shall be made now.
func (n *NewToken) validate(now time.Time) error {
	switch {
	case n.Kind != WriteToken && n.Kind != ReadToken && n.Kind != UserToken:
		return &InvalidError{"kind", "must be write, read or user"}
	case (n.Kind == UserToken) != (n.Owner != ""):
		return &InvalidError{"kind", "must be user for an owner, and for nobody else"}
	case n.Kind == UserToken && n.ProjectID != "":
		return &InvalidError{"kind", "must be write or read for a project"}
	case utf8.RuneCountInString(n.Description) > maxDescription:
		return &InvalidError{"description", fmt.Sprintf("must have at most %d characters", maxDescription)}
	case !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now):
		return &InvalidError{"expires_at", "must be in the future"}
	}
	return nil
}

// CreateToken makes a token and returns its text, which is kept nowhere. The error is an *InvalidError for a bad
// description or an expiry in the past, and ErrNotFound for an unknown project.
func (db *DB) CreateToken(ctx context.Context, n NewToken) (Token, string, error) {
	now := db.timestamp()
	if err := n.validate(now); err != nil {
		return Token{}, "", err
	}
	text := mintToken()
	t := Token{
		ID: uuid.NewString(), ProjectID: n.ProjectID, Owner: n.Owner, Kind: n.Kind, Prefix: text[:prefixLength], Description: n.Description,
		CreatedAt: now, ExpiresAt: truncate(n.ExpiresAt),
	}
	hash := sha256.Sum256([]byte(text))
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if n.Kind != UserToken {
			if _, err := projectWhere(ctx, tx, "p.id = $1", n.ProjectID); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO tokens (id, project_id, owner, kind, hash, prefix, description, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			t.ID, orNull(t.ProjectID), t.Owner, string(t.Kind), hash[:], t.Prefix, t.Description, micros(t.CreatedAt), micros(t.ExpiresAt))
		if err != nil {
			return err
		}
		return db.auditToken(ctx, tx, t.ProjectID, t.Kind, Event{Action: Inserted, ResourceID: t.ID, Detail: t.Prefix + " " + t.Description})
	})
	if err != nil {
		return Token{}, "", fmt.Errorf("create %s token: %w", n.Kind, err)
	}
	return t, text, nil
}

// auditToken is audit for a token, of a project or a user's.
func (db *DB) auditToken(ctx context.Context, tx *sql.Tx, projectID string, kind Kind, e Event) error {
	e.ResourceType = string(kind) + " token"
	if projectID == "" {
		return db.audit(ctx, tx, "", "", e)
	}
	return db.auditProject(ctx, tx, projectID, e)
}

func truncate(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Microsecond)
}

// orNull is NULL for the project of a user token.
func orNull(id string) sql.NullString { return sql.NullString{String: id, Valid: id != ""} }

const selectToken = `SELECT id, project_id, owner, kind, prefix, description, created_at, expires_at, last_used_at, revoked_at, hash FROM tokens `

// storedToken is a token and the hash of its text.
type storedToken struct {
	Token
	hash tokenHash
}

func scanToken(row scanner) (storedToken, error) {
	var t storedToken
	var kind string
	var project sql.NullString
	var hash []byte
	var created, expires, used, revoked sql.NullInt64
	err := row.Scan(&t.ID, &project, &t.Owner, &kind, &t.Prefix, &t.Description, &created, &expires, &used, &revoked, &hash)
	t.ProjectID, t.Kind = project.String, Kind(kind)
	t.CreatedAt, t.ExpiresAt, t.LastUsedAt, t.RevokedAt = timeOf(created), timeOf(expires), timeOf(used), timeOf(revoked)
	copy(t.hash[:], hash)
	return t, err
}

// LookupToken returns the active token of a text and notes its use. ErrNotFound stands for every text that opens
// nothing: unknown, revoked or expired. A token that was revoked is refused by every call that begins after
// RevokeToken returned.
func (db *DB) LookupToken(ctx context.Context, text string) (Token, error) {
	hash := sha256.Sum256([]byte(text))
	entry, generation := db.tokens.get(hash)
	if entry == nil {
		stored, err := scanToken(db.read.QueryRowContext(ctx, selectToken+"WHERE hash = $1", hash[:]))
		if err != nil {
			return Token{}, fmt.Errorf("token: %w", absent(err))
		}
		entry = db.tokens.put(stored, generation)
	}
	// What is compared are hashes, about which a caller learns nothing useful from timing. The comparison is
	// constant-time all the same, so that nobody has to think about it again.
	now := db.now()
	if subtle.ConstantTimeCompare(entry.hash[:], hash[:]) != 1 || !entry.Active(now) {
		return Token{}, fmt.Errorf("token: %w", ErrNotFound)
	}
	if entry.use(now) {
		db.uses.note(entry.ID, now)
	}
	return entry.Token, nil
}

// Tokens returns a project's tokens of one kind, the newest first, revoked and expired ones too.
func (db *DB) Tokens(ctx context.Context, projectID string, kind Kind) ([]Token, error) {
	return db.tokensWhere(ctx, "project_id = $1 AND kind = $2", projectID, string(kind))
}

// UserTokens returns the tokens of all people, the newest first, revoked and expired ones too.
func (db *DB) UserTokens(ctx context.Context) ([]Token, error) {
	return db.tokensWhere(ctx, "kind = $1", string(UserToken))
}

func (db *DB) tokensWhere(ctx context.Context, condition string, args ...any) ([]Token, error) {
	rows, err := db.read.QueryContext(ctx, selectToken+"WHERE "+condition+" ORDER BY created_at DESC, id", args...)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return collect(rows, "tokens", func(row scanner) (Token, error) {
		t, err := scanToken(row)
		return t.Token, err
	})
}

// RevokeToken closes a token of a project for good, from now on. Revoking it again changes nothing. ErrNotFound means
// that the project has no such token of that kind.
func (db *DB) RevokeToken(ctx context.Context, projectID string, kind Kind, id string) error {
	return db.revoke(ctx, kind, id, "project_id = $3", projectID)
}

// RevokeUserToken is RevokeToken for a user token of an owner; an empty one stands for all of them.
func (db *DB) RevokeUserToken(ctx context.Context, owner, id string) error {
	return db.revoke(ctx, UserToken, id, "(owner = $3 OR $3 = '')", owner)
}

// revoke closes the token of an id and a kind that fulfils a condition, whose arguments are $3 and on.
func (db *DB) revoke(ctx context.Context, kind Kind, id, condition string, args ...any) error {
	var t storedToken
	err := db.inTx(ctx, func(tx *sql.Tx) (err error) {
		t, err = scanToken(tx.QueryRowContext(ctx, selectToken+`WHERE id = $1 AND kind = $2 AND `+condition, append([]any{id, string(kind)}, args...)...))
		if err != nil || !t.RevokedAt.IsZero() {
			return absent(err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tokens SET revoked_at = $1 WHERE id = $2`, micros(db.timestamp()), id); err != nil {
			return err
		}
		return db.auditToken(ctx, tx, t.ProjectID, kind, Event{Action: Deleted, ResourceID: id, Detail: t.Prefix + " " + t.Description})
	})
	if err != nil {
		return fmt.Errorf("revoke token %s: %w", id, err)
	}
	db.tokens.drop(t.hash)
	return nil
}
