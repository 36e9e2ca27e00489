package cli

import (
	"testing"
	"time"
)

func TestAgeReadsDaysAndWeeks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "0d": 0, "30d": 30 * day, "2w": 14 * day, "1w2d": 9 * day, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute,
		"1.5h": 90 * time.Minute, " 7d ": 7 * day,
	} {
		got, err := parseAge(text)
		if err != nil || got != want {
			t.Errorf("%q = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "-1d", "-1h", "1", "1d1", "2d1w", "1.5d", "1x", "1d-1h", "99999999d", "1d1d", "∞"} {
		if got, err := parseAge(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func TestAgeIsWrittenAsItIsRead(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{30 * day: "30d", 36 * time.Hour: "36h0m0s", 0: "0s"} {
		if got := age(d).String(); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}

func TestByteCountReadsUnits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]byteCount{
		"0": 0, "1024": 1024, "64KiB": 64 << 10, "256MiB": 256 << 20, "256 mib": 256 << 20, "1.5GiB": 3 << 29, "2GB": 2e9, "7b": 7, "1TiB": 1 << 40,
	} {
		var got byteCount
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "1XB", "NaN", "inf", "9999999999TiB"} {
		var got byteCount
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}
