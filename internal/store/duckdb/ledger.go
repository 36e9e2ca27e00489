package duckdb

import (
	"sync"
	"time"
)

// ledger knows what was applied and what of it no crash can undo. It is safe for concurrent use.
type ledger struct {
	mu      sync.Mutex // guards all below
	applied uint64     // highest Seq of a completed Apply
	unsaved map[*dayFile]*unsaved
}

// unsaved is what a day file holds in memory only.
type unsaved struct {
	first  uint64 // lowest Seq written since the last checkpoint began; 0 is none
	saving uint64 // lowest Seq that a running checkpoint is to save; 0 when none runs
	rows   int
	bytes  int64
	since  time.Time // of the oldest write that no checkpoint covers
	last   time.Time // of the newest write
}

func newLedger() *ledger { return &ledger{unsaved: map[*dayFile]*unsaved{}} }

// wrote notes that batches from Seq first on were committed to a file's memory.
func (l *ledger) wrote(f *dayFile, first uint64, rows int, bytes int64, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.unsaved[f]
	if u == nil {
		u = &unsaved{}
		l.unsaved[f] = u
	}
	if u.first == 0 {
		u.first, u.since = first, now
	}
	u.rows += rows
	u.bytes += bytes
	u.last = now
}

// completed notes that every batch up to seq was applied to all its files.
func (l *ledger) completed(seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.applied = max(l.applied, seq)
}

// beginSave notes that a checkpoint of a file starts and reports whether there is anything to save. What is written
// from now on is not covered by it.
func (l *ledger) beginSave(f *dayFile) (undo unsaved, needed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.unsaved[f]
	if u == nil {
		return unsaved{}, false
	}
	undo = *u
	u.saving, u.first = u.first, 0
	u.rows, u.bytes = 0, 0
	return undo, true
}

// endSave notes how the checkpoint went that beginSave began. A failed one saved nothing.
func (l *ledger) endSave(f *dayFile, undo unsaved, saved bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.unsaved[f]
	if u == nil {
		return // forgotten meanwhile
	}
	u.saving = 0
	if !saved {
		u.first, u.since = undo.first, undo.since
		u.rows += undo.rows
		u.bytes += undo.bytes
	}
	if u.first == 0 {
		delete(l.unsaved, f)
	}
}

// forget drops a file that is deleted.
func (l *ledger) forget(f *dayFile) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.unsaved, f)
}

// durable returns the highest Seq up to which every batch is on disk.
func (l *ledger) durable() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	seq := l.applied
	for _, u := range l.unsaved {
		for _, first := range []uint64{u.first, u.saving} {
			if first != 0 {
				seq = min(seq, first-1)
			}
		}
	}
	return seq
}

// pending returns what is unsaved of a file.
func (l *ledger) pending(f *dayFile) (u unsaved, dirty bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.unsaved[f]; p != nil {
		return *p, true
	}
	return unsaved{}, false
}

// dirty returns the files that hold unsaved rows for which due is true.
func (l *ledger) dirty(due func(unsaved) bool) []*dayFile {
	l.mu.Lock()
	defer l.mu.Unlock()
	var files []*dayFile
	for f, u := range l.unsaved {
		if due(*u) {
			files = append(files, f)
		}
	}
	return files
}
