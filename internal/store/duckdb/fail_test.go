//go:build unix

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// failEnv names the directory in which a child process writes files that may not grow beyond a limit.
const failEnv = "HEARTH_STORE_FAIL_DIR"

func init() { children[failEnv] = failChild }

// failChild writes until a checkpoint fails half way, which the check for free space cannot foresee here: the limit is
// the process's, not the disk's. It says what is durable, and what Apply and Sync answer afterwards.
func failChild(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 3 << 20, Max: 3 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		return err
	}
	batch := crashBatches()
	for seq := uint64(1); err == nil; seq++ {
		if err = s.Apply(ctx, []*record.Batch{batch(seq)}); err == nil {
			err = s.Sync(ctx)
		}
		if seq > 10_000 {
			return errors.New("the limit does not bite")
		}
	}
	fmt.Println("durable", s.Durable())
	for _, err := range []error{err, s.Apply(ctx, []*record.Batch{batch(20_000)}), s.Sync(ctx), s.Close()} {
		if !errors.Is(err, store.ErrUnavailable) {
			return fmt.Errorf("error %w is not store.ErrUnavailable", err)
		}
	}
	return nil
}

func TestFailedCheckpointLeavesTheFileAsItWas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), failEnv+"="+dir)
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	var durable uint64
	if _, err := fmt.Sscanf(string(out[max(0, strings.Index(string(out), "durable")):]), "durable %d", &durable); err != nil || durable == 0 {
		t.Fatalf("child says %q", out)
	}
	checkAfterCrash(t, dir, durable, 0)
}
