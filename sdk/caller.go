package hearth

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/attribute"
)

// location is where in the program a span or log was made; nil is nowhere.
type location struct{ keyValues []attribute.KeyValue }

func (l *location) attributes() []attribute.KeyValue {
	if l == nil {
		return nil
	}
	return l.keyValues
}

// locations remembers what stands behind a program counter: a program has a fixed number of calls.
var locations sync.Map // uintptr -> *location

// callerOf returns the place of a call that is so many calls above: 0 for that of callerOf's caller.
func callerOf(skip int) *location {
	var pcs [1]uintptr
	if runtime.Callers(skip+3, pcs[:]) == 0 {
		return nil
	}
	return locationOf(pcs[0])
}

func locationOf(pc uintptr) *location {
	if pc == 0 {
		return nil
	}
	if known, ok := locations.Load(pc); ok {
		return known.(*location)
	}
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	made := &location{keyValues: []attribute.KeyValue{
		attribute.String(keyFile, relative(frame.File)),
		attribute.Int(keyLine, frame.Line),
		attribute.String(keyFunction, shortFunction(frame.Function)),
	}}
	known, _ := locations.LoadOrStore(pc, made)
	return known.(*location)
}

var sourceDir = sync.OnceValue(func() string {
	dir, err := os.Getwd()
	if err != nil {
		return "" // the paths stay absolute
	}
	return dir
})

// relative returns a file's path below the working directory, where the source is: else as the compiler knew it.
func relative(file string) string {
	if dir := sourceDir(); dir != "" && filepath.IsAbs(file) {
		if below, ok := strings.CutPrefix(file, dir+string(filepath.Separator)); ok {
			return below
		}
	}
	return file
}

// shortFunction returns a function's name without the directories of its package: shop.(*Till).Close.
func shortFunction(name string) string {
	return name[strings.LastIndexByte(name, '/')+1:]
}
