package e2e

import (
	"os/exec"
	"syscall"
	"testing"
)

// TestMakeRun starts Hearth as the README's first command does. It runs before the parallel tests: it may build the
// program that they use.
func TestMakeRun(t *testing.T) {
	httpAddr, grpcAddr := freeAddr(t), freeAddr(t)
	h := &hearth{url: "http://" + httpAddr, grpc: grpcAddr, dataDir: t.TempDir(), log: &logBuffer{}, exited: make(chan struct{})}
	h.cmd = exec.Command("make", "-C", "..", "run", "ARGS=--listen "+httpAddr+" --grpc-listen "+grpcAddr+" --data-dir "+h.dataDir)
	h.cmd.Env = cleanEnv()
	h.cmd.Stdout, h.cmd.Stderr = h.log, h.log
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // make and what it starts end together
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		h.err = h.cmd.Wait()
		close(h.exited)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-h.cmd.Process.Pid, syscall.SIGKILL) // it may have gone already
		<-h.exited
	})
	if err := h.waitReady(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, h.log)
	}
	if err := syscall.Kill(-h.cmd.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-h.exited
}
