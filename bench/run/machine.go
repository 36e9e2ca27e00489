package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// printMachine says what the figures were measured on. No host names, no paths: the text is committed.
func (b *bench) printMachine(root string) {
	b.printf("%s, %d cores, %s of memory, %s %s/%s\n", time.Now().UTC().Format("2 Jan 2006 15:04 MST"), runtime.NumCPU(), memory(),
		runtime.Version(), runtime.GOOS, runtime.GOARCH)
	b.printf("processor: %s\n", procValue("/proc/cpuinfo", "model name"))
	b.printf("commit: %s\n", b.git(root, "describe", "--tags", "--always", "--dirty"))
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		b.printf("load average before: %s\n", strings.Join(strings.Fields(string(load))[:3], " "))
	}
}

func memory() string {
	var kib float64
	if _, err := fmt.Sscan(procValue("/proc/meminfo", "MemTotal"), &kib); err != nil {
		return "unknown size"
	}
	return fmt.Sprintf("%.0f GiB", kib/(1<<20))
}

// procValue is the first value of a key in a file of "key: value" lines.
func procValue(path, key string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func (b *bench) git(root string, args ...string) string {
	out, err := command(b.ctx, "git", append([]string{"-C", root}, args...)...).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// printPackages runs the own benchmarks of Hearth's packages and of the SDK's, and keeps their lines.
func (b *bench) printPackages(root string) error {
	return errors.Join(b.printModule(root), b.printModule(filepath.Join(root, "sdk")))
}

func (b *bench) printModule(dir string) error {
	b.printf("\ngo test -bench, in %s\n", filepath.Base(dir))
	cmd := command(b.ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "./...")
	cmd.Dir = dir
	out, err := cmd.Output()
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "Benchmark") || strings.HasPrefix(line, "pkg:") || strings.HasPrefix(line, "--- FAIL") {
			b.printf("  %s", line)
		}
	}
	if err != nil {
		return fmt.Errorf("go test -bench: %w\n%s", err, out)
	}
	return nil
}

// allocatedBytes is the space that a folder takes on disk, as du says.
func allocatedBytes(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			total += stat.Blocks * 512
		}
		return nil
	})
	return total, err
}
