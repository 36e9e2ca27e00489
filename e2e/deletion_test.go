package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestADeletedProjectStaysDeleted deletes a project while clients send to it and others read it, and kills the process as soon as that is
// answered: nothing of the project is there after the next start, neither what was on the disk nor what only the write-ahead log had.
func TestADeletedProjectStaysDeleted(t *testing.T) {
	t.Parallel()
	dataDir := t.TempDir()
	h := start(t, dataDir)
	h.sendSpans(t, "", spansRequest("stays", 0, requestSize, time.Now()))
	for range 3 {
		h.run(t, "projects", "new", "shop", "--no-credentials")
		write, read := h.newToken(t, "shop", "write"), h.newToken(t, "shop", "read")
		id := h.projectID(t, read)
		folder := filepath.Join(dataDir, "projects", id)

		var sent atomic.Int64
		var clients sync.WaitGroup
		for range 3 {
			clients.Go(func() {
				for {
					n := sent.Add(1)
					body := spansRequest("shop", uint64(n), requestSize, time.Now())
					if status, _, err := h.post(t.Context(), "/v1/traces", "application/x-protobuf", write, body); err != nil || status != http.StatusOK {
						if err == nil && status != http.StatusUnauthorized {
							t.Errorf("sending to the project: status %d", status)
						}
						return // it is deleted, or the process is gone
					}
				}
			})
		}
		clients.Go(func() {
			for {
				if a, err := h.ask(t.Context(), read, "select count(*) from records"); err != nil || a.status != http.StatusOK {
					return
				}
			}
		})
		if !eventually(t, func() bool { _, err := os.Stat(folder); return err == nil && sent.Load() > 20 }) {
			t.Fatalf("%s has no files after %d requests", id, sent.Load())
		}
		h.call(t, http.StatusNoContent, "DELETE", "/api/v1/projects/"+id+"/", "", "")
		h.call(t, http.StatusUnauthorized, "POST", "/v2/query", read, `{"sql":"select 1"}`)
		h.kill()
		clients.Wait()

		h = start(t, dataDir)
		if _, err := os.Stat(folder); err == nil {
			t.Errorf("the project's folder is there after the next start")
		}
		h.call(t, http.StatusUnauthorized, "POST", "/v1/traces", write, "")
		h.run(t, "projects", "new", "shop", "--no-credentials")
		read = h.newToken(t, "shop", "read")
		a, err := h.ask(t.Context(), read, "select count(*) as n from records_all")
		if err != nil || len(a.rows) != 1 || a.rows[0]["n"] != 0.0 {
			t.Errorf("another project of that name has %v, %v; want no records", a.rows, err)
		}
		h.run(t, "projects", "delete", "shop", "--yes")
		h.waitCount(t, requestSize, "select count(*) from records where service_name = 'stays'")
	}
	projects, err := os.ReadDir(filepath.Join(dataDir, "projects"))
	if err != nil {
		t.Fatal(err)
	}
	folders := 0
	for _, entry := range projects {
		if entry.IsDir() {
			folders++
		}
	}
	if folders > 2 { // default, and the server's own
		t.Errorf("%d folders of projects, want those of default and of the server's own metrics: %v", folders, projects)
	}
}
