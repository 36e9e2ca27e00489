package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

func TestDeletedProjectsAreDroppedOnceAndTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		var more, repaired atomic.Bool
		dropped := make(chan string, 4)
		d := newDeletion(func(context.Context) ([]string, error) {
			if more.Load() {
				return []string{"a", "b", "c"}, nil
			}
			return []string{"a", "b"}, nil
		}, func(_ context.Context, project string) error {
			dropped <- project
			if project == "a" && !repaired.Load() {
				return errors.New("no disk") // must not keep the others from it
			}
			return nil
		}, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { d.run(ctx); close(done) }()
		check := func(when, want string) {
			t.Helper()
			synctest.Wait()
			got := ""
			for len(dropped) > 0 {
				got += <-dropped
			}
			if got != want {
				t.Errorf("%s: dropped %q, want %q", when, got, want)
			}
		}
		check("at the start", "ab")
		if !strings.Contains(log.String(), "no disk") {
			t.Errorf("log %s", &log)
		}
		d.poke()
		check("poked, while it still fails", "a")
		repaired.Store(true)
		time.Sleep(deleteEvery) // of the bubble's own clock
		check("a minute later", "a")
		more.Store(true)
		d.poke()
		check("another one", "c")
		time.Sleep(deleteEvery)
		check("when all are gone", "")
		cancel()
		<-done
	})
}

func TestAListThatCannotBeReadIsReadAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		asked, dropped := 0, 0
		d := newDeletion(func(context.Context) ([]string, error) {
			if asked++; asked == 1 {
				return nil, errors.New("no database")
			}
			return []string{"a"}, nil
		}, func(context.Context, string) error {
			dropped++
			return nil
		}, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { d.run(ctx); close(done) }()
		synctest.Wait()
		if dropped != 0 || !strings.Contains(log.String(), "no database") {
			t.Errorf("dropped %d; log %s", dropped, &log)
		}
		d.poke()
		synctest.Wait()
		if dropped != 1 {
			t.Errorf("dropped %d times, want once", dropped)
		}
		cancel()
		<-done
	})
}

// deletionEnv names the data folder of a child process that deletes a project, and is killed before its records go.
const deletionEnv = "HEARTH_TEST_DELETION_DIR"

// deletionChild sends to the projects shop and default, deletes shop without its records, says its id, and waits to be killed.
func deletionChild(dir string) error {
	ctx := context.Background()
	s, err := Open(ctx, Config{Listen: "127.0.0.1:0", GRPCListen: "off", DataDir: dir, Retention: Forever})
	if err != nil {
		return err
	}
	project, err := s.meta.CreateProject(ctx, meta.NewProject{Organization: "local", Name: "shop"})
	if err != nil {
		return err
	}
	send := func(project, message string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Origin()+"/v1/logs", strings.NewReader(logRequest(message)))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Hearth-Project", project)
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %w", resp.Status, err)
		}
		return nil
	}
	if err := send("shop", "on the disk"); err != nil {
		return err
	}
	for days := 0; days == 0; {
		stats, err := s.store.Stats(ctx, project.ID)
		if err != nil {
			return err
		}
		days = len(stats)
	}
	if err := s.store.Sync(ctx); err != nil {
		return err
	}
	if err := errors.Join(send("shop", "in the write-ahead log"), send("default", "of default")); err != nil {
		return err
	}
	s.background() // or the records would go
	if err := s.meta.DeleteProject(ctx, project.ID); err != nil {
		return err
	}
	fmt.Println(project.ID)
	select {}
}

// A crash between the deletion of a project and that of its records leaves the records to the next start.
func TestADeletionThatACrashCutShortIsFinished(t *testing.T) {
	t.Parallel()
	c := config(t)
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), deletionEnv+"="+c.DataDir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	id, readErr := bufio.NewReader(out).ReadString('\n')
	if err := child.Process.Kill(); err != nil || readErr != nil {
		t.Fatal(err, readErr)
	}
	_ = child.Wait() // it was killed
	id = strings.TrimSpace(id)
	folder := filepath.Join(c.DataDir, "projects", id)
	if !exists(t, folder) {
		t.Fatal("nothing was left to delete: the test proves nothing")
	}

	s := open(t, c)
	if got := messages(t, s, 1); len(got) != 1 || got[0] != "of default" {
		t.Errorf("default has %q", got)
	}
	if exists(t, folder) {
		t.Error("the folder of the deleted project is there after the next start")
	}
	again, err := s.meta.CreateProject(t.Context(), meta.NewProject{Organization: "local", Name: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	for _, project := range []string{id, again.ID} {
		if stats, err := s.store.Stats(t.Context(), project); err != nil || len(stats) != 0 {
			t.Errorf("the store holds of %s: %+v, %v", project, stats, err)
		}
	}
}

func TestADeletedProjectGoesFromTheDisk(t *testing.T) {
	t.Parallel()
	c := config(t)
	s := open(t, c)
	project, err := s.meta.CreateProject(t.Context(), meta.NewProject{Organization: "local", Name: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := doAs(t, http.MethodPost, s.Origin()+"/v1/logs", logRequest("hello"), "X-Hearth-Project", "shop"); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	folder := filepath.Join(c.DataDir, "projects", project.ID)
	waitFor(t, "its folder", func() bool { return exists(t, folder) })
	if status, answer := do(t, http.MethodDelete, s.Origin()+"/api/v1/projects/"+project.ID+"/", ""); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, answer)
	}
	waitFor(t, "its folder to go", func() bool { return !exists(t, folder) })
	if status, answer := doAs(t, http.MethodPost, s.Origin()+"/v1/logs", logRequest("late"), "X-Hearth-Project", "shop"); status != http.StatusUnauthorized {
		t.Errorf("telemetry for a deleted project: %d %s", status, answer)
	}
}

// waitFor asks until something is so, as long as the test may run.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for !so() {
		if t.Context().Err() != nil {
			t.Fatalf("waiting for %s", what)
		}
	}
}

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}
