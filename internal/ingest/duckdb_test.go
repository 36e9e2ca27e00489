package ingest

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/store"
	"github.com/hearth-dev/hearth/internal/store/duckdb"
)

func openStore(t *testing.T, dir string) *duckdb.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// identities returns how often a store holds each record.
func identities(t *testing.T, s store.Store) map[string]int {
	t.Helper()
	all := map[string]int{}
	err := s.Identities(t.Context(), time.Time{}, func(project string, id store.Identity) {
		all[project+"/"+id.SpanID+"/"+id.Kind.String()]++
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTheRealStoreHoldsEachRecordOnceAfterACrash copies the data folder of a running pipeline, as a crash would leave
// it: some days checkpointed, others only in memory.
func TestTheRealStoreHoldsEachRecordOnceAfterACrash(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	s := openStore(t, dir)
	p := open(t, Options{Dir: dir, Store: s})
	project := sent{Records: []row{{Span: "000000000000000a", Day: 1}, {Span: "000000000000000b", Day: 2}}}
	add(t, p, project, now)
	waitApplied(t, p)
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	add(t, p, project, now.Add(time.Second)) // a repeat
	add(t, p, spans(2, "000000000000000c"), now.Add(time.Second))
	waitApplied(t, p)

	crashed := t.TempDir()
	copyAll(t, dir, crashed)
	after := openStore(t, crashed)
	p = open(t, Options{Dir: crashed, Store: after})
	want := map[string]int{"p/000000000000000a/span": 1, "p/000000000000000b/span": 1, "p/000000000000000c/span": 1}
	expect(t, identities(t, after), want)
	add(t, p, spans(2, "000000000000000c", "000000000000000d"), now.Add(2*time.Second))
	shut(t, p)
	want["p/000000000000000d/span"] = 1
	expect(t, identities(t, after), want)
	expect(t, p.log.Stats().Oldest, p.log.Stats().Next)
}

// waitApplied waits until nothing of the pipeline is left to apply.
func waitApplied(t *testing.T, p *Pipeline) {
	t.Helper()
	if err := p.room.Acquire(t.Context(), p.options.QueueBytes); err != nil {
		t.Fatal(err)
	}
	p.room.Release(p.options.QueueBytes)
}

func copyAll(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}
