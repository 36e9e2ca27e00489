package alert

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// clock writes a time for people of every zone.
func clock(t time.Time) string {
	layout := "2006-01-02 15:04 UTC"
	if t.Second() != 0 {
		layout = "2006-01-02 15:04:05 UTC"
	}
	return t.UTC().Format(layout)
}

// spanOf writes a length of time, as in "3 rows in the last 15 minutes": "15 minutes", "an hour and a half" is
// "90 minutes".
func spanOf(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if d >= unit.of && d%unit.of == 0 {
			return plural(int(d/unit.of), unit.name)
		}
	}
	return plural(int(d/time.Second), "second")
}

// countOf writes a number of rows.
func countOf(n int) string {
	switch {
	case n == 0:
		return "no rows"
	case n >= MaxCounted:
		return strconv.Itoa(MaxCounted) + " rows or more"
	}
	return plural(n, "row")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
