package wal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, o Options) *Log {
	t.Helper()
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func appendText(t *testing.T, l *Log, text string) uint64 {
	t.Helper()
	seq, err := l.Append(t.Context(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func contents(t *testing.T, l *Log, from uint64) []string {
	t.Helper()
	var all []string
	err := l.Replay(from, func(seq uint64, payload []byte) error {
		all = append(all, fmt.Sprintf("%d:%s", seq, payload))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func expect(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWhatWasAppendedComesBack(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "wal")
	l := open(t, Options{Dir: dir})
	if seq, err := l.Append(t.Context(), []byte("he"), nil, []byte("arth")); seq != 1 || err != nil {
		t.Fatal(seq, err)
	}
	appendText(t, l, "")
	big := strings.Repeat("x", 3*writeBufferBytes)
	appendText(t, l, big)
	want := []string{"1:hearth", "2:", "3:" + big}
	expect(t, contents(t, l, 0), want)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, Options{Dir: dir})
	expect(t, contents(t, l, 0), want)
	expect(t, contents(t, l, 2), want[1:])
	expect(t, appendText(t, l, "more"), uint64(4))
	payload, err := l.Read(4)
	expect(t, string(payload), "more")
	expect(t, err, nil)
	if _, err := l.Read(5); !errors.Is(err, errNoEntry) {
		t.Error(err)
	}
}

func TestPayloadsOfReplayAreTheCallers(t *testing.T) {
	t.Parallel()
	l := open(t, Options{Dir: t.TempDir()})
	var kept [][]byte
	for i := range 5 {
		appendText(t, l, strings.Repeat(fmt.Sprint(i), 10))
	}
	_ = l.Replay(3, func(_ uint64, p []byte) error { kept = append(kept, p); return nil })
	expect(t, string(bytes.Join(kept, []byte(" "))), "2222222222 3333333333 4444444444")
}

func TestSegmentsRollAndTruncateDeletesWholeOnes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Options{Dir: dir, SegmentBytes: 100})
	for i := range 6 {
		appendText(t, l, fmt.Sprintf("%036d", i+1)) // 60 bytes each: one in a segment
	}
	expect(t, l.Stats().Segments, 6)
	if err := l.Truncate(3); err != nil {
		t.Fatal(err)
	}
	expect(t, l.Stats(), Stats{Segments: 3, Bytes: 3 * 92, Oldest: 4, Next: 7})
	expect(t, len(contents(t, l, 0)), 3)
	if err := l.Truncate(3); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	l = open(t, Options{Dir: dir, SegmentBytes: 100})
	expect(t, len(contents(t, l, 5)), 2)
	huge := strings.Repeat("h", 1000)
	expect(t, appendText(t, l, huge), uint64(7))
	expect(t, contents(t, l, 7), []string{"7:" + huge})
}

func TestSequenceNumbersOutliveTheirEntries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Options{Dir: dir})
	for range 3 {
		appendText(t, l, "x")
	}
	if err := l.Truncate(3); err != nil {
		t.Fatal(err)
	}
	expect(t, l.Stats(), Stats{Segments: 1, Bytes: headerBytes, Oldest: 4, Next: 4})
	for range 2 { // twice: an empty log that is opened must stay one
		_ = l.Close()
		l = open(t, Options{Dir: dir})
	}
	expect(t, contents(t, l, 0), []string(nil))
	expect(t, appendText(t, l, "y"), uint64(4))
}

func TestNumbersAreAboveWhatTheReaderKnows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Options{Dir: dir, After: 41})
	expect(t, appendText(t, l, "x"), uint64(42))
	_ = l.Close()
	l = open(t, Options{Dir: dir, After: 100})
	expect(t, appendText(t, l, "y"), uint64(101))
	expect(t, contents(t, l, 0), []string{"101:y"})
	_ = l.Close()
	l = open(t, Options{Dir: dir, After: 50})
	expect(t, contents(t, l, 0), []string{"101:y"})
}

func TestANewLogBeginsWhereItIsTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Options{Dir: dir, First: 1000, After: 5})
	expect(t, appendText(t, l, "x"), uint64(1000))
	_ = l.Close()
	l = open(t, Options{Dir: dir, First: 5000, After: 5})
	expect(t, appendText(t, l, "y"), uint64(1001))
}

// TestATornTailIsCut cuts the file at every byte of the tail, as a crash may.
func TestATornTailIsCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Options{Dir: dir})
	appendText(t, l, "first")
	keep := l.Stats().Bytes
	appendText(t, l, "second")
	_ = l.Close()
	path := filepath.Join(dir, segmentName(1))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := keep; size < int64(len(whole)); size++ {
		for _, filler := range []int{0, 100} { // the rest is missing, or was allocated and never written
			bytesLeft := append(slices.Clone(whole[:size]), make([]byte, filler)...)
			if err := os.WriteFile(path, bytesLeft, 0o600); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			l := open(t, Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			expect(t, contents(t, l, 0), []string{"1:first"})
			expect(t, l.Stats().TornBytes, size-keep+int64(filler))
			expect(t, strings.Contains(log.String(), "torn tail"), size+int64(filler) > keep)
			expect(t, appendText(t, l, "again"), uint64(2))
			expect(t, contents(t, l, 0), []string{"1:first", "2:again"})
			_ = l.Close()
		}
	}
}

// TestAGroupTornOutOfOrderIsCut writes one group of which the disk kept the end but not the beginning.
func TestAGroupTornOutOfOrderIsCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Options{Dir: dir})
	appendText(t, l, "first")
	keep := l.Stats().Bytes
	group := []*waiting{{parts: [][]byte{[]byte("aaaa")}}, {parts: [][]byte{[]byte("bbbb")}}, {parts: [][]byte{[]byte("cccc")}}}
	commitGroup(t, l, group)
	expect(t, len(contents(t, l, 0)), 4)
	_ = l.Close()
	flip(t, filepath.Join(dir, segmentName(1)), keep+entryOverhead)
	l = open(t, Options{Dir: dir})
	expect(t, contents(t, l, 0), []string{"1:first"})
}

// commitGroup commits entries with one sync.
func commitGroup(t *testing.T, l *Log, group []*waiting) {
	t.Helper()
	l.files.Lock()
	for _, w := range group {
		w.result = make(chan appended, 1)
		w.size = len(w.parts[0])
		w.sum = crc32.Checksum(w.parts[0], castagnoli)
		if err := l.enqueue(w); err != nil {
			t.Fatal(err)
		}
	}
	l.files.Unlock()
	l.commitQueued()
	for _, w := range group {
		if r := <-w.result; r.err != nil {
			t.Fatal(r.err)
		}
	}
}

func flip(t *testing.T, path string, offset int64) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[offset] ^= 0x20
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDamageIsAnError damages each byte of an acknowledged entry that others follow.
func TestDamageIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Options{Dir: dir})
	appendText(t, l, "first")
	from := l.Stats().Bytes
	appendText(t, l, "second")
	to := l.Stats().Bytes
	appendText(t, l, "third")
	_ = l.Close()
	path := filepath.Join(dir, segmentName(1))
	for offset := from; offset < to; offset++ {
		flip(t, path, offset)
		_, err := Open(Options{Dir: dir})
		var damage *DamageError
		if !errors.As(err, &damage) || damage.File != path || damage.Offset != from {
			t.Fatalf("offset %d: %v", offset, err)
		}
		flip(t, path, offset)
	}
	for offset := range int64(headerBytes) {
		flip(t, path, offset)
		if _, err := Open(Options{Dir: dir}); !errors.As(err, new(*DamageError)) {
			t.Fatalf("header offset %d: %v", offset, err)
		}
		flip(t, path, offset)
	}
	open(t, Options{Dir: dir})
}

func TestDamageBeforeALaterSegmentIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Options{Dir: dir, SegmentBytes: 100})
	for range 3 {
		appendText(t, l, strings.Repeat("x", 60))
	}
	_ = l.Close()
	second := filepath.Join(dir, segmentName(2))
	data, _ := os.ReadFile(second)
	var damage *DamageError
	if err := os.WriteFile(second, data[:len(data)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir}); !errors.As(err, &damage) || damage.File != second {
		t.Fatal(err)
	}
	if err := os.Remove(second); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: dir}); !errors.As(err, &damage) || damage.File != filepath.Join(dir, segmentName(3)) {
		t.Fatal(err)
	}
	l = open(t, Options{Dir: dir, After: 2}) // nobody needs the missing one
	expect(t, len(contents(t, l, 0)), 1)
}

// TestAPayloadCannotPretendToBeAnEntry sends what would be a later commit if the checksum had no secret.
func TestAPayloadCannotPretendToBeAnEntry(t *testing.T) {
	t.Parallel()
	fake := make([]byte, entryOverhead)
	putEntryHeader(fake, 0, 3, 2, 0, 0)
	tail := append([]byte("torn"), fake...)
	if _, ok := laterCommit(tail, 2, 0); !ok {
		t.Fatal("the fake is no good: with a known salt it must be believed")
	}
	if _, ok := laterCommit(tail, 2, 0xdecafbad); ok {
		t.Fatal("an entry without the segment's salt was believed")
	}
}

func TestLeftoversOfACrashAreRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	temp := filepath.Join(dir, segmentName(9)+tempSuffix)
	if err := os.WriteFile(temp, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, Options{Dir: dir})
	if _, err := os.Stat(temp); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestManyAppendConcurrently(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var commits atomic.Int64
	l := open(t, Options{Dir: dir, SegmentBytes: 8 << 10, OnCommit: func(int, int64, time.Duration) { commits.Add(1) }})
	const writers, each = 16, 50
	var mu sync.Mutex
	want := map[uint64]string{}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				text := fmt.Sprintf("%d/%d %s", w, i, strings.Repeat("x", rand.IntN(300)))
				seq, err := l.Append(context.Background(), []byte(text))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				want[seq] = text
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	expect(t, len(want), writers*each)
	_ = l.Close()
	l = open(t, Options{Dir: dir, SegmentBytes: 8 << 10})
	got := map[uint64]string{}
	if err := l.Replay(0, func(seq uint64, p []byte) error { got[seq] = string(p); return nil }); err != nil {
		t.Fatal(err)
	}
	expect(t, got, want)
	if commits.Load() >= writers*each {
		t.Errorf("%d commits for %d entries: nothing was grouped", commits.Load(), writers*each)
	}
}

func TestAppendHonoursItsContext(t *testing.T) {
	t.Parallel()
	l := open(t, Options{Dir: t.TempDir()})
	ctx, cancel := context.WithCancel(t.Context())
	l.files.Lock() // no commit can begin
	result := make(chan error)
	go func() {
		_, err := l.Append(ctx, []byte("never"))
		result <- err
	}()
	for l.queueLen() == 0 {
		runtime.Gosched()
	}
	cancel()
	err := <-result
	l.files.Unlock()
	if err == nil {
		t.Fatal("appended although cancelled")
	}
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	expect(t, appendText(t, l, "next"), uint64(1))
}

func (l *Log) queueLen() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

func TestAFullLogRefuses(t *testing.T) {
	t.Parallel()
	l := open(t, Options{Dir: t.TempDir(), MaxBytes: 100})
	appendText(t, l, "fits")
	if _, err := l.Append(t.Context(), make([]byte, 50)); !errors.Is(err, ErrFull) {
		t.Fatal(err)
	}
	if err := l.Truncate(1); err != nil {
		t.Fatal(err)
	}
	if seq, err := l.Append(t.Context(), make([]byte, 40)); seq != 2 || err != nil {
		t.Fatal(seq, err)
	}
}

func TestAClosedLogRefuses(t *testing.T) {
	t.Parallel()
	l := open(t, Options{Dir: t.TempDir()})
	if err := errors.Join(l.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := l.Truncate(1); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// faulty is a file whose operations fail when told.
type faulty struct {
	file
	room             int // bytes that still fit; the disk is full after that
	sync, truncation error
}

func (f *faulty) Write(p []byte) (int, error) {
	n := min(len(p), f.room)
	n, err := f.file.Write(p[:n])
	f.room -= n
	if err == nil && n < len(p) {
		err = syscall.ENOSPC
	}
	return n, err
}

func (f *faulty) Sync() error {
	if f.sync != nil {
		return f.sync
	}
	return f.file.Sync()
}

func (f *faulty) Truncate(size int64) error {
	if f.truncation != nil {
		return f.truncation
	}
	return f.file.Truncate(size)
}

// breakable makes the active file of the log faulty.
func breakable(l *Log) *faulty {
	l.files.Lock()
	defer l.files.Unlock()
	f := &faulty{file: l.active, room: 1 << 30}
	l.active = f
	return f
}

func TestAFullDiskIsSurvived(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Options{Dir: dir})
	f := breakable(l)
	appendText(t, l, "first")
	f.room = 30
	if _, err := l.Append(t.Context(), []byte("does not fit")); !errors.Is(err, syscall.ENOSPC) || errors.Is(err, ErrBroken) {
		t.Fatal(err)
	}
	f.room = 1 << 30
	expect(t, appendText(t, l, "second"), uint64(2))
	_ = l.Close()
	l = open(t, Options{Dir: dir})
	expect(t, contents(t, l, 0), []string{"1:first", "2:second"})
	expect(t, l.Stats().TornBytes, int64(0))
}

func TestAFailedSyncBreaksTheLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Options{Dir: dir})
	f := breakable(l)
	appendText(t, l, "first")
	f.sync = syscall.EIO
	if _, err := l.Append(t.Context(), []byte("second")); !errors.Is(err, ErrBroken) || !errors.Is(err, syscall.EIO) {
		t.Fatal(err)
	}
	f.sync = nil // the next sync would lie
	if _, err := l.Append(t.Context(), []byte("third")); !errors.Is(err, ErrBroken) {
		t.Fatal(err)
	}
	if !errors.Is(l.Err(), ErrBroken) || !errors.Is(l.Truncate(1), ErrBroken) {
		t.Error(l.Err())
	}
	expect(t, contents(t, l, 0), []string{"1:first"})
	_ = l.Close()
	l = open(t, Options{Dir: dir}) // the second was never acknowledged; it may come back, the third must not
	expect(t, contents(t, l, 0), []string{"1:first", "2:second"})
}

func TestAWriteThatCannotBeTakenBackBreaksTheLog(t *testing.T) {
	t.Parallel()
	l := open(t, Options{Dir: t.TempDir()})
	f := breakable(l)
	f.room, f.truncation = 10, syscall.EIO
	if _, err := l.Append(t.Context(), []byte("x")); !errors.Is(err, ErrBroken) {
		t.Fatal(err)
	}
}

func TestASegmentThatCannotBeMadeLeavesTheLogUsable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Options{Dir: dir, SegmentBytes: 50})
	appendText(t, l, "first")
	l.create = func(path string) (file, error) {
		f, err := createFile(path)
		return &faulty{file: f, room: 10}, err
	}
	if _, err := l.Append(t.Context(), []byte("second")); !errors.Is(err, syscall.ENOSPC) || errors.Is(err, ErrBroken) {
		t.Fatal(err)
	}
	l.create = createFile
	expect(t, appendText(t, l, "second"), uint64(2))
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	expect(t, len(names), 2)
}
