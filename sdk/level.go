package hearth

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// Level says how much a record matters. The numbers are OpenTelemetry's severities, 1 to 24, and Logfire's level
// numbers; those between the named ones are legal.
type Level int

// The levels, from the least to the most important.
const (
	LevelTrace  Level = 1
	LevelDebug  Level = 5
	LevelInfo   Level = 9
	LevelNotice Level = 10
	LevelWarn   Level = 13
	LevelError  Level = 17
	LevelFatal  Level = 21
)

var levelNames = map[Level]string{
	LevelTrace: "trace", LevelDebug: "debug", LevelInfo: "info", LevelNotice: "notice",
	LevelWarn: "warn", LevelError: "error", LevelFatal: "fatal",
}

// String returns the level's name in lower case, or its number if it has no name.
func (l Level) String() string {
	if name, ok := levelNames[l]; ok {
		return name
	}
	return strconv.Itoa(int(l))
}

// ParseLevel reads what String writes, in any case, and "warning" for "warn".
func ParseLevel(text string) (Level, error) {
	lower := strings.ToLower(strings.TrimSpace(text))
	if lower == "warning" {
		return LevelWarn, nil
	}
	for level, name := range levelNames {
		if name == lower {
			return level, nil
		}
	}
	if number, err := strconv.Atoi(lower); err == nil && number >= 1 && number <= 24 {
		return Level(number), nil
	}
	return 0, fmt.Errorf("level %q is none of trace, debug, info, notice, warn, error, fatal and 1 to 24", text)
}

// LevelOf returns the level that a level of log/slog stands for: slog's four are debug, info, warn and error here, and
// the steps between them are the same.
func LevelOf(level slog.Level) Level {
	return min(max(Level(level)+LevelInfo, LevelTrace), 24)
}
