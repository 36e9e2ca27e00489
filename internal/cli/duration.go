package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// age is a duration on the command line: Go's, and days (d) and weeks (w) in front, as in 2w, 30d or 1d12h. A plain 0
// is zero; what that means, each flag's help says.
type age time.Duration

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// UnmarshalText reads an age.
func (a *age) UnmarshalText(text []byte) error {
	d, err := parseAge(string(text))
	if err != nil {
		return err
	}
	*a = age(d)
	return nil
}

// String writes whole days as days and everything else as Go does.
func (a age) String() string { return formatAge(time.Duration(a)) }

func parseAge(text string) (time.Duration, error) {
	rest := strings.TrimSpace(text)
	var total time.Duration
	for _, unit := range []struct {
		suffix string
		length time.Duration
	}{{"w", week}, {"d", day}} {
		number, after, found := strings.Cut(rest, unit.suffix)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(number, 10, 31)
		if err != nil || n > uint64(1<<63-1)/uint64(unit.length) {
			return 0, errAge(text)
		}
		total += time.Duration(n) * unit.length
		rest = after
	}
	if rest == "" && total == 0 && !strings.ContainsAny(text, "dw") || total < 0 {
		return 0, errAge(text)
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 || total+d < 0 {
			return 0, errAge(text)
		}
		total += d
	}
	return total, nil
}

func errAge(text string) error {
	return fmt.Errorf("%q is no duration: write 30d, 2w, 12h or 90m", text)
}

func formatAge(d time.Duration) string {
	if d >= day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	return d.String()
}

// bytes is an amount of memory on the command line: 268435456, 256MiB or 256MB.
type byteCount int64

var byteUnits = []struct {
	suffix string
	size   float64
}{
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}, {"b", 1},
}

// UnmarshalText reads an amount.
func (b *byteCount) UnmarshalText(text []byte) error {
	number, size := strings.ToLower(strings.TrimSpace(string(text))), 1.0
	for _, unit := range byteUnits {
		if rest, ok := strings.CutSuffix(number, unit.suffix); ok {
			number, size = strings.TrimSpace(rest), unit.size
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	// The comparison is written so that NaN fails it.
	if err != nil || !(n >= 0 && n*size < 1<<62) {
		return fmt.Errorf("%q is no amount of memory: write 512MiB or 2GiB", text)
	}
	*b = byteCount(n * size)
	return nil
}
