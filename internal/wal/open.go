package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// DamageError says that an entry which was acknowledged cannot be read any more, or that a segment is missing.
type DamageError struct {
	File   string // path of the segment
	Offset int64  // of the damage in the file
	Reason string
}

// Error names the file, the offset and the reason.
func (e *DamageError) Error() string {
	return fmt.Sprintf("write-ahead log is damaged: %s at offset %d: %s", e.File, e.Offset, e.Reason)
}

// Open opens the log in a directory and checks every entry in it. A torn tail is cut off with a warning; other damage
// is a *DamageError.
func Open(o Options) (*Log, error) {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = DefaultSegmentBytes
	}
	l := &Log{
		dir: o.Dir, options: o, logger: o.Logger, create: createFile,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	if l.logger == nil {
		l.logger = slog.New(slog.DiscardHandler)
	}
	if err := l.recover(); err != nil {
		if l.active != nil {
			err = errors.Join(err, l.active.Close())
		}
		return nil, fmt.Errorf("open write-ahead log: %w", err)
	}
	go l.run()
	return l, nil
}

// recover reads the directory and leaves an active segment that is ready for the next entry.
func (l *Log) recover() error {
	if err := l.makeDir(); err != nil {
		return err
	}
	if err := l.listSegments(); err != nil {
		return err
	}
	if err := l.dropKnown(); err != nil {
		return err
	}
	for i, s := range l.segments {
		if err := l.check(s, i == len(l.segments)-1); err != nil {
			return err
		}
		if i > 0 && s.first != l.segments[i-1].next {
			return &DamageError{File: s.path, Reason: fmt.Sprintf("it begins with entry %d, but the segment before it ends with %d", s.first, l.segments[i-1].next-1)}
		}
	}
	if len(l.segments) > 0 && l.last().next > l.options.After {
		handle, err := os.OpenFile(l.last().path, os.O_WRONLY|os.O_APPEND, 0)
		l.active = handle
		return err
	}
	// The log is new, or was lost, or holds only what its reader has for good.
	stale, first := len(l.segments), l.options.After+1
	if stale == 0 {
		first = max(first, l.options.First)
	}
	if err := l.roll(first); err != nil {
		return err
	}
	return l.drop(stale)
}

// dropKnown deletes, unread, the segments that hold only entries which the reader of the log has for good. Besides
// saving time this makes harmless that a crash came between the new segment and the end of the old ones when After ran
// ahead of the log.
func (l *Log) dropKnown() error {
	n := 0
	for i, s := range l.segments {
		if s.first <= l.options.After+1 {
			n = i
		}
	}
	return l.drop(n)
}

// makeDir makes the directory and makes its name durable.
func (l *Log) makeDir() error {
	if _, err := os.Stat(l.dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	return syncDir(filepath.Dir(l.dir))
}

// listSegments fills l.segments with what the directory holds, in order, unread, and removes segments whose creation
// a crash cut short.
func (l *Log) listSegments() error {
	names, err := os.ReadDir(l.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		path := filepath.Join(l.dir, name.Name())
		if strings.HasSuffix(name.Name(), segmentSuffix+tempSuffix) {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		if first, ok := parseSegmentName(name.Name()); ok {
			l.segments = append(l.segments, &segment{path: path, first: first})
		}
	}
	slices.SortFunc(l.segments, func(a, b *segment) int { return strings.Compare(a.path, b.path) })
	return nil
}

// check reads a whole segment and fills in its size and its end. Only the last one may have a torn tail.
func (l *Log) check(s *segment, last bool) error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r, err := newReader(f, info.Size())
	if err != nil {
		return &DamageError{File: s.path, Reason: err.Error()}
	}
	if r.next != s.first {
		return &DamageError{File: s.path, Reason: fmt.Sprintf("its header says that it begins with entry %d", r.next)}
	}
	r.reuse = true
	for err == nil {
		_, err = r.read()
	}
	s.next, s.bytes, s.salt = r.next, r.offset, r.salt
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case !errors.Is(err, errDamaged):
		return err
	case !last:
		return &DamageError{File: s.path, Offset: r.offset, Reason: err.Error() + ", and later segments follow"}
	}
	return l.cutTail(s, info.Size(), err)
}

// cutTail removes the bytes after the last good entry of the active segment, unless a later entry proves that what is
// damaged had been acknowledged.
func (l *Log) cutTail(s *segment, size int64, cause error) error {
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	// The tail is at most one segment; a huge single entry is the exception and still was in memory when it came.
	tail := make([]byte, size-s.bytes)
	if _, err := f.ReadAt(tail, s.bytes); err != nil {
		return err
	}
	if seq, ok := laterCommit(tail, s.next, s.salt); ok {
		return &DamageError{File: s.path, Offset: s.bytes, Reason: fmt.Sprintf("%v, and entry %d after it says that entry %d was on disk", cause, seq, s.next)}
	}
	if err := f.Truncate(s.bytes); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	l.tornBytes = size - s.bytes
	l.logger.Warn("write-ahead log had a torn tail, which was cut off; nothing acknowledged is lost",
		"file", s.path, "offset", s.bytes, "cut_bytes", l.tornBytes, "next_seq", s.next, "cause", cause)
	return nil
}

// laterCommit looks through the bytes after the last good entry for an intact entry that was written when the entry
// bad was known to be on disk. There is none after a crash: a group of entries that was being written may be torn in
// any order, but none of its entries claims another one of the group.
func laterCommit(tail []byte, bad uint64, salt uint32) (seq uint64, ok bool) {
	for i := 0; i+entryOverhead <= len(tail); i++ {
		h := tail[i : i+entryOverhead]
		seq, durable := binary.LittleEndian.Uint64(h[8:]), binary.LittleEndian.Uint64(h[16:])
		// Nearly every offset ends here: the numbers must be close above bad.
		if durable < bad || seq <= durable || seq-bad > uint64(len(tail))/entryOverhead {
			continue
		}
		size := int(binary.LittleEndian.Uint32(h[4:]))
		if size > len(tail)-i-entryOverhead {
			continue
		}
		payload := tail[i+entryOverhead : i+entryOverhead+size]
		if entrySum(crc32.Checksum(payload, castagnoli), h, salt) == binary.LittleEndian.Uint32(h) {
			return seq, true
		}
	}
	return 0, false
}
