package e2e

import (
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// postgresDatabase returns a new database of the PostgreSQL that HEARTH_TEST_POSTGRES names.
func postgresDatabase(t *testing.T, name string) string {
	t.Helper()
	server := os.Getenv("HEARTH_TEST_POSTGRES")
	if server == "" {
		t.Skip("there is no PostgreSQL: run by make test-e2e, or e2e/with-postgres go test")
	}
	place, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	// The newest client of Debian, which finds that of the server's release.
	output, err := exec.Command("createdb", "--host", place.Query().Get("host"), "--username", place.User.Username(), name).CombinedOutput()
	if err != nil {
		t.Fatalf("createdb: %v\n%s", err, output)
	}
	place.Path = "/" + name
	return place.String()
}

// hearthCommand runs a command of the program and returns what it said.
func hearthCommand(t *testing.T, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program(t), args...)
	command.Env = cleanEnv()
	output, err := command.CombinedOutput()
	return string(output), err
}

// TestMetaMovesToPostgres is the way of a team that outgrows the file: what it made and sent is all there afterwards.
func TestMetaMovesToPostgres(t *testing.T) {
	t.Parallel()
	dsn, dataDir := postgresDatabase(t, "moves"), t.TempDir()
	const count = "select count(*) from records where service_name = 'moved'"

	h := start(t, dataDir)
	if said, err := hearthCommand(t, "projects", "new", "teahouse", "--base-url", h.url); err != nil {
		t.Fatalf("projects new: %v\n%s", err, said)
	}
	h.sendSpans(t, "", spansRequest("moved", 1, requestSize, time.Now()))
	h.waitCount(t, requestSize, count)
	if said, err := hearthCommand(t, "meta", "copy", "--data-dir", dataDir, "--meta-dsn", dsn); err == nil || !strings.Contains(said, "in use") {
		t.Errorf("a copy under a running server: %v\n%s", err, said)
	}
	if code := h.stop(t); code != 0 {
		t.Fatalf("exit status %d", code)
	}
	if said, err := hearthCommand(t, "meta", "copy", "--data-dir", dataDir, "--meta-dsn", dsn); err != nil {
		t.Fatalf("meta copy: %v\n%s", err, said)
	}

	h = start(t, dataDir, "--meta-dsn", dsn)
	if list, err := hearthCommand(t, "projects", "list", "--base-url", h.url); err != nil || !strings.Contains(list, "teahouse") {
		t.Errorf("projects after the move: %v\n%s", err, list)
	}
	h.waitCount(t, requestSize, count)
	if said, err := hearthCommand(t, "projects", "new", "coffeehouse", "--base-url", h.url); err != nil {
		t.Fatalf("projects new: %v\n%s", err, said)
	}
	h.kill()

	h = start(t, dataDir, "--meta-dsn", dsn)
	if list, err := hearthCommand(t, "projects", "list", "--base-url", h.url); err != nil || !strings.Contains(list, "coffeehouse") {
		t.Errorf("projects after a crash: %v\n%s", err, list)
	}
	if logged := h.log.String(); strings.Contains(logged, dsn) {
		t.Error("the log holds the address of the database, whose password it may not tell")
	}
}
