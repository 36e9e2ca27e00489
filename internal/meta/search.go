package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Search is a question that somebody kept for later.
type Search struct {
	ID        string // UUID
	ProjectID string
	Owner     string // who made it: local, admin, or token: and the id of a read token
	Name      string
	Kind      SearchKind
	Query     string // as it was typed: of Live what stands in the search box, of Explore a statement
	Shared    bool   // everyone who may read the project sees it; else the owner alone
	Address   string // JSON object: what else the page's address held
	CreatedAt time.Time
	UpdatedAt time.Time
	CreatedBy string // the owner, as people call them
}

// SearchKind is the page on which a search was made.
type SearchKind string

// The kinds of searches.
const (
	LiveSearch    SearchKind = "live"
	ExploreSearch SearchKind = "explore"
)

// SearchChange changes what is not nil.
type SearchChange struct {
	Name    *string
	Kind    *SearchKind
	Query   *string
	Shared  *bool
	Address *string
}

const (
	maxSearchQuery   = 64 << 10 // bytes, as of a statement
	maxSearchAddress = 8 << 10  // bytes
	// MaxSearches is how many searches somebody may keep of a project.
	MaxSearches = 500
)

// ErrForbidden means that the thing is somebody else's.
var ErrForbidden = errors.New("belongs to somebody else")

// Person is who asks for searches.
type Person struct {
	Owner   string // as in Search.Owner
	Manages bool   // may change what others share
}

func (s *Search) validate() error {
	switch {
	case s.Kind != LiveSearch && s.Kind != ExploreSearch:
		return &InvalidError{"kind", "must be live or explore"}
	case len(s.Query) > maxSearchQuery:
		return &InvalidError{"query", fmt.Sprintf("must have at most %d bytes", maxSearchQuery)}
	case len(s.Address) > maxSearchAddress:
		return &InvalidError{"address", fmt.Sprintf("must have at most %d bytes", maxSearchAddress)}
	}
	return validateDisplayName(s.Name)
}

// CreateSearch keeps a search; its id and times are given to it. The error is an *InvalidError for a bad value and
// ErrNotFound for an unknown project.
func (db *DB) CreateSearch(ctx context.Context, s Search) (Search, error) {
	if err := s.validate(); err != nil {
		return Search{}, err
	}
	s.ID, s.CreatedAt = uuid.NewString(), db.timestamp()
	s.UpdatedAt = s.CreatedAt
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := projectWhere(ctx, tx, "p.id = $1", s.ProjectID); err != nil {
			return err
		}
		if err := checkSearches(ctx, tx, s); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO searches (id, project_id, owner, name, kind, query, shared, address, created_at, updated_at, created_by)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			s.ID, s.ProjectID, s.Owner, s.Name, string(s.Kind), s.Query, s.Shared, s.Address, micros(s.CreatedAt), micros(s.UpdatedAt), s.CreatedBy)
		return err
	})
	if err != nil {
		return Search{}, fmt.Errorf("keep search %q: %w", s.Name, err)
	}
	return s, nil
}

// checkSearches refuses one search more than somebody may keep.
func checkSearches(ctx context.Context, q querier, s Search) error {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM searches WHERE project_id = $1 AND owner = $2`, s.ProjectID, s.Owner).Scan(&n)
	if err == nil && n >= MaxSearches {
		err = &InvalidError{"name", fmt.Sprintf("would be one more than the %d searches that you have here; delete some", n)}
	}
	return err
}

const selectSearch = `SELECT id, project_id, owner, name, kind, query, shared, address, created_at, updated_at, created_by FROM searches `

func scanSearch(row scanner) (Search, error) {
	var s Search
	var kind string
	var created, updated sql.NullInt64
	err := row.Scan(&s.ID, &s.ProjectID, &s.Owner, &s.Name, &kind, &s.Query, &s.Shared, &s.Address, &created, &updated, &s.CreatedBy)
	s.Kind = SearchKind(kind)
	s.CreatedAt, s.UpdatedAt = timeOf(created), timeOf(updated)
	return s, err
}

// Searches returns the searches of a project that somebody sees, by name: their own and the shared ones.
func (db *DB) Searches(ctx context.Context, projectID string, p Person) ([]Search, error) {
	rows, err := db.read.QueryContext(ctx, selectSearch+`WHERE project_id = $1 AND (owner = $2 OR shared) ORDER BY name, created_at, id`, projectID, p.Owner)
	if err != nil {
		return nil, fmt.Errorf("list searches: %w", err)
	}
	return collect(rows, "searches", scanSearch)
}

// searchOf returns a search that p may change. What p cannot see is ErrNotFound, what p only sees ErrForbidden.
func searchOf(ctx context.Context, q querier, projectID string, p Person, id string) (Search, error) {
	s, err := scanSearch(q.QueryRowContext(ctx, selectSearch+`WHERE project_id = $1 AND id = $2`, projectID, id))
	switch {
	case err != nil:
		return Search{}, absent(err)
	case s.Owner == p.Owner || s.Shared && p.Manages:
		return s, nil
	case s.Shared:
		return Search{}, ErrForbidden
	}
	return Search{}, ErrNotFound
}

// ChangeSearch changes a search for p and returns what it is now. The error is an *InvalidError for a bad value,
// ErrForbidden for one that somebody else shares, and ErrNotFound when p sees no such search.
func (db *DB) ChangeSearch(ctx context.Context, projectID string, p Person, id string, c SearchChange) (s Search, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if s, err = searchOf(ctx, tx, projectID, p, id); err != nil {
			return err
		}
		s.Apply(c)
		if err := s.validate(); err != nil {
			return err
		}
		s.UpdatedAt = db.timestamp()
		_, err := tx.ExecContext(ctx, `UPDATE searches SET name = $1, kind = $2, query = $3, shared = $4, address = $5, updated_at = $6 WHERE id = $7`,
			s.Name, string(s.Kind), s.Query, s.Shared, s.Address, micros(s.UpdatedAt), s.ID)
		return err
	})
	if err != nil {
		return Search{}, fmt.Errorf("change search %s: %w", id, err)
	}
	return s, nil
}

// Apply takes over what a change names.
func (s *Search) Apply(c SearchChange) {
	set(&s.Name, c.Name)
	set(&s.Kind, c.Kind)
	set(&s.Query, c.Query)
	set(&s.Shared, c.Shared)
	set(&s.Address, c.Address)
}

// set takes over a value that is not nil.
func set[T any](dst, value *T) {
	if value != nil {
		*dst = *value
	}
}

// DeleteSearch forgets a search for p. Errors are those of ChangeSearch.
func (db *DB) DeleteSearch(ctx context.Context, projectID string, p Person, id string) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := searchOf(ctx, tx, projectID, p, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM searches WHERE id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete search %s: %w", id, err)
	}
	return nil
}
