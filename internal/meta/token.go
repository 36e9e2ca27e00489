package meta

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Kind is what a token allows.
type Kind string

// The kinds of tokens.
const (
	WriteToken Kind = "write" // send telemetry
	ReadToken  Kind = "read"  // query
	UserToken  Kind = "user"  // act for a person: make projects, and tokens of theirs
	APIKey     Kind = "key"   // what its scopes say
)

// Token is a key to one project, or of a person to what they may manage, or of a program to what its scopes say. Its text is
// known only to whoever made it. Callers must not change Scopes: look-ups share it.
type Token struct {
	ID             string // UUID
	ProjectID      string // empty of a user token, and of an API key of a whole organisation
	OrganizationID string // of an API key; empty of the others
	Owner          string // whose a user token is, as Search.Owner; empty of the others
	Kind           Kind
	Scopes         []Scope // of an API key; sorted
	Prefix         string  // the start of the text, to tell tokens apart
	Name           string  // of an API key
	Description    string
	CreatedBy      string // the id of the user who made it; empty when nobody with an account did
	CreatedByName  string // as people called whoever made it then; empty when nobody knows
	CreatedAt      time.Time
	UpdatedByName  string    // who last changed an API key
	UpdatedAt      time.Time // when; zero for never
	ExpiresAt      time.Time // zero for never
	LastUse        Use       // zero At for never; up to a minute late
	RevokedAt      time.Time // zero while it is not revoked
}

// Use tells when a token was used, and by whom.
type Use struct {
	At time.Time
	Client
}

// Client is who sends requests.
type Client struct {
	Address string // without port; of a proxy where there is one in front
	Agent   string // as the client calls itself; it may be anything, and is cut when it is kept
}

type clientKey struct{}

// WithClient returns a context in which the tokens that are looked up are used by a client.
func WithClient(ctx context.Context, c Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

// Active tells whether the token opens its project at that time.
func (t *Token) Active(at time.Time) bool {
	return t.RevokedAt.IsZero() && (t.ExpiresAt.IsZero() || at.Before(t.ExpiresAt))
}

// Allows tells whether an API key may do what a scope is about.
func (t *Token) Allows(s Scope) bool { return slices.Contains(t.Scopes, s) }

// NewToken is a token to be: of a project, or of an owner if it is a user token. API keys are made with CreateKey.
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
	shownLength  = 5
	alphabet     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// mint returns a new text that begins with start and has 262 bits of randomness, and how much of it may be shown to tell it
// from others.
func mint(start string) (text, prefix string) {
	text = start + randomText(secretLength)
	return text, text[:len(start)+shownLength]
}

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
	case !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now):
		return &InvalidError{"expires_at", "must be in the future"}
	}
	return validateDescription(n.Description)
}

// CreateToken makes a token and returns its text, which is kept nowhere. The error is an *InvalidError for a bad
// description or an expiry in the past, and ErrNotFound for an unknown project.
func (db *DB) CreateToken(ctx context.Context, n NewToken) (Token, string, error) {
	now := db.timestamp()
	if err := n.validate(now); err != nil {
		return Token{}, "", err
	}
	t := Token{ProjectID: n.ProjectID, Owner: n.Owner, Kind: n.Kind, Description: n.Description, CreatedAt: now, ExpiresAt: truncate(n.ExpiresAt)}
	var text string
	err := db.inTx(ctx, func(tx *sql.Tx) (err error) {
		if n.Kind != UserToken {
			if _, err := projectWhere(ctx, tx, "p.id = $1", n.ProjectID); err != nil {
				return err
			}
		}
		text, err = db.insertToken(ctx, tx, &t, tokenStart)
		return err
	})
	if err != nil {
		return Token{}, "", fmt.Errorf("create %s token: %w", n.Kind, err)
	}
	return t, text, nil
}

// insertToken makes a token of whoever acts in ctx and returns its text, which begins with start.
func (db *DB) insertToken(ctx context.Context, tx *sql.Tx, t *Token, start string) (text string, _ error) {
	actor := actorOf(ctx)
	text, t.Prefix = mint(start)
	t.ID, t.CreatedBy, t.CreatedByName = uuid.NewString(), actor.UserID, actor.Name
	hash := sha256.Sum256([]byte(text))
	_, err := tx.ExecContext(ctx,
		`INSERT INTO tokens (id, project_id, organization_id, owner, kind, scopes, hash, prefix, name, description, created_by, created_by_name, created_at, updated_by_name, expires_at, used_address, used_client)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', $14, '', '')`,
		t.ID, orNull(t.ProjectID), orNull(t.OrganizationID), t.Owner, string(t.Kind), joinScopes(t.Scopes), hash[:], t.Prefix, t.Name, t.Description,
		t.CreatedBy, t.CreatedByName, micros(t.CreatedAt), micros(t.ExpiresAt))
	if err != nil {
		return "", err
	}
	return text, db.auditToken(ctx, tx, t, Inserted, "")
}

// auditToken is audit for what was done to a token. more says what else there is to tell.
func (db *DB) auditToken(ctx context.Context, tx *sql.Tx, t *Token, action Action, more string) error {
	e := Event{Action: action, ResourceType: string(t.Kind) + " token", ResourceID: t.ID, Detail: t.Prefix + " " + t.Description + more}
	switch {
	case t.Kind == APIKey:
		e.ResourceType, e.Detail = "API key", t.Prefix+" "+t.Name+more
		return db.audit(ctx, tx, t.OrganizationID, t.ProjectID, e)
	case t.ProjectID == "":
		return db.audit(ctx, tx, "", "", e)
	}
	return db.auditProject(ctx, tx, t.ProjectID, e)
}

func truncate(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Microsecond)
}

// orNull is NULL for the empty id.
func orNull(id string) sql.NullString { return sql.NullString{String: id, Valid: id != ""} }

const selectToken = `SELECT id, project_id, organization_id, owner, kind, scopes, prefix, name, description, created_by, created_by_name, created_at,
	updated_by_name, updated_at, expires_at, last_used_at, used_address, used_client, revoked_at, hash FROM tokens `

// storedToken is a token and the hash of its text.
type storedToken struct {
	Token
	hash tokenHash
}

func scanToken(row scanner) (storedToken, error) {
	var t storedToken
	var kind, scopes string
	var project, organization sql.NullString
	var hash []byte
	var created, updated, expires, used, revoked sql.NullInt64
	err := row.Scan(&t.ID, &project, &organization, &t.Owner, &kind, &scopes, &t.Prefix, &t.Name, &t.Description, &t.CreatedBy, &t.CreatedByName, &created,
		&t.UpdatedByName, &updated, &expires, &used, &t.LastUse.Address, &t.LastUse.Agent, &revoked, &hash)
	t.ProjectID, t.OrganizationID, t.Kind, t.Scopes = project.String, organization.String, Kind(kind), splitScopes(scopes)
	t.CreatedAt, t.UpdatedAt, t.ExpiresAt, t.RevokedAt = timeOf(created), timeOf(updated), timeOf(expires), timeOf(revoked)
	t.LastUse.At = timeOf(used)
	copy(t.hash[:], hash)
	return t, err
}

// LookupToken returns the active token of a text and notes its use, by the client that the context names. ErrNotFound stands for every text that opens
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
		client, _ := ctx.Value(clientKey{}).(Client)
		db.uses.note(entry.ID, Use{now, client})
	}
	return entry.Token, nil
}

// Recognises tells whether LookupToken found the text not long ago, without looking it up. Whether it still opens anything, LookupToken
// tells.
func (db *DB) Recognises(text string) bool { return db.tokens.has(sha256.Sum256([]byte(text))) }

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
	return db.alterToken(ctx, "revoke", kind, id, condition, args, func(tx *sql.Tx, t *Token) error {
		if !t.RevokedAt.IsZero() {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tokens SET revoked_at = $1 WHERE id = $2`, micros(db.timestamp()), id); err != nil {
			return err
		}
		return db.auditToken(ctx, tx, t, Deleted, "")
	})
}

// alterToken does something to a token, after which nothing that was known of it before counts: the token of an id and a kind
// that fulfils a condition, whose arguments are $3 and on. what is done is for errors.
func (db *DB) alterToken(ctx context.Context, what string, kind Kind, id, condition string, args []any, do func(tx *sql.Tx, t *Token) error) error {
	var t storedToken
	err := db.inTx(ctx, func(tx *sql.Tx) (err error) {
		t, err = scanToken(tx.QueryRowContext(ctx, selectToken+`WHERE id = $1 AND kind = $2 AND `+condition, append([]any{id, string(kind)}, args...)...))
		if err != nil {
			return absent(err)
		}
		return do(tx, &t.Token)
	})
	if err != nil {
		return fmt.Errorf("%s token %s: %w", what, id, err)
	}
	db.tokens.drop(t.hash)
	return nil
}
