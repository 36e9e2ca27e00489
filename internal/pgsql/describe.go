package pgsql

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
)

// Function describes a function that statements may call, for people and for editors that complete it.
type Function struct {
	Name        string
	Kind        string // scalar, aggregate or window
	Signature   string // date_trunc(unit text, at timestamp) → timestamp
	Description string // a sentence
}

// described holds the arguments, the type and a sentence for every function of the allow-list: lines of names, the rest
// of the signature and the sentence, with bars between them.
//
//go:embed functions.txt
var described string

// Functions returns the allow-list, sorted by name.
func Functions() []Function {
	byName := map[string]Function{}
	for line := range strings.Lines(described) {
		parts := strings.Split(strings.TrimSpace(line), " | ")
		if len(parts) != 3 {
			continue // blank lines and headings
		}
		for _, name := range strings.Fields(parts[0]) {
			byName[name] = Function{Name: name, Kind: functions[name].kind.String(), Signature: name + parts[1], Description: parts[2]}
		}
	}
	list := make([]Function, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		list = append(list, byName[name])
	}
	return list
}

func (k functionKind) String() string {
	return [...]string{scalar: "scalar", aggregate: "aggregate", windowOnly: "window"}[k]
}
