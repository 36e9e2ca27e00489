package duckdb

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstancesAreLocked asks what pgsql would never let through: what stands behind it must refuse it too.
func TestInstancesAreLocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	apply(t, s, crashBatches()(1))
	other := *crashBatches()(2)
	other.Project = "other"
	apply(t, s, &other)
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(dir, "outside.csv")
	if err := os.WriteFile(outside, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	session := openSession(t, s, "crash")
	defer session.close()
	f, err := session.file(t.Context(), place{dayOf(benchDay.UnixNano()), recordsHalf})
	if err != nil {
		t.Fatal(err)
	}
	neighbour := filepath.Join(dir, projectsDir, "other", recordsOn(benchDay))
	if err := session.conn.begin(t.Context(), "UTC"); err != nil {
		t.Fatal(err)
	}
	check := func(statement, want string) {
		t.Helper()
		if err := session.conn.exec(t.Context(), statement); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want it refused because %q", statement, err, want)
		}
		// A refused statement may end the transaction; the next one gets its own.
		_ = session.conn.exec(t.Context(), "ROLLBACK")
		if err := session.conn.begin(t.Context(), "UTC"); err != nil {
			t.Fatal(err)
		}
	}
	const noFiles, locked, readOnly = "disabled by configuration", "configuration has been locked", "read-only mode"
	check("SELECT * FROM read_csv("+literal(outside)+")", noFiles)
	check("SELECT * FROM "+literal(outside), noFiles)
	check("SELECT * FROM read_text('/etc/passwd')", noFiles)
	check("COPY (SELECT 1) TO "+literal(filepath.Join(dir, "out.csv")), noFiles)
	check("ATTACH "+literal(neighbour)+" AS neighbour", noFiles)
	check("ATTACH "+literal(filepath.Join(dir, projectsDir, "crash", "..", "other", recordsOn(benchDay)))+" AS neighbour", noFiles)
	check("INSTALL httpfs", noFiles)
	check("LOAD httpfs", "disabled through configuration")
	check("SET threads=1", locked)
	check("SET enable_external_access=true", locked)
	check("SET lock_configuration=false", locked)
	check("SET allowed_directories=['/']", locked)
	check("SET temp_directory='/'", locked)
	check("DELETE FROM "+f.table(recordsTable), readOnly)
	check("UPDATE "+f.table(recordsTable)+" SET message = ''", readOnly)
	check("DROP TABLE "+f.table(recordsTable), readOnly)
	check("CREATE TABLE "+f.table("mine")+" (i INTEGER)", readOnly)
	if err := session.conn.queryAll(t.Context(), "SELECT 1; SELECT 2", func([]any) error { return nil }); err == nil || !strings.Contains(err.Error(), "multiple statements") {
		t.Errorf("two statements in one: %v", err)
	}
}
