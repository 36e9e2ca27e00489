package storetest

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

func drop(t *testing.T, e Engine) {
	dir := t.TempDir()
	s := e.openIn(t, dir)
	saved := batch("p", 1, "saved")
	saved.Metrics = []record.Metric{{Name: "m", RecordedNano: Base.UnixNano(), Origin: origin}}
	other := batch("q", 2, "of another project")
	apply(t, s, saved, other)
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	unsaved := batch("p", 3, "unsaved")
	apply(t, s, unsaved)
	if filesOf(t, dir, "p") == 0 {
		t.Fatal("the project has no files: the test proves nothing")
	}
	gone := func(when string) {
		t.Helper()
		e.wantMessages(t, s, "p")
		if got, err := s.Stats(t.Context(), "p"); err != nil || len(got) != 0 {
			t.Errorf("%s: stats %+v, %v", when, got, err)
		}
		if n := filesOf(t, dir, "p"); n != 0 {
			t.Errorf("%s: %d files are left", when, n)
		}
		err := s.Identities(t.Context(), Base, func(project string, _ store.Identity) {
			if project == "p" {
				t.Errorf("%s: an identity of the project is left", when)
			}
		})
		if err != nil {
			t.Error(err)
		}
		e.wantMessages(t, s, "q", "of another project")
	}
	mustDrop(t, s, "p")
	gone("dropped")
	if got := s.Durable(); got != 3 {
		t.Errorf("durable = %d, want 3: nothing of what was unsaved is needed any more", got)
	}
	apply(t, s, batch("p", 4, "late"))
	gone("after late records")
	mustDrop(t, s, "p")
	mustDrop(t, s, "unknown")
	gone("dropped again")

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = e.openIn(t, dir)
	mustDrop(t, s, "p")
	apply(t, s, saved, unsaved) // as the write-ahead log does after a crash
	gone("replayed after a restart")
}

func mustDrop(t *testing.T, s store.Store, project string) {
	t.Helper()
	if err := s.Drop(t.Context(), project); err != nil {
		t.Fatalf("drop %s: %v", project, err)
	}
}

// filesOf counts the files below dir whose path names the project.
func filesOf(t *testing.T, dir, project string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		if err == nil && !entry.IsDir() && strings.Contains("/"+filepath.ToSlash(name)+"/", "/"+project+"/") {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func dropUnderReader(t *testing.T, e Engine) {
	dir := t.TempDir()
	s := e.openIn(t, dir)
	crowd(t, s)
	rows, err := s.Query(t.Context(), "p", e.compile(t, "SELECT message FROM records"))
	if err != nil {
		t.Fatal(err)
	}
	if !rows.Next(make([]any, 1)) {
		t.Fatal(rows.Err())
	}
	mustDrop(t, s, "p")
	for rows.Next(make([]any, 1)) { // to the end, or to an error
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	e.wantMessages(t, s, "p")
	if n := filesOf(t, dir, "p"); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

// dropWhileUsed drops a project to which somebody writes, which somebody reads, and which is being saved.
func dropWhileUsed(t *testing.T, e Engine) {
	dir := t.TempDir()
	s := e.openIn(t, dir)
	q := e.compile(t, "SELECT count(*) FROM records")
	started, done := make(chan struct{}), make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		for seq := uint64(1); ; seq++ {
			if err := s.Apply(t.Context(), []*record.Batch{batch("p", seq, "a", "b")}); err != nil {
				t.Error(err)
				return
			}
			if seq == 3 {
				close(started)
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	work.Go(func() {
		for {
			rows, err := s.Query(t.Context(), "p", q)
			if err == nil {
				err = errors.Join(rows.Close(), s.Sync(t.Context()))
			}
			if err != nil {
				t.Error(err)
				return
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	<-started
	mustDrop(t, s, "p")
	close(done)
	work.Wait()
	e.wantMessages(t, s, "p")
	if n := filesOf(t, dir, "p"); n != 0 {
		t.Errorf("%d files are left", n)
	}
}
