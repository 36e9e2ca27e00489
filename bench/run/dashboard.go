package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A dashboard of 24 panels over seven days: all of "LLM usage and cost", and the two of "Overview" that read every record.
var dashboard = []struct {
	slug   string
	panels []string // nil is all of them
}{
	{"llm", nil},
	{"overview", []string{"traffic", "latency"}},
}

const (
	dashboardDays = 7
	// agentPanel is the example of PydanticAI's documentation: the average duration of agent runs per hour. goalMs is what it
	// may take on ten million records.
	agentPanel, goalMs = "llm run_duration", 100
	// resolution is what the web app chooses for seven days in a chart of 600 pixels.
	resolution = "2 hours"
	atOnce     = 6 // as the web app asks
	warmRounds = 5
)

// panel is the question of one panel.
type panel struct {
	name string
	body []byte // of POST /v2/query

	took   []time.Duration // of each round
	failed int             // answers that were errors, such as that of a query that took too long
}

// measureDashboard fills a server with both profiles over seven days, starts it anew, and asks what the web app asks.
func (b *bench) measureDashboard(records int) error {
	dataDir := filepath.Join(b.dir, "dashboard")
	if err := b.fill(dataDir, records); err != nil {
		return err
	}
	disk, err := allocatedBytes(dataDir)
	if err != nil {
		return err
	}
	s, err := b.start(dataDir)
	if err != nil {
		return err
	}
	b.printf("\n%d records over %d days, four fifths web and one fifth llm; %d MB on disk; started in %d ms\n",
		records, dashboardDays, disk/1e6, s.startup.Milliseconds())
	return errors.Join(b.askDashboard(s), s.kill())
}

// fill loads both profiles into a fresh folder.
func (b *bench) fill(dataDir string, records int) error {
	s, err := b.start(dataDir)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		profile      string
		spans, batch int
	}{{"web", records / 5 * 4, 500}, {"llm", records / 5, 120}} {
		_, err := b.load("send", "--addr", s.url, "--profile", part.profile, "--spans", strconv.Itoa(part.spans), "--batch", strconv.Itoa(part.batch),
			"--conns", "2", "--spread", fmt.Sprintf("%dh", 24*dashboardDays), "--settle", b.settle.String(), "--json")
		if err != nil {
			return errors.Join(err, s.kill())
		}
	}
	_, _, err = s.stop()
	return err
}

func (b *bench) askDashboard(s *server) error {
	panels, err := readPanels(s.url, time.Now())
	if err != nil {
		return err
	}
	cpu := cpuOf(s.cmd.Process.Pid)
	cold, err := b.round(s.url, panels)
	if err != nil {
		return err
	}
	coldCPU := cpuOf(s.cmd.Process.Pid) - cpu
	var warm []time.Duration
	cpu = cpuOf(s.cmd.Process.Pid)
	for range warmRounds {
		took, err := b.round(s.url, panels)
		if err != nil {
			return err
		}
		warm = append(warm, took)
	}
	warmCPU := (cpuOf(s.cmd.Process.Pid) - cpu) / warmRounds
	b.printf("  %d panels, %d at a time: first %d ms (server CPU %d ms), then %d ms, the median of %d (server CPU %d ms)\n", len(panels), atOnce,
		cold.Milliseconds(), coldCPU.Milliseconds(), median(warm).Milliseconds(), warmRounds, warmCPU.Milliseconds())
	b.printf("  each, while five others run, and alone:\n")
	for _, p := range panels {
		alone, err := b.alone(s.url, p)
		if err != nil {
			return err
		}
		goal := ""
		if p.name == agentPanel {
			goal = fmt.Sprintf("  (goal: alone at most %d ms)", goalMs)
		}
		if p.failed > 0 {
			goal += fmt.Sprintf("  (%d of %d answers were errors)", p.failed, 1+2*warmRounds)
		}
		b.printf("  %-28s first %6d ms, then %6d ms; alone %6d ms%s\n", p.name, p.took[0].Milliseconds(), median(p.took[1:]).Milliseconds(), alone.Milliseconds(), goal)
	}
	return nil
}

// readPanels takes the questions from the server's own dashboards, with all variables on "all".
func readPanels(url string, now time.Time) (panels []*panel, err error) {
	var projects []project
	if err := getJSON(url+"/api/v1/projects/", &projects); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(projects, func(p project) bool { return p.Name == "default" })
	for _, part := range dashboard {
		var answer struct{ Dashboard definition }
		if err := getJSON(url+"/api/v1/projects/"+projects[at].ID+"/dashboards/"+part.slug+"/", &answer); err != nil {
			return nil, err
		}
		for name, p := range answer.Dashboard.Spec.Panels {
			if part.panels != nil && !slices.Contains(part.panels, name) {
				continue
			}
			body, err := json.Marshal(map[string]any{
				"sql":           p.Spec.Queries[0].Spec.Plugin.Spec.Query,
				"min_timestamp": now.Add(-dashboardDays * 24 * time.Hour).UTC(), "max_timestamp": now.UTC(), "limit": 10_000,
				"variables": map[string]string{"resolution": resolution, "service": "__all__", "model": "__all__"},
			})
			if err != nil {
				return nil, err
			}
			panels = append(panels, &panel{name: part.slug + " " + name, body: body})
		}
	}
	slices.SortFunc(panels, func(a, b *panel) int { return strings.Compare(a.name, b.name) })
	return panels, nil
}

type project struct {
	ID   string `json:"id"`
	Name string `json:"project_name"`
}

// definition is what of a dashboard is asked here.
type definition struct {
	Spec struct {
		Panels map[string]struct {
			Spec struct {
				Queries []struct {
					Spec struct {
						Plugin struct{ Spec struct{ Query string } }
					}
				}
			}
		}
	}
}

// round asks all panels once, and returns how long the page takes until the last has its answer.
func (b *bench) round(url string, panels []*panel) (time.Duration, error) {
	began := time.Now()
	next := make(chan *panel)
	failed := make(chan error, len(panels))
	var askers sync.WaitGroup
	for range atOnce {
		askers.Go(func() {
			for p := range next {
				took, err := ask(url, p)
				p.took = append(p.took, took)
				failed <- err
			}
		})
	}
	for _, p := range panels {
		next <- p
	}
	close(next)
	askers.Wait()
	took := time.Since(began)
	close(failed)
	var errs []error
	for err := range failed {
		errs = append(errs, err)
	}
	return took, errors.Join(errs...)
}

// alone returns the median time of a panel when nothing else runs.
func (b *bench) alone(url string, p *panel) (time.Duration, error) {
	var took []time.Duration
	for range warmRounds {
		one, err := ask(url, p)
		if err != nil {
			return 0, err
		}
		took = append(took, one)
	}
	return median(took), nil
}

// ask asks a panel's question and reads the answer to its end.
func ask(url string, p *panel) (time.Duration, error) {
	began := time.Now()
	resp, err := http.Post(url+"/v2/query", "application/json", bytes.NewReader(p.body))
	if err != nil {
		return 0, err
	}
	answer, err := io.ReadAll(resp.Body)
	took := time.Since(began)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return 0, err
	}
	if resp.StatusCode != http.StatusOK {
		fmt.Fprintf(os.Stderr, "panel %s: HTTP %d: %s\n", p.name, resp.StatusCode, answer)
		p.failed++
	}
	return took, nil
}

func getJSON(url string, into any) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	err = json.NewDecoder(resp.Body).Decode(into)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("GET %s: %w", url, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: HTTP %d", url, resp.StatusCode)
	}
	return nil
}

func median(list []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// cpuOf returns the processor time of a process so far, in steps of 10 ms; 0 where the system does not say.
func cpuOf(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name in brackets may hold blanks
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
