package hearth

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const compatibilityPage = "docs/logfire-compatibility.md"

// proof is a link of the page to a test: its name in backticks, and its file.
var proof = regexp.MustCompile("\\[`([^`]+)`\\]\\(([^)]+)\\)")

// TestCompatibilityIsProven holds the page to its word: what is done names the tests that prove it, which exist, and what is not
// done names none.
func TestCompatibilityIsProven(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(compatibilityPage)
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		proofs := proof.FindAllStringSubmatch(line, -1)
		switch state := strings.TrimSpace(cells[max(0, len(cells)-2)]); {
		case !strings.HasPrefix(line, "|") || len(cells) < 4:
			continue
		case state == "yes":
			done++
			if len(proofs) == 0 {
				t.Errorf("nothing proves %q", strings.TrimSpace(cells[0]))
			}
		case strings.HasPrefix(state, "no"):
			if len(proofs) > 0 {
				t.Errorf("%q is not there, and has a proof", strings.TrimSpace(cells[0]))
			}
		case state != "state" && strings.Trim(state, "-") != "":
			t.Errorf("%q is neither there nor not: %q", strings.TrimSpace(cells[0]), state)
		}
		for _, p := range proofs {
			if !declares(t, path.Join("docs", p[2]), p[1]) {
				t.Errorf("%s has no test %s", p[2], p[1])
			}
		}
	}
	if done < 18 { // the rows of what the way from a login to a query needs
		t.Errorf("%s has %d rows of what is there", compatibilityPage, done)
	}
}

// declares tells whether a file holds the declaration of a test.
func declares(t *testing.T, file, name string) bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
		return false
	}
	declarations := map[string][]string{
		".go": {"func " + name + "("}, ".py": {"def " + name + "("},
		".js": {"test('" + name + "'"}, ".mjs": {"test('" + name + "'", "test(`" + name + "`"},
	}[path.Ext(file)]
	return slices.ContainsFunc(strings.Split(string(text), "\n"), func(line string) bool {
		return slices.ContainsFunc(declarations, func(d string) bool { return strings.HasPrefix(strings.TrimSpace(line), d) })
	})
}
