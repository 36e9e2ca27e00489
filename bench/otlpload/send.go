package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"sort"
	"strings"
	"time"
)

type headerFlag map[string]string

func (h headerFlag) String() string { return fmt.Sprint(map[string]string(h)) }
func (h headerFlag) Set(s string) error {
	k, v, ok := strings.Cut(s, "=")
	if !ok {
		return fmt.Errorf("want KEY=VALUE, got %q", s)
	}
	h[k] = v
	return nil
}

type target struct {
	addr, proto, path string
	gzip              bool
	headers           headerFlag
}

func (t *target) flags(fs *flag.FlagSet) {
	t.headers = headerFlag{}
	fs.StringVar(&t.addr, "addr", "http://127.0.0.1:4318", "address: a URL for http, host:port for grpc")
	fs.StringVar(&t.proto, "proto", "http", "http (OTLP/HTTP protobuf) or grpc")
	fs.StringVar(&t.path, "path", "/v1/traces", "path of the http endpoint")
	fs.BoolVar(&t.gzip, "gzip", false, "gzip the requests (costs the generator CPU)")
	fs.Var(t.headers, "header", "KEY=VALUE header or metadata, may be repeated")
}

func (t *target) dial() (transport, error) {
	switch t.proto {
	case "http":
		return newHTTP(t.addr, t.path, t.headers, t.gzip), nil
	case "grpc":
		return newGRPC(t.addr, t.headers, t.gzip)
	}
	return nil, fmt.Errorf("--proto %s: want http or grpc", t.proto)
}

// result is what a send prints (as JSON with --json).
type result struct {
	Run         string  `json:"run"`
	Profile     string  `json:"profile"`
	Proto       string  `json:"proto"`
	Conns       int     `json:"conns"`
	Batch       int     `json:"batch"`
	SpanBytes   float64 `json:"payload_bytes_per_span"`
	Acked       int64   `json:"acked_spans"`
	Rejected    int64   `json:"rejected_spans"`
	Failed      int64   `json:"failed_spans"`
	Retries     int64   `json:"retries"`
	LastError   string  `json:"last_error,omitempty"`
	WallSeconds float64 `json:"wall_s"`
	SpansPerSec float64 `json:"acked_spans_per_s"`
	MBPerSec    float64 `json:"payload_mb_per_s"`
	WireMBSec   float64 `json:"wire_mb_per_s"`
	P50         float64 `json:"ack_p50_ms"`
	P95         float64 `json:"ack_p95_ms"`
	P99         float64 `json:"ack_p99_ms"`
	Max         float64 `json:"ack_max_ms"`
	ClientCPU   float64 `json:"client_cpu_s"`

	ServerCPU      float64 `json:"server_cpu_s,omitempty"`
	ServerUser     float64 `json:"server_user_s,omitempty"`
	ServerSys      float64 `json:"server_sys_s,omitempty"`
	CPUPerMillion  float64 `json:"server_cpu_s_per_1m_spans,omitempty"`
	CPUAfterSettle float64 `json:"server_cpu_s_per_1m_spans_settled,omitempty"`
	RSSPeak        float64 `json:"rss_peak_mib,omitempty"`
	AnonPeak       float64 `json:"rss_anon_peak_mib,omitempty"`
	RSSEnd         float64 `json:"rss_settled_mib,omitempty"`
	DiskBytes      int64   `json:"disk_bytes_added,omitempty"`
	DiskPerSpan    float64 `json:"disk_bytes_per_span,omitempty"`
}

// load is what a send is asked to do.
type load struct {
	target
	profile             string
	spans, batch, conns int
	rate                float64
	seed                uint64
	services, poolSpans int
	run                 string
	spread              time.Duration
	retries             int
	stopOnError, asJSON bool
	pid                 int
	dataDir             string
	settle              time.Duration
	ackLog              string
}

func parseLoad(args []string) *load {
	fs := flag.NewFlagSet("send", flag.ExitOnError)
	l := &load{}
	l.flags(fs)
	fs.StringVar(&l.profile, "profile", "web", "web, llm or mix")
	fs.IntVar(&l.spans, "spans", 500_000, "spans to send")
	fs.IntVar(&l.batch, "batch", 500, "spans a request")
	fs.IntVar(&l.conns, "conns", 4, "connections")
	fs.Float64Var(&l.rate, "rate", 0, "spans a second over all connections; 0: as fast as acked")
	fs.Uint64Var(&l.seed, "seed", 1, "seed of the generated data")
	fs.IntVar(&l.services, "services", 8, "services")
	fs.IntVar(&l.poolSpans, "pool-spans", 50_000, "distinct spans built ahead; later requests repeat them under new ids, times and uids")
	fs.StringVar(&l.run, "run", "", "bench.run resource attribute; also keys the ids (default: time)")
	fs.DurationVar(&l.spread, "spread", 0, "spread the traces' times evenly over this long before now")
	fs.IntVar(&l.retries, "retries", 50, "tries again on 429, 502-504, Unavailable, ResourceExhausted (100 ms apart)")
	fs.BoolVar(&l.stopOnError, "stop-on-error", false, "stop at the first request that fails for good (for kill tests)")
	fs.IntVar(&l.pid, "pid", 0, "server's process id: report its CPU and memory")
	fs.StringVar(&l.dataDir, "data-dir", "", "server's data folder: report its growth")
	fs.DurationVar(&l.settle, "settle", 0, "wait this long after the last ack before the settled CPU, memory and disk are read")
	fs.StringVar(&l.ackLog, "ack-log", "", "write acked traces here: 'trace_id spans unix_ns' a line")
	fs.BoolVar(&l.asJSON, "json", false, "print JSON")
	_ = fs.Parse(args) // ExitOnError
	if l.run == "" {
		l.run = fmt.Sprintf("r%d", time.Now().Unix())
	}
	return l
}

func cmdSend(args []string) (err error) {
	l := parseLoad(args)
	s, err := newSender(l)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	server, err := watchServer(l.pid, l.dataDir)
	if err != nil {
		return err
	}
	user, sys, _ := procCPU(os.Getpid())
	began := time.Now()
	s.run()
	res := s.result(time.Since(began).Seconds())
	userEnd, sysEnd, _ := procCPU(os.Getpid())
	res.ClientCPU = userEnd + sysEnd - user - sys
	server.acked(&res)
	time.Sleep(l.settle)
	server.settled(&res)
	res.round()
	return printResult(res, l.asJSON)
}

// percentiles returns p50, p95, p99 and the maximum in milliseconds.
func percentiles(d []time.Duration) (p50, p95, p99, top float64) {
	if len(d) == 0 {
		return
	}
	sort.Slice(d, func(a, b int) bool { return d[a] < d[b] })
	at := func(q float64) float64 { return float64(d[min(len(d)-1, int(q*float64(len(d))))]) / 1e6 }
	return at(.50), at(.95), at(.99), float64(d[len(d)-1]) / 1e6
}

func printResult(v any, asJSON bool) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if asJSON {
		fmt.Println(string(b))
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.UseNumber()
	var key string
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, ok := tok.(json.Delim); ok {
			continue
		}
		if key == "" {
			key = tok.(string)
			continue
		}
		fmt.Printf("%-34s %v\n", key, tok)
		key = ""
	}
}

// round keeps three decimals: enough for every figure printed.
func round(f float64) float64 { return math.Round(f*1000) / 1000 }

func (r *result) round() {
	for _, f := range []*float64{&r.SpanBytes, &r.WallSeconds, &r.SpansPerSec, &r.MBPerSec, &r.WireMBSec, &r.P50, &r.P95, &r.P99, &r.Max, &r.ClientCPU,
		&r.ServerCPU, &r.ServerUser, &r.ServerSys, &r.CPUPerMillion, &r.CPUAfterSettle, &r.RSSPeak, &r.AnonPeak, &r.RSSEnd, &r.DiskPerSpan} {
		*f = round(*f)
	}
}
