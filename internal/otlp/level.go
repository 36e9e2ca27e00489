package otlp

import (
	"math"

	"github.com/hearth-dev/hearth/internal/record"
)

// OpenTelemetry's span kinds that the mapping looks at.
const (
	kindServer = 2
	kindClient = 3
)

// explicitLevel returns the level that the attributes state, or otherwise. It takes the attribute out of them.
func explicitLevel(a *attributes, otherwise record.Level) record.Level {
	level := otherwise
	if name := a.text(logfireLevelName); name != "" {
		if named, ok := record.ParseLevel(name); ok {
			level = named
			a.consume(logfireLevelName)
		}
	}
	if n, ok := intOf(a.get(logfireLevelNum)); ok && n >= 0 && n <= math.MaxInt16 {
		level = record.Level(n)
		a.consume(logfireLevelNum)
	}
	return level
}

// spanLevel returns the level of a span: what it states, else what its status and HTTP status say.
func spanLevel(r *record.Record, a *attributes, status uint64) record.Level {
	level := record.LevelInfo
	switch {
	case r.Kind == record.KindPendingSpan:
	case status == statusError:
		level = record.LevelError
	case status == 0:
		level = httpLevel(r)
	}
	return explicitLevel(a, level)
}

// httpLevel does for other SDKs what Logfire's does before it sends.
func httpLevel(r *record.Record) record.Level {
	switch status := r.HTTPStatusCode; {
	case r.OTelKind == kindServer && status >= 500, r.OTelKind == kindClient && status >= 400:
		return record.LevelError
	case r.OTelKind == kindServer && status >= 400:
		return record.LevelWarn
	}
	return record.LevelInfo
}

// severityNames maps the names that loggers give to their levels, beyond those of record.ParseLevel.
var severityNames = map[string]record.Level{
	"verbose": record.LevelTrace, "fine": record.LevelDebug, "information": record.LevelInfo, "informational": record.LevelInfo,
	"err": record.LevelError, "severe": record.LevelError, "crit": record.LevelFatal, "alert": record.LevelFatal,
	"emerg": record.LevelFatal, "emergency": record.LevelFatal, "panic": record.LevelFatal,
}
