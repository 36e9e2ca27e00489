// Run measures the built binary on this machine and writes the figures as text.
//
//	go -C bench run ./run                  both profiles at full size, then the packages' benchmarks
//	go -C bench run ./run --scale 0.1      a tenth of the spans, for a first look
//	go -C bench run ./run --dashboard      a dashboard of 24 panels on ten million records
//
// Each profile gets a fresh data folder and a fresh process on a loopback address: load with otlpload, wait until the work
// after the last acknowledgement is done, stop, measure the disk, start again and ask. Timings are never asserted: the
// goals stand beside the figures, and who reads decides.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// profile is one kind of load, at the size of the first issue, with the floor that was set for it.
type profile struct {
	name         string
	spans, batch int
	floor        floor
}

type floor struct {
	cpuPerMillion float64 // s, at most
	ackedPerSec   float64 // at least
	rssMiB        float64 // at most
	diskPerSpan   float64 // bytes, at most
	visibleMs     float64 // p50, at most
}

var profiles = []profile{
	{"web", 1_000_000, 500, floor{40, 50_000, 1536, 200, 400}},
	{"llm", 200_000, 100, floor{160, 12_000, 1536, 1000, 400}},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	scale := flags.Float64("scale", 1, "part of the spans to send")
	settle := flags.Duration("settle", 20*time.Second, "wait after the last acknowledgement")
	only := flags.String("profile", "", "only this profile")
	packages := flags.Bool("packages", true, "run the packages' own benchmarks too")
	dashboard := flags.Bool("dashboard", false, "measure a dashboard instead")
	records := flags.Int("records", 10_000_000, "records below the dashboard")
	output := flags.String("output", "", "file to write; default results/DATE.txt, or DATE-dashboard.txt")
	_ = flags.Parse(args) // ExitOnError

	root, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "hearth-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	b := &bench{ctx: ctx, dir: tmp, hearth: filepath.Join(root, "bin", "hearth"), otlpload: filepath.Join(tmp, "otlpload"), settle: *settle}
	if _, err := os.Stat(b.hearth); err != nil {
		return fmt.Errorf("%w: run `make build` first", err)
	}
	if err := command(ctx, "go", "build", "-o", b.otlpload, "./otlpload").Run(); err != nil {
		return fmt.Errorf("build otlpload: %w", err)
	}

	if *output == "" {
		suffix := map[bool]string{true: "-dashboard"}[*dashboard]
		*output = filepath.Join("results", time.Now().UTC().Format(time.DateOnly)+suffix+".txt")
	}
	if err := os.MkdirAll(filepath.Dir(*output), 0o755); err != nil {
		return err
	}
	file, err := os.Create(*output)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	b.out = io.MultiWriter(os.Stdout, file)

	b.printMachine(root)
	if *dashboard {
		return b.measureDashboard(*records)
	}
	for _, p := range profiles {
		if *only != "" && *only != p.name {
			continue
		}
		p.spans = int(float64(p.spans) * *scale)
		if err := b.measure(p); err != nil {
			return fmt.Errorf("profile %s: %w", p.name, err)
		}
	}
	if *packages {
		return b.printPackages(root)
	}
	return nil
}

// bench is one run of the benchmarks.
type bench struct {
	ctx              context.Context // of the whole run
	dir              string          // for data and binaries; removed at the end
	hearth, otlpload string          // programs
	settle           time.Duration
	out              io.Writer
}

func (b *bench) printf(format string, args ...any) { fmt.Fprintf(b.out, format, args...) }

// command is a child process whose complaints are ours.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = os.Stderr
	return cmd
}

// loaded is what `otlpload send --json` says, as far as it is of use here.
type loaded struct {
	Acked         int64   `json:"acked_spans"`
	Rejected      int64   `json:"rejected_spans"`
	Failed        int64   `json:"failed_spans"`
	Retries       int64   `json:"retries"`
	SpanBytes     float64 `json:"payload_bytes_per_span"`
	SpansPerSec   float64 `json:"acked_spans_per_s"`
	P50           float64 `json:"ack_p50_ms"`
	P95           float64 `json:"ack_p95_ms"`
	P99           float64 `json:"ack_p99_ms"`
	ClientCPU     float64 `json:"client_cpu_s"`
	CPUPerMillion float64 `json:"server_cpu_s_per_1m_spans"`
	CPUSettled    float64 `json:"server_cpu_s_per_1m_spans_settled"`
	RSSPeak       float64 `json:"rss_peak_mib"`
	RSSSettled    float64 `json:"rss_settled_mib"`
}

// measure loads a fresh server, stops it, starts it again and asks it.
func (b *bench) measure(p profile) error {
	dataDir := filepath.Join(b.dir, p.name)
	acks := filepath.Join(b.dir, p.name+".acks")
	s, err := b.start(dataDir)
	if err != nil {
		return err
	}
	empty := s.startup
	out, err := b.load("send", "--addr", s.url, "--profile", p.name, "--spans", fmt.Sprint(p.spans), "--batch", fmt.Sprint(p.batch),
		"--conns", "4", "--pid", fmt.Sprint(s.cmd.Process.Pid), "--settle", b.settle.String(), "--ack-log", acks, "--json")
	if err != nil {
		return errors.Join(err, s.kill())
	}
	var l loaded
	if err := json.Unmarshal(out, &l); err != nil {
		return errors.Join(fmt.Errorf("answer of otlpload: %w", err), s.kill())
	}
	stopped, cpu, err := s.stop()
	if err != nil {
		return err
	}
	disk, err := allocatedBytes(dataDir)
	if err != nil {
		return err
	}

	s, err = b.start(dataDir)
	if err != nil {
		return err
	}
	f := p.floor
	b.printf("\n%s: %d spans of %.0f bytes, %d a request, 4 connections, OTLP/HTTP protobuf without compression\n", p.name, p.spans, l.SpanBytes, p.batch)
	row := func(what string, value float64, unit, goal string) {
		b.printf("  %-46s %12.1f %-8s %s\n", what, value, unit, goal)
	}
	row("server CPU per 1M spans, at the last ack", l.CPUPerMillion, "s", "")
	row("server CPU per 1M spans, some time after it", l.CPUSettled, "s", "")
	row("server CPU per 1M spans, settled: all saved", cpu.Seconds()/float64(max(l.Acked, 1))*1e6, "s", fmt.Sprintf("(floor: at most %.0f)", f.cpuPerMillion))
	row("acknowledged", l.SpansPerSec, "spans/s", fmt.Sprintf("(floor: at least %.0f)", f.ackedPerSec))
	row("ack p50", l.P50, "ms", "")
	row("ack p95", l.P95, "ms", "")
	row("ack p99", l.P99, "ms", "")
	row("resident memory, peak", l.RSSPeak, "MiB", fmt.Sprintf("(floor: at most %.0f)", f.rssMiB))
	row("resident memory, settled", l.RSSSettled, "MiB", "")
	row("disk after stop", float64(disk)/float64(max(l.Acked, 1)), "B/span", fmt.Sprintf("(floor: at most %.0f)", f.diskPerSpan))
	row("start, empty", float64(empty.Milliseconds()), "ms", "")
	row("start, with this data", float64(s.startup.Milliseconds()), "ms", "")
	row("SIGTERM to exit", float64(stopped.Milliseconds()), "ms", "")
	row("client CPU", l.ClientCPU, "s", "")
	b.printf("  acknowledged %d, rejected %d, failed %d, retries %d\n", l.Acked, l.Rejected, l.Failed, l.Retries)
	return errors.Join(b.ask(p, s, acks), s.kill())
}

// ask measures freshness and some questions of a server that holds the profile's spans.
func (b *bench) ask(p profile, s *server, acks string) error {
	body := func(sql string) string {
		text, err := json.Marshal(map[string]any{"sql": sql, "min_timestamp": "2020-01-01T00:00:00Z", "limit": 1000})
		if err != nil {
			panic(err) // a map of strings
		}
		return string(text)
	}
	url := s.url + "/v2/query"
	fresh, err := b.load("fresh", "--addr", s.url, "--profile", p.name, "--n", "20", "--url", url,
		"--data", body("select span_id from records where trace_id = '{trace}'"), "--count", `"span_id":"`)
	if err != nil {
		return err
	}
	b.printf("  %s (floor: p50 at most %.0f ms)\n", strings.TrimSpace(string(fresh)), p.floor.visibleMs)
	for _, q := range []struct{ what, sql string }{
		{"trace by id", "select * from records where trace_id = '{trace}'"},
		{"latest 100 of one service", "select start_timestamp, span_name, message, level, duration from records where service_name = (select min(service_name) from records) order by start_timestamp desc limit 100"},
		{"latest 100, all columns", "select * from records order by start_timestamp desc limit 100"},
		{"an attribute that nothing has", "select * from records where attributes->>'no.such.key' = 'x' limit 20"},
		{"count and p95 by span name", "select span_name, count(*), percentile_cont(0.95) within group (order by duration) from records group by span_name order by 2 desc limit 100"},
	} {
		out, err := b.load("get", "--url", url, "--data", body(q.sql), "--ack-log", acks, "--n", "10", "--pid", fmt.Sprint(s.cmd.Process.Pid))
		if err != nil {
			return fmt.Errorf("%s: %w", q.what, err)
		}
		b.printf("  %-32s %s\n", q.what+":", strings.TrimSpace(string(out)))
	}
	return nil
}

func (b *bench) load(args ...string) ([]byte, error) {
	out, err := command(b.ctx, b.otlpload, args...).Output()
	if err != nil {
		return nil, fmt.Errorf("otlpload %s: %w", args[0], err)
	}
	return out, nil
}

// server is one process under measurement.
type server struct {
	cmd     *exec.Cmd
	url     string
	startup time.Duration
	exited  chan error
}

func (b *bench) start(dataDir string) (*server, error) {
	httpAddr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	grpcAddr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	s := &server{url: "http://" + httpAddr, exited: make(chan error, 1)}
	s.cmd = command(b.ctx, b.hearth, "serve", "--listen", httpAddr, "--grpc-listen", grpcAddr, "--data-dir", dataDir, "--log-level", "warn", "--self-telemetry", "0")
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.exited <- s.cmd.Wait() }()
	for time.Since(began) < time.Minute {
		resp, err := http.Get(s.url + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				s.startup = time.Since(began)
				return s, nil
			}
		}
		select {
		case err := <-s.exited:
			return nil, fmt.Errorf("hearth ended before it was ready: %w", err)
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil, errors.Join(errors.New("hearth is not ready"), s.kill())
}

// stop ends the process the polite way and returns how long that took and what CPU the process used in all.
func (s *server) stop() (took, cpu time.Duration, err error) {
	began := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, 0, err
	}
	if err := <-s.exited; err != nil {
		return 0, 0, fmt.Errorf("hearth after SIGTERM: %w", err)
	}
	state := s.cmd.ProcessState
	return time.Since(began), state.UserTime() + state.SystemTime(), nil
}

func (s *server) kill() error {
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-s.exited //nolint:errcheck // it was killed
	return nil
}

func freeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
