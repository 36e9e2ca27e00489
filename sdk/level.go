package hearth

// Level says how much a record matters. The numbers are OpenTelemetry's severities and Logfire's level numbers.
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
