package wal

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// writeBufferBytes gathers small entries into one write; larger ones go to the file without being copied.
const writeBufferBytes = 256 << 10

// run is the committer: it writes what has gathered, syncs once, and answers everyone. While it syncs, the next group
// gathers.
func (l *Log) run() {
	defer close(l.done)
	for {
		select {
		case <-l.wake:
			l.commitQueued()
		case <-l.stop:
			l.commitQueued()
			return
		}
	}
}

// commitQueued commits everything in the queue.
func (l *Log) commitQueued() {
	l.files.Lock()
	defer l.files.Unlock()
	l.mu.Lock()
	group := l.queue
	l.queue, l.queuedBytes = nil, 0
	l.mu.Unlock()
	for len(group) > 0 {
		n, err := l.commit(group)
		if err != nil {
			// What follows in the group was not tried. Its callers may, and a full disk answers them as fast as this.
			answer(group, 0, err)
			return
		}
		group = group[n:]
	}
}

// answer tells everyone in the group its sequence number or the error.
func answer(group []*waiting, first uint64, err error) {
	for i, w := range group {
		if err != nil {
			w.result <- appended{err: err}
			continue
		}
		w.result <- appended{seq: first + uint64(i)}
	}
}

// commit writes and syncs as many entries of the group as fit into the active segment, at least one, answers them and
// returns how many. On an error nothing was answered and nothing is in the log. The caller holds files.
func (l *Log) commit(group []*waiting) (n int, err error) {
	if err := l.Err(); err != nil {
		return 0, err
	}
	active := l.activeSegment()
	if active.next > active.first && active.bytes+group[0].bytes() > l.options.SegmentBytes {
		if err := l.roll(active.next); err != nil {
			return 0, err
		}
		active = l.activeSegment()
	}
	var size int64
	for n < len(group) && (n == 0 || active.bytes+size+group[n].bytes() <= l.options.SegmentBytes) {
		size += group[n].bytes()
		n++
	}
	began := time.Now()
	if err := l.write(group[:n], active); err != nil {
		return 0, l.undoWrite(active, err)
	}
	if err := l.active.Sync(); err != nil {
		// After a failed fsync the kernel may drop the dirty pages and report success the next time: nothing that is
		// in the file beyond the last good sync can be believed.
		return 0, l.breakWith(fmt.Errorf("sync %s: %w", active.name(), err))
	}
	first := active.next
	l.mu.Lock()
	l.last().next += uint64(n)
	l.last().bytes += size
	l.mu.Unlock()
	answer(group[:n], first, nil)
	if l.options.OnCommit != nil {
		l.options.OnCommit(n, size, time.Since(began))
	}
	return n, nil
}

// bytes returns what the entry takes in a segment.
func (w *waiting) bytes() int64 { return int64(w.size) + entryOverhead }

// activeSegment returns a copy of the state of the active segment.
func (l *Log) activeSegment() segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	return *l.last()
}

// write writes the entries to the active segment.
func (l *Log) write(group []*waiting, active segment) error {
	buffer := bufio.NewWriterSize(l.active, writeBufferBytes)
	var header [entryOverhead]byte
	for i, w := range group {
		putEntryHeader(header[:], w.size, active.next+uint64(i), active.next-1, w.sum, active.salt)
		_, _ = buffer.Write(header[:]) // Flush returns the first error
		for _, part := range w.parts {
			_, _ = buffer.Write(part)
		}
	}
	return buffer.Flush()
}

// undoWrite cuts off what a failed write left, so that the log stays usable when the disk was only full.
func (l *Log) undoWrite(active segment, cause error) error {
	cause = fmt.Errorf("write %s: %w", active.name(), cause)
	if err := l.active.Truncate(active.bytes); err != nil {
		return l.breakWith(errors.Join(cause, err))
	}
	if err := l.active.Sync(); err != nil {
		return l.breakWith(errors.Join(cause, err))
	}
	return cause
}

// breakWith makes the log refuse everything from now on.
func (l *Log) breakWith(cause error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = fmt.Errorf("%w: %w", ErrBroken, cause)
	l.logger.Error("write-ahead log broken; check the disk, then restart", "error", cause)
	return l.broken
}

// roll begins a new active segment whose first entry will be first. On an error the old one stays. The caller holds
// files.
func (l *Log) roll(first uint64) error {
	fresh, handle, err := l.createSegment(first)
	if err != nil {
		return err
	}
	old := l.active
	l.active = handle
	l.mu.Lock()
	l.segments = append(l.segments, fresh)
	l.mu.Unlock()
	if old != nil {
		// Everything in it was synced; an error of Close has nothing more to say.
		_ = old.Close()
	}
	return nil
}

// createSegment makes an empty segment that is on disk, directory entry included. It appears under its name only when
// its header is complete, so that a segment with a bad header is damage, never a crash.
func (l *Log) createSegment(first uint64) (*segment, file, error) {
	s := &segment{path: filepath.Join(l.dir, segmentName(first)), first: first, next: first, salt: rand.Uint32(), bytes: headerBytes}
	temp := s.path + tempSuffix
	handle, err := l.create(temp)
	if err != nil {
		return nil, nil, fmt.Errorf("create segment: %w", err)
	}
	_, err = handle.Write(segmentHeader(first, s.salt))
	if err == nil {
		err = handle.Sync()
	}
	if err == nil {
		err = os.Rename(temp, s.path)
	}
	if err == nil {
		err = syncDir(l.dir)
	}
	if err != nil {
		err = fmt.Errorf("create segment %s: %w", s.name(), err)
		_ = handle.Close()
		return nil, nil, l.undoCreate(s.path, err)
	}
	return s, handle, nil
}

// undoCreate removes a segment whose creation failed. Its name may be in place already; if it stayed, and the segment
// before it went on, two segments would claim the same entry.
func (l *Log) undoCreate(path string, cause error) error {
	if err := errors.Join(removeIfThere(path+tempSuffix), removeIfThere(path), syncDir(l.dir)); err != nil {
		return l.breakWith(errors.Join(cause, err))
	}
	return cause
}

// createFile creates a segment for appending.
func createFile(path string) (file, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
