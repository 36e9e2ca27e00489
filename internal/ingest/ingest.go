// Package ingest is the write path: it makes a decoded request durable, acknowledges it, and applies it to the store
// afterwards.
//
//	Add: admit ▸ write-ahead log (group fsync) ▸ in order of Seq: drop repeats ▸ watchers ▸ apply queue ▸ acknowledge
//	apply loop: every 250 ms or 5 000 records: store.Apply ▸ what store.Durable covers is deleted from the log
//
// Nothing is acknowledged before it is on disk, and nothing that was acknowledged is lost: after a crash Open applies
// again what the store does not hold durably. A batch that the store will not take is kept as a file in quarantine.
// Memory is bounded by Options; when a bound is reached, Add returns an *Unavailable, which tells when to retry.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
	"github.com/hearth-dev/hearth/internal/wal"
)

// Decoder makes the batch of a request again when the log is replayed. It must be a pure function of the request.
type Decoder interface {
	Decode(req *record.Request) (*record.Batch, error)
}

// Options of a pipeline. Dir, Store and Decoder are needed; the zero value of each other field means the default.
type Options struct {
	Dir     string // holds the folders wal and quarantine, made if absent
	Store   store.Store
	Decoder Decoder

	// QueueBytes bounds the memory of batches between admission and the store. Default 128 MiB.
	QueueBytes int64
	// AdmitWait is how long Add waits for room in the queue. Default 5 s: OTLP exporters give up after 10 s.
	AdmitWait time.Duration
	// ApplyEvery and ApplyRecords say when what has queued up is applied: so long after the first, or when so many
	// wait. Defaults 250 ms and 5000.
	ApplyEvery   time.Duration
	ApplyRecords int
	// DedupWindow is for how long at least a repeated record is recognised. Default 30 min.
	DedupWindow time.Duration
	// DedupRecords bounds the records that are remembered for it, at up to 30 bytes each; when more arrive within the
	// window, it gets shorter. Default 4 Mi.
	DedupRecords int
	// LogBytes bounds the write-ahead log. Default 4 GiB.
	LogBytes int64
	// Uncounted is the project of the server's own metrics: what it gets is in no count, so that counts tell of what
	// others sent. Empty is none.
	Uncounted string
	// WatchBytes bounds the batches that wait for one watcher. Default 16 MiB.
	WatchBytes int64

	Logger     *slog.Logger          // nil discards
	Registerer prometheus.Registerer // nil registers nothing
}

func (o *Options) setDefaults() {
	setDefault(&o.QueueBytes, 128<<20)
	setDefault(&o.AdmitWait, 5*time.Second)
	setDefault(&o.ApplyEvery, 250*time.Millisecond)
	setDefault(&o.ApplyRecords, 5000)
	setDefault(&o.DedupWindow, 30*time.Minute)
	setDefault(&o.DedupRecords, 4<<20)
	setDefault(&o.LogBytes, 4<<30)
	setDefault(&o.WatchBytes, 16<<20)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Unavailable says that a request was not accepted now and may be sent again. Nothing of it was stored, except after
// an fsync that failed, where that is unknown; a retry is recognised then.
type Unavailable struct {
	Reason string // queue_full, log_full, log_error or closing
	After  time.Duration
	Err    error // may be nil
}

// Error says why.
func (e *Unavailable) Error() string {
	text := map[string]string{
		reasonQueueFull: "the ingest queue is full",
		reasonLogFull:   "the write-ahead log is full",
		reasonLogError:  "the write-ahead log cannot be written",
		reasonClosing:   "the server is shutting down",
	}[e.Reason]
	if e.Err != nil {
		return text + ": " + e.Err.Error()
	}
	return text
}

// RetryAfter returns how long the client should wait.
func (e *Unavailable) RetryAfter() time.Duration { return e.After }

// Unwrap returns the cause.
func (e *Unavailable) Unwrap() error { return e.Err }

const (
	reasonQueueFull = "queue_full"
	reasonLogFull   = "log_full"
	reasonLogError  = "log_error"
	reasonClosing   = "closing"
)

// Pipeline is an open write path. All methods are safe for concurrent use.
type Pipeline struct {
	options Options
	logger  *slog.Logger
	metrics *metrics
	log     *wal.Log
	room    *semaphore.Weighted // of QueueBytes
	queued  atomic.Int64        // how much of it is taken
	order   order
	queue   queue
	watches watches

	mu      sync.Mutex
	closing bool           // guarded by mu
	adds    sync.WaitGroup // Adds under way; grows only under mu while not closing

	truncated      uint64 // of the log; the apply loop's own
	quarantinedRow int    // batches put into quarantine since one was applied; the apply loop's own
	stop           chan struct{}
	cancel         context.CancelFunc // of the apply loop's work
	done           chan struct{}      // closed when the apply loop has ended
}

// Open opens the log under o.Dir, applies what the store does not hold durably, and starts the apply loop. ctx bounds
// the opening only.
func Open(ctx context.Context, o Options) (*Pipeline, error) {
	o.setDefaults()
	p := &Pipeline{
		options: o, logger: o.Logger,
		room: semaphore.NewWeighted(o.QueueBytes),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	p.queue.init()
	p.metrics = newMetrics(p)
	log, err := wal.Open(wal.Options{
		Dir: filepath.Join(o.Dir, "wal"), MaxBytes: o.LogBytes, After: o.Store.Durable(),
		// The store's files skip what they think they hold, so the numbers of a log that was deleted must not come
		// again. There are never a million requests a second.
		First:  uint64(time.Now().UnixMicro()),
		Logger: o.Logger, OnCommit: p.metrics.committed,
	})
	if err != nil {
		return nil, err
	}
	p.log = log
	window := newWindow(o.DedupWindow, o.DedupRecords)
	if err := p.replay(ctx, window); err != nil {
		return nil, errors.Join(fmt.Errorf("replay the write-ahead log: %w", err), log.Close())
	}
	next := log.Stats().Next
	p.watches.init(o.WatchBytes, next-1)
	p.order.init(next, func(item *item) { p.publish(window, item) })
	if err := p.metrics.register(o.Registerer); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	loopCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.cancel = cancel
	go p.applyLoop(loopCtx)
	return p, nil
}

// Add makes a request durable and hands its batch to whoever watches and to the apply loop. The batch must be what
// the Decoder makes of req. When Add returns nil the request is on disk and the batch belongs to the pipeline;
// otherwise it stays the caller's and nothing is stored. Besides *Unavailable only the errors of ctx are returned.
func (p *Pipeline) Add(ctx context.Context, req *record.Request, batch *record.Batch) error {
	began := time.Now()
	if len(batch.Records) == 0 && len(batch.Metrics) == 0 {
		return nil
	}
	if !p.enter() {
		return p.refuse(reasonClosing, nil)
	}
	defer p.adds.Done()
	item := &item{batch: batch, signal: req.Signal, room: p.roomFor(req, batch)}
	if err := p.admit(ctx, item.room); err != nil {
		return err
	}
	item.identify()
	seq, err := p.log.Append(ctx, requestHeader(req), req.Body)
	if err != nil {
		p.release(item.room)
		return p.appendFailed(ctx, err)
	}
	batch.Seq = seq
	p.order.put(item)
	p.metrics.ack.Observe(time.Since(began).Seconds())
	return nil
}

// enter counts an Add and reports false when the pipeline is closing.
func (p *Pipeline) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return false
	}
	p.adds.Add(1)
	return true
}

// roomFor returns how much of QueueBytes a batch takes. One that is larger than the whole queue takes all of it.
func (p *Pipeline) roomFor(req *record.Request, batch *record.Batch) int64 {
	return min(int64(max(batch.Bytes, len(req.Body))), p.options.QueueBytes)
}

// admit waits for room in the queue.
func (p *Pipeline) admit(ctx context.Context, room int64) error {
	if !p.room.TryAcquire(room) {
		wait, cancel := context.WithTimeout(ctx, p.options.AdmitWait)
		defer cancel()
		if p.room.Acquire(wait, room) != nil {
			if err := ctx.Err(); err != nil {
				return err
			}
			return p.refuse(reasonQueueFull, nil)
		}
	}
	p.queued.Add(room)
	return nil
}

// release gives room in the queue back.
func (p *Pipeline) release(room int64) {
	p.room.Release(room)
	p.queued.Add(-room)
}

// refuse counts a refused request and returns the error for its client.
func (p *Pipeline) refuse(reason string, cause error) error {
	p.metrics.refused.WithLabelValues(reason).Inc()
	after := 5 * time.Second
	if reason == reasonLogError {
		after = 30 * time.Second // someone has to act
	}
	return &Unavailable{Reason: reason, After: after, Err: cause}
}

// appendFailed returns the error for a client whose request could not be logged.
func (p *Pipeline) appendFailed(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, wal.ErrFull):
		p.queue.poke() // the loop makes the store durable, which makes room
		return p.refuse(reasonLogFull, err)
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return err
	default:
		p.logger.Error("request refused: the write-ahead log cannot be written; check the disk", "error", err)
		return p.refuse(reasonLogError, err)
	}
}

// publish hands a batch on that is on disk: it drops repeats, and gives the rest to the watchers and to the apply
// queue. It is called in order of Seq, one at a time.
func (p *Pipeline) publish(window *window, item *item) {
	total := len(item.batch.Records) + len(item.batch.Metrics)
	item.dropRepeats(window)
	item.keys = nil
	kept := len(item.batch.Records) + len(item.batch.Metrics)
	if item.batch.Project != p.options.Uncounted {
		p.metrics.records.WithLabelValues(item.signal.String()).Add(float64(kept))
		if kept < total {
			p.metrics.duplicates.WithLabelValues(item.signal.String()).Add(float64(total - kept))
		}
	}
	p.watches.publish(item.batch)
	p.queue.push(item)
}

// Depth is how much waits, in bytes.
type Depth struct {
	Queue int64 // batches between admission and the store
	Log   int64 // the write-ahead log
}

// Depth tells how much waits.
func (p *Pipeline) Depth() Depth {
	return Depth{Queue: p.queued.Load(), Log: p.log.Stats().Bytes}
}

// Err returns an error when the pipeline accepts nothing any more until the process restarts.
func (p *Pipeline) Err() error { return p.log.Err() }

// Close stops admitting, applies what is queued, makes the store durable and closes the log, not the store. When ctx
// ends first, what is left stays in the log for the next Open. Close twice is fine.
func (p *Pipeline) Close(ctx context.Context) error {
	p.mu.Lock()
	again := p.closing
	p.closing = true
	p.mu.Unlock()
	if again {
		<-p.done
		return nil
	}
	stop := context.AfterFunc(ctx, p.cancel)
	defer stop()
	// An Add waits at most AdmitWait and for the disk. The loop goes on meanwhile and makes room.
	p.adds.Wait()
	close(p.stop)
	<-p.done
	p.cancel()
	p.watches.close()
	err := ctx.Err()
	if err == nil {
		err = p.options.Store.Sync(ctx)
	}
	if err == nil {
		err = p.log.Truncate(p.options.Store.Durable())
	}
	if err != nil {
		err = fmt.Errorf("close the write path: %w", err)
	}
	return errors.Join(err, p.log.Close())
}
