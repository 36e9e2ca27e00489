package duckdb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// crashEnv names the directory in which a child process writes until it is killed.
const crashEnv = "HEARTH_STORE_CRASH_DIR"

func init() { children[crashEnv] = crashChild }

// crashRecords is how many records each batch of the crash test has on each of its days.
const crashRecords = 500

// crashBatches makes batches that can be recognised in the store: every record carries its Seq. Each batch writes to
// the first day, every third one also to the second.
func crashBatches() func(seq uint64) *record.Batch {
	g := newGenerator(1, benchDay, time.Microsecond)
	records := g.batches("crash", crashRecords, crashRecords, g.webTrace)[0].Records[:crashRecords]
	return func(seq uint64) *record.Batch {
		b := &record.Batch{Project: "crash", Seq: seq, Arrived: benchDay, Records: slices.Clone(records)}
		if seq%3 == 0 {
			b.Records = append(b.Records, records...)
		}
		for i := range b.Records {
			b.Records[i].Message = strconv.FormatUint(seq, 10)
			if i >= crashRecords {
				b.Records[i].StartNano += dayNanos
			}
		}
		return b
	}
}

// crashChild applies batches for ever and checkpoints all the while. It says on stdout what is durable.
func crashChild(dir string) error {
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		return err
	}
	var syncing sync.WaitGroup
	syncing.Go(func() {
		for {
			if err := s.Sync(ctx); err != nil {
				fmt.Println("error", err)
				os.Exit(1)
			}
			fmt.Println("durable", s.Durable())
		}
	})
	batch := crashBatches()
	for seq := uint64(1); ; seq++ {
		if err := s.Apply(ctx, []*record.Batch{batch(seq)}); err != nil {
			return err
		}
	}
}

func TestKilledProcessLeavesRowsAndSeqTogether(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(7, 7))
	for round := range 4 {
		durable := killedRun(t, dir, 300*time.Millisecond+time.Duration(random.IntN(700))*time.Millisecond)
		checkAfterCrash(t, dir, durable, round)
	}
}

// killedRun lets a child write for a while, kills it, and returns the last Seq that it called durable.
func killedRun(t *testing.T, dir string, after time.Duration) (durable uint64) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashEnv+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = child.Process.Kill() })
	defer timer.Stop()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, err := fmt.Sscanf(lines.Text(), "durable %d", &durable); err != nil {
			t.Errorf("child says %q", lines.Text())
		}
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Errorf("child ended by itself: %v", err)
	}
	return durable
}

// checkAfterCrash looks at the files as a restart would: each holds the batches up to its applied Seq, whole and once.
func checkAfterCrash(t *testing.T, dir string, durable uint64, round int) {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	session := openSession(t, s, "crash")
	defer session.close()
	files, err := session.filesBetween(t.Context(), whole, time.Time{}, time.Time{})
	if err != nil {
		t.Fatalf("round %d: %v", round, err)
	}
	for _, f := range files {
		every := uint64(1)
		if f.day != dayOf(benchDay.UnixNano()) {
			every = 3
		}
		t.Logf("round %d day %s: applied %d, durable said %d", round, f.day, f.applied, durable)
		if want := durable / every * every; f.applied < want {
			t.Errorf("round %d: day %s has Seq %d, but %d was called durable", round, f.day, f.applied, want)
		}
		next := every
		err := session.conn.queryAll(t.Context(), "SELECT message::UBIGINT AS seq, count(*) FROM "+f.table(recordsTable)+" GROUP BY seq ORDER BY seq", func(row []any) error {
			if row[0].(uint64) != next || row[1].(int64) != crashRecords {
				return fmt.Errorf("batch %d has %d records; want batch %d with %d", row[0], row[1], next, crashRecords)
			}
			next += every
			return nil
		})
		if err != nil || next-every != f.applied {
			t.Errorf("round %d: day %s has batches up to %d but says %d: %v", round, f.day, next-every, f.applied, err)
		}
	}
}
