package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"os"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
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

func cmdSend(args []string) error {
	fs := flag.NewFlagSet("send", flag.ExitOnError)
	var t target
	t.flags(fs)
	profile := fs.String("profile", "web", "web, llm or mix")
	spans := fs.Int("spans", 500_000, "spans to send")
	batch := fs.Int("batch", 500, "spans a request")
	conns := fs.Int("conns", 4, "connections")
	rate := fs.Float64("rate", 0, "spans a second over all connections; 0: as fast as acked")
	seed := fs.Uint64("seed", 1, "seed of the generated data")
	services := fs.Int("services", 8, "services")
	poolSpans := fs.Int("pool-spans", 50_000, "distinct spans built ahead; later requests repeat them under new ids, times and uids")
	run := fs.String("run", "", "bench.run resource attribute; also keys the ids (default: time)")
	spread := fs.Duration("spread", 0, "spread the traces' times evenly over this long before now")
	retries := fs.Int("retries", 50, "tries again on 429, 502-504, Unavailable, ResourceExhausted (100 ms apart)")
	stopOnError := fs.Bool("stop-on-error", false, "stop at the first request that fails for good (for kill tests)")
	pid := fs.Int("pid", 0, "server's process id: report its CPU and memory")
	dataDir := fs.String("data-dir", "", "server's data folder: report its growth")
	settle := fs.Duration("settle", 0, "wait this long after the last ack before the settled CPU, memory and disk are read")
	ackLog := fs.String("ack-log", "", "write acked traces here: 'trace_id spans unix_ns' a line")
	asJSON := fs.Bool("json", false, "print JSON")
	_ = fs.Parse(args)

	if *run == "" {
		*run = fmt.Sprintf("r%d", time.Now().Unix())
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%d", *run, *seed)
	runKey := h.Sum64()
	total := (*spans + *batch - 1) / *batch
	pool, err := buildPool(*seed, *profile, min(total, max(1, *poolSpans / *batch)), *batch, *services, *run)
	if err != nil {
		return err
	}
	var poolBytes, poolCount int
	for _, r := range pool {
		poolBytes += len(r.body)
		poolCount += r.spans
	}

	var log *bufio.Writer
	var logMu sync.Mutex
	if *ackLog != "" {
		f, err := os.Create(*ackLog)
		if err != nil {
			return err
		}
		defer f.Close()
		log = bufio.NewWriter(f)
		defer log.Flush()
	}

	clients := make([]transport, *conns)
	for i := range clients {
		if clients[i], err = t.dial(); err != nil {
			return err
		}
		defer clients[i].close()
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()

	var u0, s0 float64
	var mem *memWatch
	if *pid > 0 {
		if u0, s0, err = procCPU(*pid); err != nil {
			return err
		}
		mem = watchMem(*pid)
	}
	disk0 := int64(0)
	if *dataDir != "" {
		disk0 = dirBytes(*dataDir)
	}
	cu0, cs0, _ := procCPU(os.Getpid())

	var next, acked, rejected, failed, retried, wire, payload atomic.Int64
	var lastErr atomic.Value
	lat := make([][]time.Duration, *conns)
	start := time.Now()
	var wg sync.WaitGroup
	for c := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var buf []byte
			for ctx.Err() == nil {
				seq := int(next.Add(1)) - 1
				if seq >= total {
					return
				}
				if *rate > 0 {
					due := start.Add(time.Duration(float64(seq) * float64(*batch) / *rate * 1e9))
					time.Sleep(time.Until(due))
				}
				r := pool[seq%len(pool)]
				at := time.Now()
				if *spread > 0 {
					at = at.Add(-time.Duration(float64(*spread) * (1 - float64(seq+1)/float64(total))))
				}
				buf = r.stamp(buf[:0], runKey, uint64(seq), uint64(at.UnixNano())-refTime)
				sent := time.Now()
				rep := clients[c].export(ctx, buf)
				for try := 0; rep.err != nil && rep.retryable && try < *retries && ctx.Err() == nil; try++ {
					retried.Add(1)
					lastErr.Store(rep.err.Error())
					time.Sleep(100 * time.Millisecond)
					rep = clients[c].export(ctx, buf)
				}
				if rep.err != nil {
					failed.Add(int64(r.spans))
					lastErr.Store(rep.err.Error())
					if *stopOnError {
						cancel()
					}
					continue
				}
				now := time.Now()
				lat[c] = append(lat[c], now.Sub(sent))
				acked.Add(int64(r.spans) - rep.rejected)
				rejected.Add(rep.rejected)
				wire.Add(int64(rep.wire))
				payload.Add(int64(len(buf)))
				if log != nil {
					logMu.Lock()
					for i := range r.counts {
						id := r.traceID(i, runKey, uint64(seq))
						fmt.Fprintf(log, "%s %d %d\n", hex.EncodeToString(id[:]), r.counts[i].spans, now.UnixNano())
					}
					logMu.Unlock()
				}
			}
		}()
	}
	wg.Wait()
	wall := time.Since(start).Seconds()

	res := result{Run: *run, Profile: *profile, Proto: t.proto, Conns: *conns, Batch: *batch,
		SpanBytes: float64(poolBytes) / float64(poolCount),
		Acked:     acked.Load(), Rejected: rejected.Load(), Failed: failed.Load(), Retries: retried.Load(),
		WallSeconds: wall, SpansPerSec: float64(acked.Load()) / wall,
		MBPerSec: float64(payload.Load()) / wall / 1e6, WireMBSec: float64(wire.Load()) / wall / 1e6}
	if e, ok := lastErr.Load().(string); ok {
		res.LastError = e
	}
	var all []time.Duration
	for _, l := range lat {
		all = append(all, l...)
	}
	res.P50, res.P95, res.P99, res.Max = percentiles(all)
	cu1, cs1, _ := procCPU(os.Getpid())
	res.ClientCPU = cu1 + cs1 - cu0 - cs0
	if *pid > 0 {
		u1, s1, err := procCPU(*pid)
		if err == nil && res.Acked > 0 {
			res.ServerUser, res.ServerSys = u1-u0, s1-s0
			res.ServerCPU = res.ServerUser + res.ServerSys
			res.CPUPerMillion = res.ServerCPU / float64(res.Acked) * 1e6
		}
	}
	time.Sleep(*settle)
	if *pid > 0 {
		u1, s1, err := procCPU(*pid)
		if err == nil && res.Acked > 0 {
			res.CPUAfterSettle = (u1 + s1 - u0 - s0) / float64(res.Acked) * 1e6
		}
		res.RSSPeak, res.AnonPeak = mem.stop()
		res.RSSEnd, _ = procMem(*pid)
	}
	if *dataDir != "" && res.Acked > 0 {
		res.DiskBytes = dirBytes(*dataDir) - disk0
		res.DiskPerSpan = float64(res.DiskBytes) / float64(res.Acked)
	}
	res.round()
	return printResult(res, *asJSON)
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
