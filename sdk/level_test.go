package hearth

import (
	"log/slog"
	"testing"
)

func TestLevelsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for level := LevelTrace; level <= 24; level++ {
		if got, err := ParseLevel(level.String()); err != nil || got != level {
			t.Errorf("ParseLevel(%q) = %v, %v", level.String(), got, err)
		}
	}
	for text, want := range map[string]Level{"WARNING": LevelWarn, " Info ": LevelInfo, "11": 11} {
		if got, err := ParseLevel(text); err != nil || got != want {
			t.Errorf("ParseLevel(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "loud", "0", "25", "-1"} {
		if got, err := ParseLevel(text); err == nil {
			t.Errorf("ParseLevel(%q) = %v, want an error", text, got)
		}
	}
}

func TestLevelsOfSlogKeepTheirDistance(t *testing.T) {
	t.Parallel()
	for in, want := range map[slog.Level]Level{
		slog.LevelDebug: LevelDebug, slog.LevelInfo: LevelInfo, slog.LevelWarn: LevelWarn, slog.LevelError: LevelError,
		slog.LevelInfo + 1: LevelNotice, slog.LevelError + 4: LevelFatal, slog.LevelDebug - 4: LevelTrace, -100: LevelTrace, 100: 24,
	} {
		if got := LevelOf(in); got != want {
			t.Errorf("LevelOf(%v) = %v, want %v", in, got, want)
		}
	}
}
