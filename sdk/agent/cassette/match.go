package cassette

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
)

// difference says in what a request differs from a recorded one, or "" when it does not. Headers do not matter: they
// change with every version of a client.
func (c *Cassette) difference(recorded, got request) string {
	switch {
	case recorded.Method != got.Method:
		return fmt.Sprintf("method %s was recorded", recorded.Method)
	case recorded.URL != got.URL:
		return fmt.Sprintf("URL %s was recorded", recorded.URL)
	case c.ignoreBodies:
		return ""
	case recorded.JSON != nil && got.JSON != nil:
		return differenceJSON(recorded.JSON, got.JSON)
	}
	before, err := recorded.bytes()
	if err != nil {
		return err.Error()
	}
	if now, _ := got.bytes(); string(before) != string(now) {
		return "the body differs"
	}
	return ""
}

// differenceJSON names the first place in which two values differ.
func differenceJSON(recorded, got json.RawMessage) string {
	var before, now any
	if json.Unmarshal(recorded, &before) != nil || json.Unmarshal(got, &now) != nil {
		return "the body is not JSON"
	}
	place, differ := firstDifference("", before, now)
	if !differ {
		return ""
	}
	return "the body differs at " + place
}

// generated are the ids that an agent gives to calls of tools which come without one: they differ from run to run.
var generated = regexp.MustCompile(`^call_[0-9a-f]{32}$`)

func firstDifference(path string, before, now any) (string, bool) {
	switch b := before.(type) {
	case map[string]any:
		if n, ok := now.(map[string]any); ok {
			return differenceObject(path, b, n)
		}
	case []any:
		if n, ok := now.([]any); ok {
			return differenceArray(path, b, n)
		}
	case string:
		if n, ok := now.(string); ok && (b == n || generated.MatchString(b) && generated.MatchString(n)) {
			return "", false
		}
	default:
		if before == now {
			return "", false
		}
	}
	return fmt.Sprintf("%s: recorded %s, got %s", orRoot(path), short(before), short(now)), true
}

func differenceObject(path string, before, now map[string]any) (string, bool) {
	for _, key := range slices.Sorted(maps.Keys(before)) {
		n, ok := now[key]
		if !ok {
			return fmt.Sprintf("%s.%s: recorded %s, got nothing", path, key, short(before[key])), true
		}
		if place, differ := firstDifference(path+"."+key, before[key], n); differ {
			return place, true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(now)) {
		if _, ok := before[key]; !ok {
			return fmt.Sprintf("%s.%s: recorded nothing, got %s", path, key, short(now[key])), true
		}
	}
	return "", false
}

func differenceArray(path string, before, now []any) (string, bool) {
	for i := range min(len(before), len(now)) {
		if place, differ := firstDifference(path+"["+strconv.Itoa(i)+"]", before[i], now[i]); differ {
			return place, true
		}
	}
	if len(before) != len(now) {
		return fmt.Sprintf("%s: recorded %d items, got %d", orRoot(path), len(before), len(now)), true
	}
	return "", false
}

func orRoot(path string) string {
	if path == "" {
		return "its root"
	}
	return path
}

// short returns a value as JSON, cut to what fits a line.
func short(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if runes := []rune(string(encoded)); len(runes) > 120 {
		return string(runes[:119]) + "…"
	}
	return string(encoded)
}
