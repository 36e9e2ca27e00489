package wal

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Replay calls fn for each entry from the sequence number from on, in order, that was on disk when it was called. Each
// payload belongs to fn. An error of fn ends the replay and is returned as it is; damage is a *DamageError. Entries
// that were deleted are skipped; segments that are to be replayed must not be deleted meanwhile.
func (l *Log) Replay(from uint64, fn func(seq uint64, payload []byte) error) error {
	l.mu.Lock()
	segments := make([]segment, len(l.segments))
	for i, s := range l.segments {
		segments[i] = *s
	}
	l.mu.Unlock()
	for _, s := range segments {
		if s.next <= from || s.next == s.first {
			continue
		}
		if err := replaySegment(s, from, fn); err != nil {
			return err
		}
	}
	return nil
}

// errNoEntry says that Read was asked for what the log does not hold.
var errNoEntry = errors.New("the write-ahead log does not hold the entry")

// Read returns the payload of one entry. It reads the entry's segment from its start.
func (l *Log) Read(seq uint64) (payload []byte, err error) {
	found := errors.New("found")
	err = l.Replay(seq, func(at uint64, p []byte) error {
		if at == seq {
			payload = p
			return found
		}
		return errNoEntry
	})
	switch {
	case errors.Is(err, found):
		return payload, nil
	case err == nil:
		err = errNoEntry
	}
	return nil, fmt.Errorf("read entry %d: %w", seq, err)
}

func replaySegment(s segment, from uint64, fn func(seq uint64, payload []byte) error) error {
	f, err := os.Open(s.path)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	defer f.Close()
	r, err := newReader(f, s.bytes) // not beyond what is on disk: a commit may be writing
	if err != nil {
		return &DamageError{File: s.path, Reason: err.Error()}
	}
	for {
		r.reuse = r.next < from
		e, err := r.read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errDamaged):
			return &DamageError{File: s.path, Offset: r.offset, Reason: err.Error()}
		case err != nil:
			return fmt.Errorf("replay %s: %w", s.name(), err)
		}
		if e.seq < from {
			continue
		}
		if err := fn(e.seq, e.payload); err != nil {
			return err
		}
	}
}

// Truncate deletes the segments all of whose entries have a sequence number of at most through. When that is so of
// every entry, an empty segment is begun first, which carries the next number.
func (l *Log) Truncate(through uint64) error {
	l.files.Lock()
	defer l.files.Unlock()
	if l.active == nil {
		return ErrClosed
	}
	if err := l.Err(); err != nil {
		return err
	}
	// The old ones first: on a full disk they make the room that a new segment needs.
	if err := l.drop(l.droppable(through)); err != nil {
		return err
	}
	active := l.activeSegment()
	if active.next == active.first || active.next-1 > through {
		return nil
	}
	if err := l.roll(active.next); err != nil {
		return fmt.Errorf("truncate: %w", err)
	}
	return l.drop(l.droppable(through))
}

// droppable counts the segments before the active one that hold nothing above through.
func (l *Log) droppable(through uint64) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n < len(l.segments)-1 && l.segments[n].next-1 <= through {
		n++
	}
	return n
}

// drop deletes the n oldest segments, oldest first, so that a crash leaves no hole. The caller holds files, or is Open.
func (l *Log) drop(n int) error {
	for range n {
		if err := removeIfThere(l.segments[0].path); err != nil {
			return fmt.Errorf("truncate: %w", err)
		}
		l.mu.Lock()
		l.segments = l.segments[1:]
		l.mu.Unlock()
	}
	if n == 0 {
		return nil
	}
	return syncDir(l.dir)
}
