package meta

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

var start = time.Date(2026, 5, 27, 13, 16, 36, 517_321_000, time.UTC)

func openTest(t *testing.T, path string, c *clock) *DB {
	t.Helper()
	db, err := Open(t.Context(), path, Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func newTest(t *testing.T) (*DB, *clock) {
	t.Helper()
	c := &clock{start}
	return openTest(t, newPlace(t), c), c
}

// newPlace returns where a new database may be: a file, or a database of the PostgreSQL that HEARTH_TEST_POSTGRES names.
func newPlace(t *testing.T) string {
	t.Helper()
	server := os.Getenv("HEARTH_TEST_POSTGRES")
	if server == "" {
		return filepath.Join(t.TempDir(), "meta.db")
	}
	place, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	administer(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { administer(t, server, "DROP DATABASE "+name) })
	place.Path = "/" + name
	return place.String()
}

// administering keeps statements from running side by side: two databases cannot be copied from one template at a time.
var administering sync.Mutex

func administer(t *testing.T, server, statement string) {
	t.Helper()
	administering.Lock()
	defer administering.Unlock()
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(context.WithoutCancel(t.Context()), statement)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestFirstOpenMakesTheDefaults(t *testing.T) {
	t.Parallel()
	c := &clock{start}
	path := newPlace(t)
	db := openTest(t, path, c)
	first := db.DefaultProject()
	if first.Organization != "local" || first.Name != "default" || !first.CreatedAt.Equal(start) {
		t.Errorf("default project = %+v", first)
	}
	for _, id := range []string{first.ID, first.OrganizationID} {
		if _, err := uuid.Parse(id); err != nil {
			t.Errorf("id %q: %v", id, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	c.at = start.Add(time.Hour)
	again := openTest(t, path, c)
	if diff := cmp.Diff(first, again.DefaultProject()); diff != "" {
		t.Errorf("the second open sees another default project (-first +second):\n%s", diff)
	}
	if list, err := again.Projects(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("projects after the second open = %v, %v", list, err)
	}
	if list, err := again.Organizations(t.Context()); err != nil || len(list) != 1 || list[0].Name != "local" {
		t.Errorf("organisations = %v, %v", list, err)
	}
	if err := again.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTheFileIsPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "100% odd?name#.db")
	openTest(t, path, &clock{start})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, want 0600", info.Mode().Perm())
	}
}

// A command that looks after a server must not change the tables under it.
func TestBesideAServerTheSchemaStaysAsItIs(t *testing.T) {
	t.Parallel()
	path := newPlace(t)
	db := openTest(t, path, &clock{start})
	beside, err := Open(t.Context(), path, Options{Beside: true})
	if err != nil || beside.DefaultProject() != db.DefaultProject() {
		t.Fatalf("beside a server of this release: %v", err)
	}
	if err := beside.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.write.ExecContext(t.Context(), `DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{Beside: true}); !errors.Is(err, ErrOlder) {
		t.Errorf("beside a server of an older release = %v, want ErrOlder", err)
	}
}

func TestOpenRefusesANewerSchema(t *testing.T) {
	t.Parallel()
	path := newPlace(t)
	db := openTest(t, path, &clock{start})
	if _, err := db.write.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("open = %v, want ErrNewer", err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "absent", "meta.db"), garbage} {
		if db, err := Open(t.Context(), path, Options{}); err == nil || !strings.Contains(err.Error(), filepath.Base(path)) {
			t.Errorf("open %s = %v, %v; want an error that names the file", path, db, err)
		}
	}
}

func TestCreateProject(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	made, err := db.CreateProject(t.Context(), NewProject{Organization: "local", Name: "demo-2", Description: "näher"})
	if err != nil {
		t.Fatal(err)
	}
	byID, err := db.Project(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	byName, err := db.ProjectNamed(t.Context(), "local", "demo-2")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made, byID); diff != "" {
		t.Errorf("by id (-made +read):\n%s", diff)
	}
	if diff := cmp.Diff(made, byName); diff != "" {
		t.Errorf("by name (-made +read):\n%s", diff)
	}
	list, err := db.Projects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Project{db.DefaultProject(), made}, list); diff != "" {
		t.Errorf("projects (-want +got):\n%s", diff)
	}
	if _, err := db.CreateProject(t.Context(), NewProject{Organization: "local", Name: "demo-2"}); !errors.Is(err, ErrExists) {
		t.Errorf("the same name again = %v, want ErrExists", err)
	}
	if _, err := db.CreateProject(t.Context(), NewProject{Organization: "other", Name: "demo"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown organisation = %v, want ErrNotFound", err)
	}
	if _, err := db.Project(t.Context(), uuid.NewString()); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown id = %v, want ErrNotFound", err)
	}
	if _, err := db.ProjectNamed(t.Context(), "local", "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown name = %v, want ErrNotFound", err)
	}
}

func TestTheServersOwnProject(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	for range 2 { // the second time it is there
		p, err := db.ServerProject(t.Context())
		if err != nil || p.ID != ServerProjectID || p.Name != "hearth" || p.Organization != "local" {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	if list, err := db.Projects(t.Context()); err != nil || len(list) != 2 || list[0].Name != "default" {
		t.Errorf("projects %+v, %v", list, err)
	}

	taken, _ := newTest(t)
	if _, err := taken.CreateProject(t.Context(), NewProject{Organization: LocalOrganization, Name: ServerProjectName}); err != nil {
		t.Fatal(err)
	}
	if _, err := taken.ServerProject(t.Context()); !errors.Is(err, ErrExists) {
		t.Errorf("over somebody's project: %v", err)
	}
}

func TestProjectNames(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	good := []string{"ab", "a-b-c", "0x", strings.Repeat("a", 50)}
	bad := []string{"", "a", "-ab", "ab-", "a--b", "Ab", "a_b", "a b", "ä-b", "ab\n", strings.Repeat("a", 51)}
	for _, name := range good {
		if _, err := db.CreateProject(t.Context(), NewProject{Organization: "local", Name: name}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range bad {
		_, err := db.CreateProject(t.Context(), NewProject{Organization: "local", Name: name})
		var invalid *InvalidError
		if !errors.As(err, &invalid) || invalid.Field != "project_name" || invalid.Msg == "" {
			t.Errorf("%q: %v, want an InvalidError of project_name", name, err)
		}
	}
	_, err := db.CreateProject(t.Context(), NewProject{Organization: "local", Name: "long", Description: strings.Repeat("ä", 501)})
	var invalid *InvalidError
	if !errors.As(err, &invalid) || invalid.Field != "description" {
		t.Errorf("a long description = %v, want an InvalidError of description", err)
	}
}

func TestCancelledContextStops(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Projects(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("projects = %v, want context.Canceled", err)
	}
	if _, err := db.CreateProject(ctx, NewProject{Organization: "local", Name: "demo"}); !errors.Is(err, context.Canceled) {
		t.Errorf("create = %v, want context.Canceled", err)
	}
}
