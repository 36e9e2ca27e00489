// Package wal is a write-ahead log: entries of opaque bytes in append-only segment files, numbered in the order in
// which they were written. One fsync serves every Append that waits for it (group commit).
//
// Append returns when the entry is on disk, not before. A crash may leave entries behind that were never acknowledged;
// they come back on the next Open like any other. A tail that a crash tore is cut off and counted. Damage to an entry
// that had been acknowledged is an error that names the file and the offset, never a silent loss.
//
// Sequence numbers ascend by one and are never used again, also not after every entry was deleted: the newest segment
// always stays and carries the next number in its header.
package wal

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"sync"
	"time"
)

// Errors that callers decide by.
var (
	// ErrFull means that the log has reached Options.MaxBytes. Truncate makes room.
	ErrFull = errors.New("write-ahead log is full")
	// ErrBroken means that an fsync failed, or that a failed write could not be taken back. What is in the file is
	// unknown then, so the log takes no more entries until it is opened again.
	ErrBroken = errors.New("write-ahead log is broken until restart")
	// ErrClosed means that Close was called.
	ErrClosed = errors.New("write-ahead log is closed")
)

// DefaultSegmentBytes is the size at which a new segment is begun.
const DefaultSegmentBytes = 64 << 20

// Options of a log. The zero value of each field but Dir works.
type Options struct {
	Dir string // made if absent; nothing else may be kept in it
	// SegmentBytes is the size from which on a new segment is begun; 0 means DefaultSegmentBytes. An entry is never
	// split, so a segment with one huge entry is larger.
	SegmentBytes int64
	// MaxBytes bounds all segments together; Append fails with ErrFull rather than exceed it. 0 means no bound.
	MaxBytes int64
	// First is the first sequence number of a log that has no segment yet; 0 means 1. Taken from a clock that ticks
	// faster than entries come, it keeps the numbers of a log that was lost from being used again.
	First uint64
	// After is the sequence number up to which nobody will read the log any more. New numbers are greater.
	After uint64
	// Logger tells of cut tails; nil discards.
	Logger *slog.Logger
	// OnCommit, if set, is called after each successful group commit, from one goroutine. It must not call the log.
	OnCommit func(entries int, bytes int64, took time.Duration)
}

// Log is an open log. All methods are safe for concurrent use. A directory must be opened by one Log at a time.
type Log struct {
	dir     string
	options Options
	logger  *slog.Logger
	create  func(path string) (file, error) // os files, except in tests that let writes fail

	// mu guards the queue and what is told to callers. It is never held during I/O.
	mu          sync.Mutex
	queue       []*waiting // bounded by the callers, each of which waits for its one entry
	queuedBytes int64
	closed      bool
	broken      error      // wraps ErrBroken
	segments    []*segment // oldest first, never empty; the last is active
	tornBytes   int64

	// files serialises what changes files: a commit, Truncate, Close. It is held during I/O, by design, and taken
	// before mu.
	files  sync.Mutex
	active file // the last segment, positioned at its end

	wake chan struct{} // capacity 1: there may be something in queue
	stop chan struct{} // closed by Close
	done chan struct{} // closed when the committer has ended
}

// waiting is an Append that waits for its commit.
type waiting struct {
	parts  [][]byte
	size   int
	sum    uint32        // CRC-32C of the parts
	result chan appended // capacity 1
}

type appended struct {
	seq uint64
	err error
}

// Stats tells the state of a log.
type Stats struct {
	Segments  int
	Bytes     int64  // of all segments
	Oldest    uint64 // sequence number of the oldest entry that is kept; Next when there is none
	Next      uint64 // the next sequence number
	TornBytes int64  // cut off by Open
}

// Stats returns the state of the log.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Stats{
		Segments:  len(l.segments),
		Bytes:     l.bytes(),
		Oldest:    l.segments[0].first,
		Next:      l.last().next,
		TornBytes: l.tornBytes,
	}
}

// Err returns the error that broke the log, or nil while it takes entries.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// last returns the active segment. The caller holds mu.
func (l *Log) last() *segment { return l.segments[len(l.segments)-1] }

// bytes returns the size of all segments. The caller holds mu.
func (l *Log) bytes() int64 {
	var n int64
	for _, s := range l.segments {
		n += s.bytes
	}
	return n
}

// Append writes the concatenation of parts as one entry and returns its sequence number once it is on disk. The parts
// must not change until Append returns.
//
// A cancelled ctx takes the entry back if its write has not begun; after that Append waits for the disk, so that a nil
// error always means written and ctx.Err() always means not written. With any other error the entry may still turn up
// after a restart only if the error wraps ErrBroken.
func (l *Log) Append(ctx context.Context, parts ...[]byte) (seq uint64, err error) {
	w := &waiting{parts: parts, result: make(chan appended, 1)}
	for _, part := range parts {
		w.size += len(part)
		w.sum = crc32.Update(w.sum, castagnoli, part)
	}
	if w.size > MaxEntryBytes {
		return 0, fmt.Errorf("entry of %d bytes exceeds the limit of %d", w.size, MaxEntryBytes)
	}
	if err := l.enqueue(w); err != nil {
		return 0, err
	}
	select {
	case l.wake <- struct{}{}:
	default: // the committer is already told
	}
	select {
	case r := <-w.result:
		return r.seq, r.err
	case <-ctx.Done():
	}
	if l.takeBack(w) {
		return 0, ctx.Err()
	}
	r := <-w.result
	return r.seq, r.err
}

func (l *Log) enqueue(w *waiting) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	need := int64(w.size + entryOverhead)
	switch {
	case l.closed:
		return ErrClosed
	case l.broken != nil:
		return l.broken
	case l.options.MaxBytes > 0 && l.bytes()+l.queuedBytes+need > l.options.MaxBytes:
		return fmt.Errorf("%w: %d of %d bytes are used", ErrFull, l.bytes()+l.queuedBytes, l.options.MaxBytes)
	}
	l.queue = append(l.queue, w)
	l.queuedBytes += need
	return nil
}

// takeBack removes w from the queue and reports false if its write has begun.
func (l *Log) takeBack(w *waiting) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, other := range l.queue {
		if other == w {
			l.queue = append(l.queue[:i], l.queue[i+1:]...)
			l.queuedBytes -= int64(w.size + entryOverhead)
			return true
		}
	}
	return false
}

// Close waits for the entries that were appended before it, refuses new ones and closes the files. Close twice is fine.
func (l *Log) Close() error {
	l.mu.Lock()
	again := l.closed
	l.closed = true
	l.mu.Unlock()
	if !again {
		close(l.stop)
	}
	<-l.done
	l.files.Lock()
	defer l.files.Unlock()
	if l.active == nil {
		return nil
	}
	active := l.active
	l.active = nil
	return active.Close()
}

// file is what the log needs of the segment that it writes.
type file interface {
	io.Writer
	Sync() error
	Truncate(size int64) error
	Close() error
}
