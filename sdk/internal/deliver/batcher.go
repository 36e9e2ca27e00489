package deliver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// The first items are sent soon, so that a program's first record shows at once; later ones gather for longer. These are
// the times of Logfire's Python SDK.
const (
	firstItems   = 10
	firstDelay   = 100 * time.Millisecond
	laterDelay   = 500 * time.Millisecond
	batchItems   = 512
	batchBytes   = 4 << 20  // well below what servers accept in one request
	waitingItems = 16384    // about two minutes of 128 records per second
	waitingBytes = 64 << 20 // model calls carry whole conversations
)

// Options say what a Batcher works on.
type Options[T any] struct {
	// Noun names the items in what is told of them, in the plural: spans.
	Noun string
	// Send sends a batch, in the order in which the items were added, and returns when it is accepted or will not be. It
	// is called by one goroutine at a time and may keep the slice. Its error is told.
	Send func(ctx context.Context, batch []T) error
	// Size estimates the bytes that an item takes.
	Size func(item T) int
	// Dispensable tells which items are only worth sending while there is room to spare: they are left out, and not
	// counted, when half of the queue is taken. nil is none.
	Dispensable func(item T) bool
	// StandIn makes what is sent in the place of an item that alone is too large for the server, and tells whether there
	// is such a thing. The item stays dropped; its stand-in is sent once and is in no count. nil makes none.
	StandIn func(item T) (standIn T, ok bool)
	// Count and Reporter are where the Batcher counts and tells; both may be shared.
	Count    *Count
	Reporter *Reporter
}

// Batcher gathers items and sends them in batches. Its methods are safe for concurrent use.
type Batcher[T any] struct {
	options Options[T]
	wake    chan struct{}   // holds one: the queue is no longer empty, or a batch is full
	flush   chan chan error // asks to send all that is queued
	closing chan struct{}   // closed: send all that is queued, and end
	done    chan struct{}   // closed: the goroutine has ended
	ctx     context.Context // ends when what is being sent is given up
	giveUp  context.CancelFunc

	mu     sync.Mutex // guards what follows
	queue  []T
	bytes  int // of queue
	added  int // since the start
	closed bool
}

// NewBatcher starts a Batcher. It runs until Shutdown.
func NewBatcher[T any](options Options[T]) *Batcher[T] {
	b := &Batcher[T]{
		options: options, wake: make(chan struct{}, 1), flush: make(chan chan error),
		closing: make(chan struct{}), done: make(chan struct{}),
	}
	b.ctx, b.giveUp = context.WithCancel(context.Background())
	go b.run()
	return b
}

var (
	errFull  = errors.New("too many wait to be sent")
	errEnded = errors.New("sending has ended")
)

// Add queues an item. When the queue is full, or after Shutdown, the item is dropped and counted.
func (b *Batcher[T]) Add(item T) {
	if err := b.enqueue(item, b.options.Size(item)); err != nil {
		dropped := b.options.Count.Dropped.Add(1)
		b.options.Reporter.Report("full", fmt.Errorf("hearth: %s are dropped: %w; %d so far", b.options.Noun, err, dropped))
	}
}

func (b *Batcher[T]) enqueue(item T, size int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return errEnded
	}
	if crowded := len(b.queue) >= waitingItems/2 || b.bytes >= waitingBytes/2; crowded && b.options.Dispensable != nil && b.options.Dispensable(item) {
		return nil
	}
	if len(b.queue) >= waitingItems || (len(b.queue) > 0 && b.bytes+size > waitingBytes) {
		return errFull
	}
	b.queue = append(b.queue, item)
	b.bytes += size
	b.added++
	b.options.Count.Queued.Add(1)
	if len(b.queue) == 1 || b.isFull() {
		select {
		case b.wake <- struct{}{}:
		default: // the goroutine has yet to see the last one
		}
	}
	return nil
}

// isFull tells whether a whole batch waits. The caller holds mu.
func (b *Batcher[T]) isFull() bool { return len(b.queue) >= batchItems || b.bytes >= batchBytes }

// Flush sends what was queued before the call. It returns when that is done, or with ctx's error when ctx ends first.
func (b *Batcher[T]) Flush(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case b.flush <- answer:
	case <-b.done:
		return nil
	case <-ctx.Done():
		return b.unsent(ctx)
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return b.unsent(ctx)
	}
}

func (b *Batcher[T]) unsent(ctx context.Context) error {
	return fmt.Errorf("%d %s not sent yet: %w", b.options.Count.Queued.Load(), b.options.Noun, context.Cause(ctx))
}

// Shutdown sends what is queued and ends the Batcher. What is not sent when ctx ends, or after the first failure, is
// dropped. A second call waits for the first.
func (b *Batcher[T]) Shutdown(ctx context.Context) error {
	b.mu.Lock()
	first := !b.closed
	b.closed = true
	b.mu.Unlock()
	if first {
		close(b.closing)
	}
	select {
	case <-b.done:
	case <-ctx.Done():
		b.giveUp()
		<-b.done
	}
	if dropped := b.options.Count.Dropped.Load(); first && dropped > 0 {
		return fmt.Errorf("%d %s were dropped", dropped, b.options.Noun)
	}
	return nil
}

func (b *Batcher[T]) run() {
	defer close(b.done)
	defer b.giveUp()
	var due <-chan time.Time // when what is queued is sent; nil when nothing is
	for {
		select {
		case <-b.wake:
			b.sendFull()
		case <-due:
			due = nil
			_ = b.sendAll() // told by the Reporter
		case answer := <-b.flush:
			due = nil
			answer <- b.sendAll()
		case <-b.closing:
			b.sendLast()
			return
		}
		if waiting, delay := b.waiting(); waiting == 0 {
			due = nil
		} else if due == nil {
			due = time.After(delay)
		}
	}
}

// waiting returns how many items wait, and how long the first may.
func (b *Batcher[T]) waiting() (items int, delay time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.added <= firstItems {
		return len(b.queue), firstDelay
	}
	return len(b.queue), laterDelay
}

// sendFull sends the full batches and leaves the rest to gather.
func (b *Batcher[T]) sendFull() {
	for {
		b.mu.Lock()
		full := b.isFull()
		b.mu.Unlock()
		if !full {
			return
		}
		_ = b.send(b.take()) // told by the Reporter
	}
}

// sendAll sends what is queued now.
func (b *Batcher[T]) sendAll() error {
	var errs []error
	for waiting, _ := b.waiting(); waiting > 0; {
		batch := b.take()
		waiting -= len(batch)
		errs = append(errs, b.send(batch))
	}
	return errors.Join(errs...)
}

// sendLast sends what is queued until the first failure: a program that ends does not wait for a server that is away.
func (b *Batcher[T]) sendLast() {
	for batch := b.take(); len(batch) > 0; batch = b.take() {
		if b.send(batch) == nil {
			continue
		}
		b.mu.Lock()
		rest := int64(len(b.queue))
		b.queue, b.bytes = nil, 0
		b.mu.Unlock()
		b.options.Count.Queued.Add(-rest)
		b.options.Count.Dropped.Add(rest)
	}
}

// take removes the next batch from the queue.
func (b *Batcher[T]) take() []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	items, bytes := 0, 0
	for items < len(b.queue) && items < batchItems {
		size := b.options.Size(b.queue[items])
		if items > 0 && bytes+size > batchBytes {
			break
		}
		bytes += size
		items++
	}
	batch := b.queue[:items:items]
	b.queue = b.queue[items:]
	b.bytes -= bytes
	if len(b.queue) == 0 {
		b.queue, b.bytes = nil, 0
	}
	return batch
}

// send sends one batch and counts what became of it. A batch that is too large for the server goes in halves.
func (b *Batcher[T]) send(batch []T) error {
	ctx, outcome := WithOutcome(b.ctx)
	err := b.attempt(ctx, batch)
	if err != nil && outcome.TooLarge && len(batch) > 1 {
		half := len(batch) / 2
		return errors.Join(b.send(batch[:half:half]), b.send(batch[half:]))
	}
	items := int64(len(batch))
	dropped := outcome.Dropped(items, err)
	count := b.options.Count
	count.Queued.Add(-items)
	count.Sent.Add(items - dropped)
	count.Dropped.Add(dropped)
	if err != nil {
		b.options.Reporter.Report("refused", fmt.Errorf("hearth: %d of %d %s dropped: %w; %d so far",
			dropped, items, b.options.Noun, err, count.Dropped.Load()))
	}
	if outcome.TooLarge && items == 1 {
		b.sendStandIn(batch[0])
	}
	return err
}

func (b *Batcher[T]) sendStandIn(item T) {
	if b.options.StandIn == nil {
		return
	}
	if standIn, ok := b.options.StandIn(item); ok {
		_ = b.attempt(b.ctx, []T{standIn}) // what is lost has been told
	}
}

// attempt calls Send. An exporter that panics loses its batch, not the program.
func (b *Batcher[T]) attempt(ctx context.Context, batch []T) (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("exporter panicked: %v", problem)
		}
	}()
	return b.options.Send(ctx, batch)
}
