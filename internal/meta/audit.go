package meta

import (
	"context"
	"database/sql"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// AuditEntry tells that something was done, or tried. It is never changed.
type AuditEntry struct {
	ID             string // UUID; those that one server wrote are in order
	CreatedAt      time.Time
	OrganizationID string // empty for what concerns the whole server
	ProjectID      string // empty for what concerns no project
	Actor
	Event
}

// Event is what was done.
type Event struct {
	Action       Action
	ResourceType string // the kind of thing, such as member
	ResourceID   string // empty when there is none, as of a login that failed
	Detail       string // what else there is to tell, for people; never a secret
}

// Action is what was done to a thing. The words are those of Logfire's audit log.
type Action string

// The actions.
const (
	Inserted          Action = "INSERT"
	Updated           Action = "UPDATE"
	Deleted           Action = "DELETE"
	LoggedIn          Action = "LOGIN"
	LoginFailed       Action = "FAILED_LOGIN"
	LoggedOut         Action = "LOGOUT"
	InvitationClaimed Action = "CLAIM_INVITATION"
	InvitationRevoked Action = "REVOKE_INVITATION"
)

// Actor is who does something.
type Actor struct {
	UserID  string // empty for who has no account: everyone in local mode, the operator's key, a stranger
	Name    string // as people call them
	Address string // where the request came from
}

type actorKey struct{}

// WithActor returns a context in which what is done is written into the audit log as the actor's.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// actorOf returns who acts in a context, or nobody: the server itself.
func actorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// asUser returns a context in which a user acts, from where the actor of ctx does.
func asUser(ctx context.Context, u User) context.Context {
	return WithActor(ctx, Actor{UserID: u.ID, Name: u.Name, Address: actorOf(ctx).Address})
}

// maxAuditText bounds what an entry takes over from strangers, in characters.
const maxAuditText = 200

// audit writes an entry in the transaction of what it tells of, so that neither is there without the other.
func (db *DB) audit(ctx context.Context, tx *sql.Tx, organizationID, projectID string, e Event) error {
	actor := actorOf(ctx)
	_, err := tx.ExecContext(ctx,
		`INSERT INTO audit_log (id, created_at, organization_id, project_id, user_id, user_name, address, action, resource_type, resource_id, detail)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		uuid.Must(uuid.NewV7()).String(), micros(db.timestamp()), organizationID, projectID, actor.UserID, actor.Name, actor.Address,
		string(e.Action), e.ResourceType, e.ResourceID, shortened(e.Detail))
	if err != nil {
		return fmt.Errorf("write audit log: %w", err)
	}
	return nil
}

// auditProject is audit for what concerns a project.
func (db *DB) auditProject(ctx context.Context, tx *sql.Tx, projectID string, e Event) error {
	project, err := projectWhere(ctx, tx, "p.id = $1", projectID)
	if err != nil {
		return err
	}
	return db.audit(ctx, tx, project.OrganizationID, project.ID, e)
}

func shortened(text string) string {
	if utf8.RuneCountInString(text) <= maxAuditText {
		return text
	}
	return string([]rune(text)[:maxAuditText-1]) + "…"
}

// RecordEvent writes an entry about something that changes nothing here, such as a login that failed.
func (db *DB) RecordEvent(ctx context.Context, organizationID string, e Event) error {
	return db.inTx(ctx, func(tx *sql.Tx) error { return db.audit(ctx, tx, organizationID, "", e) })
}

// MaxAuditEntries is how many entries one question gets at most.
const MaxAuditEntries = 1000

// AuditFilter selects entries of the audit log.
type AuditFilter struct {
	// OrganizationID is whose entries are meant. Those that concern the whole server are added: for the organisation local all of
	// them, for another one what its members did.
	OrganizationID string
	From, To       time.Time
	Action         Action // empty for every action
	Actor          string // the id or the name of who did it; empty for everyone
	ID             string // of the only entry that is meant; empty for every entry
	// Before selects the entries that stand after it in the answer: zero for all, AuditEntry.Place to go on after an entry.
	Before AuditPlace
	Limit  int // how many at most; 0 is MaxAuditEntries, which is the most
}

// AuditPlace is where an entry stands among others.
type AuditPlace struct {
	At time.Time
	ID string
}

// Place returns where the entry stands.
func (e *AuditEntry) Place() AuditPlace { return AuditPlace{e.CreatedAt, e.ID} }

// AuditLog returns the newest entries from From on and before To, the newest first.
func (db *DB) AuditLog(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	if f.Limit == 0 {
		f.Limit = MaxAuditEntries
	}
	if f.Before == (AuditPlace{}) {
		f.Before.At = f.To
	}
	rows, err := db.read.QueryContext(ctx,
		`SELECT id, created_at, organization_id, project_id, user_id, user_name, address, action, resource_type, resource_id, detail FROM audit_log
		 WHERE (organization_id = $1 OR organization_id = '' AND ($1 = $9 OR user_id IN (SELECT user_id FROM memberships WHERE organization_id = $1)))
		 AND created_at >= $2 AND created_at < $3 AND ($4 = '' OR action = $4) AND ($5 = '' OR user_id = $5 OR user_name = $5)
		 AND (created_at < $6 OR created_at = $6 AND id < $7) AND ($10 = '' OR id = $10)
		 ORDER BY created_at DESC, id DESC LIMIT $8`,
		f.OrganizationID, micros(f.From), micros(f.To), string(f.Action), f.Actor, micros(f.Before.At), f.Before.ID, min(f.Limit, MaxAuditEntries), db.organization.ID, f.ID)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return collect(rows, "audit log", scanAuditEntry)
}

func scanAuditEntry(row scanner) (AuditEntry, error) {
	var e AuditEntry
	var created sql.NullInt64
	var action string
	err := row.Scan(&e.ID, &created, &e.OrganizationID, &e.ProjectID, &e.UserID, &e.Name, &e.Address, &action, &e.ResourceType, &e.ResourceID, &e.Detail)
	e.CreatedAt, e.Action = timeOf(created), Action(action)
	return e, err
}
