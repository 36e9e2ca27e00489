package duckdb

import (
	"testing"
	"time"
)

func TestDurableIsBelowTheOldestUnsavedBatch(t *testing.T) {
	t.Parallel()
	l := newLedger()
	monday, tuesday := &dayFile{}, &dayFile{}
	check := func(want uint64) {
		t.Helper()
		if got := l.durable(); got != want {
			t.Errorf("durable = %d, want %d", got, want)
		}
	}
	check(0)
	l.wrote(monday, 3, 10, 100, time.Time{})
	l.wrote(tuesday, 5, 10, 100, time.Time{})
	l.completed(6)
	check(2)

	undo, needed := l.beginSave(monday)
	if !needed {
		t.Fatal("a file with unsaved rows needs no save")
	}
	check(2) // the checkpoint may still fail
	l.wrote(monday, 7, 10, 100, time.Time{})
	l.completed(7)
	l.endSave(monday, undo, true)
	check(4) // tuesday holds 5
	undo, _ = l.beginSave(tuesday)
	l.endSave(tuesday, undo, true)
	check(6) // monday holds 7, written while it was saved
	undo, _ = l.beginSave(monday)
	l.endSave(monday, undo, true)
	check(7)
	if _, needed := l.beginSave(monday); needed {
		t.Error("a saved file needs another save")
	}
}

func TestFailedCheckpointSavesNothing(t *testing.T) {
	t.Parallel()
	l := newLedger()
	f := &dayFile{}
	since := time.Unix(100, 0)
	l.wrote(f, 3, 10, 100, since)
	undo, _ := l.beginSave(f)
	l.wrote(f, 4, 5, 50, since.Add(time.Second))
	l.completed(4)
	l.endSave(f, undo, false)
	if got := l.durable(); got != 2 {
		t.Errorf("durable = %d, want 2", got)
	}
	u, dirty := l.pending(f)
	if !dirty || u.rows != 15 || u.bytes != 150 || !u.since.Equal(since) {
		t.Errorf("unsaved is %+v; want 15 records and 150 bytes since %v", u, since)
	}
}

func TestDeletedFileHoldsNothingBack(t *testing.T) {
	t.Parallel()
	l := newLedger()
	f := &dayFile{}
	l.wrote(f, 3, 10, 100, time.Time{})
	l.completed(9)
	undo, _ := l.beginSave(f)
	l.forget(f)
	l.endSave(f, undo, false)
	if got := l.durable(); got != 9 {
		t.Errorf("durable = %d, want 9", got)
	}
}
