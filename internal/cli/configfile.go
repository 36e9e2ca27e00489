package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// configFile is a flag that names a file of settings: one JSON object whose keys are the names of the command's flags.
// Flags win over the environment, the environment wins over the file.
type configFile string

// BeforeResolve reads the file. kong calls it with the flag set.
func (f configFile) BeforeResolve(ctx *kong.Context, trace *kong.Path) error {
	path, _ := ctx.FlagValue(trace.Flag).(configFile)
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(string(path))
	if err != nil {
		return fmt.Errorf("configuration file: %w", err)
	}
	settings, err := parseSettings(text)
	if err != nil {
		return fmt.Errorf("configuration file %s: %w", path, err)
	}
	if err := settings.check(ctx.Selected()); err != nil {
		return fmt.Errorf("configuration file %s: %w", path, err)
	}
	ctx.AddResolver(settings)
	return nil
}

// settings are what a configuration file says, by the names of flags.
type settings map[string]any

func parseSettings(text []byte) (settings, error) {
	var s settings
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&s); err != nil {
		return nil, fmt.Errorf("must be a JSON object such as {\"retention\": \"90d\"}: %w", err)
	}
	if decoder.More() {
		return nil, fmt.Errorf("must be one JSON object, with nothing after it")
	}
	for name, value := range s {
		switch value := value.(type) {
		case json.Number:
			s[name] = value.String()
		case []any:
			list, err := joined(value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			s[name] = list
		case string, bool:
		default:
			return nil, fmt.Errorf("%s: must be a text, a number, true, false or a list of texts", name)
		}
	}
	return s, nil
}

// joined writes a list as the flag takes it.
func joined(list []any) (string, error) {
	texts := make([]string, len(list))
	for i, item := range list {
		text, ok := item.(string)
		if !ok {
			return "", fmt.Errorf("must be a list of texts")
		}
		texts[i] = text
	}
	return strings.Join(texts, ","), nil
}

// check refuses keys that name no flag of the command: a mistyped setting that is ignored may cost data.
func (s settings) check(command *kong.Node) error {
	known := map[string]bool{}
	for _, flag := range command.Flags {
		known[flag.Name] = true
	}
	delete(known, "config")
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !known[name] {
			return fmt.Errorf("unknown setting %q; the settings are %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
	}
	return nil
}

// Validate has nothing to do: the keys are checked against the command, which it does not know.
func (s settings) Validate(*kong.Application) error { return nil }

// Resolve returns the value of a flag that neither the command line nor the environment sets.
func (s settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return nil, nil
		}
	}
	value, ok := s[flag.Name]
	if !ok {
		return nil, nil
	}
	return value, nil
}
