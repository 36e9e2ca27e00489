package mcp

import (
	"fmt"
	"time"
)

// The time that a question is about, as Logfire's MCP server has it.
const (
	defaultWindow = 30 * time.Minute
	maxWindow     = 14 * 24 * time.Hour
	clockSlack    = time.Minute // between the moment when an agent reads the clock and ours
)

// timeArguments bound the time of a question. Newer clients of Logfire call the bounds start and end.
type timeArguments struct {
	MinTimestamp   *string `json:"min_timestamp,omitempty" jsonschema:"beginning of the time to look at, in ISO 8601 such as 2026-05-27T13:00:00Z; 30 minutes before its end if absent; at most 14 days before it"`
	MaxTimestamp   *string `json:"max_timestamp,omitempty" jsonschema:"end of the time to look at, in ISO 8601; now if absent"`
	StartTimestamp *string `json:"start_timestamp,omitempty" jsonschema:"another name of min_timestamp"`
	EndTimestamp   *string `json:"end_timestamp,omitempty" jsonschema:"another name of max_timestamp"`
}

// window is the time of a question. A zero to is open: clocks of applications may be ahead.
type window struct{ from, to time.Time }

// String says the time in words that an agent can ask with again.
func (w window) String() string {
	if w.to.IsZero() {
		return "since " + w.from.UTC().Format(time.RFC3339)
	}
	return "from " + w.from.UTC().Format(time.RFC3339) + " to " + w.to.UTC().Format(time.RFC3339)
}

// window reads the arguments. otherwise is how far back to look when they give no beginning.
func (a *timeArguments) window(now time.Time, otherwise time.Duration) (window, error) {
	from, err := moment("min_timestamp", a.MinTimestamp, "start_timestamp", a.StartTimestamp)
	if err != nil {
		return window{}, err
	}
	to, err := moment("max_timestamp", a.MaxTimestamp, "end_timestamp", a.EndTimestamp)
	if err != nil {
		return window{}, err
	}
	end := to
	if to.IsZero() {
		end = now
	}
	if from.IsZero() {
		from = end.Add(-otherwise)
	}
	switch length := end.Sub(from); {
	case !from.Before(end):
		return window{}, fmt.Errorf("min_timestamp %s is not before max_timestamp %s", from.UTC().Format(time.RFC3339), end.UTC().Format(time.RFC3339))
	case length > maxWindow+clockSlack:
		return window{}, fmt.Errorf("the time %s is %.1f days long; ask for at most 14 days at a time", window{from, to}, length.Hours()/24)
	}
	return window{from, to}, nil
}

// momentLayouts are the forms of ISO 8601 that agents write. Without an offset, UTC is meant.
var momentLayouts = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02"}

// moment reads an argument that has two names. Absent is the zero time.
func moment(name string, text *string, otherName string, other *string) (time.Time, error) {
	if text == nil || *text == "" {
		name, text = otherName, other
	}
	if text == nil || *text == "" {
		return time.Time{}, nil
	}
	for _, layout := range momentLayouts {
		if at, err := time.Parse(layout, *text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s %q is no time in ISO 8601, such as 2026-05-27T13:00:00Z", name, *text)
}
