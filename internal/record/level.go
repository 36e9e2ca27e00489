package record

import (
	"strconv"
	"strings"
)

// Level is OpenTelemetry's severity number, 1 to 24.
type Level int16

// The levels that have a name.
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

var levelNumbers = map[string]Level{
	"trace": LevelTrace, "debug": LevelDebug, "info": LevelInfo, "notice": LevelNotice,
	"warn": LevelWarn, "warning": LevelWarn, "error": LevelError, "fatal": LevelFatal, "critical": LevelFatal,
}

// String returns the level's name, or its number where it has none.
func (l Level) String() string {
	if name, ok := levelNames[l]; ok {
		return name
	}
	return strconv.Itoa(int(l))
}

// ParseLevel reads a level's name in any case. ok is false for an unknown name.
func ParseLevel(name string) (l Level, ok bool) {
	l, ok = levelNumbers[strings.ToLower(name)]
	return l, ok
}
