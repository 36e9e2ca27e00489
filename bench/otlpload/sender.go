package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// sender sends the requests of a load over its connections and counts what becomes of them.
type sender struct {
	load    *load
	pool    []*request
	total   int // requests
	runKey  uint64
	clients []transport
	log     ackLog

	next, acked, rejected, failed, retried, wire, payload atomic.Int64
	lastErr                                               atomic.Value
	latencies                                             [][]time.Duration // of each connection
}

func newSender(l *load) (*sender, error) {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%d", l.run, l.seed)
	s := &sender{load: l, total: (l.spans + l.batch - 1) / l.batch, runKey: h.Sum64(), latencies: make([][]time.Duration, l.conns)}
	var err error
	if s.pool, err = buildPool(l.seed, l.profile, min(s.total, max(1, l.poolSpans/l.batch)), l.batch, l.services, l.run); err != nil {
		return nil, err
	}
	if err := s.log.open(l.ackLog); err != nil {
		return nil, err
	}
	for range l.conns {
		client, err := l.dial()
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.clients = append(s.clients, client)
	}
	return s, nil
}

func (s *sender) close() error {
	for _, client := range s.clients {
		client.close()
	}
	return s.log.close()
}

// run sends everything and returns when the last request was answered.
func (s *sender) run() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	start := time.Now()
	var connections sync.WaitGroup
	for c := range s.clients {
		connections.Go(func() { s.connection(ctx, cancel, c, start) })
	}
	connections.Wait()
}

// connection sends one request after the other until none is left or ctx ends.
func (s *sender) connection(ctx context.Context, stop func(), c int, start time.Time) {
	var buf []byte
	for ctx.Err() == nil {
		seq := int(s.next.Add(1)) - 1
		if seq >= s.total {
			return
		}
		if s.load.rate > 0 {
			due := start.Add(time.Duration(float64(seq) * float64(s.load.batch) / s.load.rate * 1e9))
			time.Sleep(time.Until(due))
		}
		r := s.pool[seq%len(s.pool)]
		buf = r.stamp(buf[:0], s.runKey, uint64(seq), uint64(s.timeOf(seq).UnixNano())-refTime)
		sent := time.Now()
		rep := s.export(ctx, s.clients[c], buf)
		if rep.err != nil {
			s.failed.Add(int64(r.spans))
			if s.load.stopOnError {
				stop()
			}
			continue
		}
		now := time.Now()
		s.latencies[c] = append(s.latencies[c], now.Sub(sent))
		s.acked.Add(int64(r.spans) - rep.rejected)
		s.rejected.Add(rep.rejected)
		s.wire.Add(int64(rep.wire))
		s.payload.Add(int64(len(buf)))
		s.log.write(r, s.runKey, uint64(seq), now)
	}
}

// timeOf is when the traces of a request happened: now, or somewhere in the spread before.
func (s *sender) timeOf(seq int) time.Time {
	at := time.Now()
	if spread := s.load.spread; spread > 0 {
		at = at.Add(-time.Duration(float64(spread) * (1 - float64(seq+1)/float64(s.total))))
	}
	return at
}

// export sends one request, again and again while the server asks for that.
func (s *sender) export(ctx context.Context, client transport, body []byte) reply {
	rep := client.export(ctx, body)
	for try := 0; rep.err != nil && rep.retryable && try < s.load.retries && ctx.Err() == nil; try++ {
		s.retried.Add(1)
		s.lastErr.Store(rep.err.Error())
		time.Sleep(100 * time.Millisecond)
		rep = client.export(ctx, body)
	}
	if rep.err != nil {
		s.lastErr.Store(rep.err.Error())
	}
	return rep
}

// result says what was sent in so many seconds.
func (s *sender) result(wall float64) result {
	var bytes, spans int
	for _, r := range s.pool {
		bytes += len(r.body)
		spans += r.spans
	}
	res := result{
		Run: s.load.run, Profile: s.load.profile, Proto: s.load.proto, Conns: s.load.conns, Batch: s.load.batch,
		SpanBytes: float64(bytes) / float64(spans),
		Acked:     s.acked.Load(), Rejected: s.rejected.Load(), Failed: s.failed.Load(), Retries: s.retried.Load(),
		WallSeconds: wall, SpansPerSec: float64(s.acked.Load()) / wall,
		MBPerSec: float64(s.payload.Load()) / wall / 1e6, WireMBSec: float64(s.wire.Load()) / wall / 1e6,
	}
	if text, ok := s.lastErr.Load().(string); ok {
		res.LastError = text
	}
	var all []time.Duration
	for _, latencies := range s.latencies {
		all = append(all, latencies...)
	}
	res.P50, res.P95, res.P99, res.Max = percentiles(all)
	return res
}

// ackLog writes down which traces were acknowledged. One without a path writes nothing.
type ackLog struct {
	mu   sync.Mutex // guards what follows
	file *os.File
	buf  *bufio.Writer
}

func (l *ackLog) open(path string) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	l.file, l.buf = f, bufio.NewWriter(f)
	return nil
}

func (l *ackLog) write(r *request, runKey, seq uint64, at time.Time) {
	if l.buf == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range r.counts {
		id := r.traceID(i, runKey, seq)
		fmt.Fprintf(l.buf, "%s %d %d\n", hex.EncodeToString(id[:]), r.counts[i].spans, at.UnixNano())
	}
}

func (l *ackLog) close() error {
	if l.buf == nil {
		return nil
	}
	return errors.Join(l.buf.Flush(), l.file.Close())
}

// serverWatch measures the server's process and its data folder. Of those that were not named it measures nothing.
type serverWatch struct {
	pid       int
	dataDir   string
	user, sys float64 // CPU seconds before
	memory    *memWatch
	disk      int64 // bytes before
}

func watchServer(pid int, dataDir string) (*serverWatch, error) {
	w := &serverWatch{pid: pid, dataDir: dataDir}
	if pid > 0 {
		var err error
		if w.user, w.sys, err = procCPU(pid); err != nil {
			return nil, err
		}
		w.memory = watchMem(pid)
	}
	if dataDir != "" {
		w.disk = dirBytes(dataDir)
	}
	return w, nil
}

// acked fills in what the server has used when all is acknowledged.
func (w *serverWatch) acked(res *result) {
	if w.pid == 0 || res.Acked == 0 {
		return
	}
	if user, sys, err := procCPU(w.pid); err == nil {
		res.ServerUser, res.ServerSys = user-w.user, sys-w.sys
		res.ServerCPU = res.ServerUser + res.ServerSys
		res.CPUPerMillion = res.ServerCPU / float64(res.Acked) * 1e6
	}
}

// settled fills in what it has used some time after that, and what it holds.
func (w *serverWatch) settled(res *result) {
	if w.pid > 0 {
		if user, sys, err := procCPU(w.pid); err == nil && res.Acked > 0 {
			res.CPUAfterSettle = (user + sys - w.user - w.sys) / float64(res.Acked) * 1e6
		}
		res.RSSPeak, res.AnonPeak = w.memory.stop()
		res.RSSEnd, _ = procMem(w.pid)
	}
	if w.dataDir != "" && res.Acked > 0 {
		res.DiskBytes = dirBytes(w.dataDir) - w.disk
		res.DiskPerSpan = float64(res.DiskBytes) / float64(res.Acked)
	}
}
