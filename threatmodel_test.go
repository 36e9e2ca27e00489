package hearth

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testDeclared = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	testNamed    = regexp.MustCompile("`(Test\\w+)`")
)

// A control without a test is a hope: every row of the threat model's tables names tests, and all of them exist.
func TestTheThreatModelNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	declared := map[string]bool{}
	for _, root := range []string{"internal", "e2e", "ui"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.Name() == "node_modules" {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(path, "_test.go") {
				return nil
			}
			source, err := os.ReadFile(path)
			for _, found := range testDeclared.FindAllSubmatch(source, -1) {
				declared[string(found[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile("docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for line := range strings.Lines(string(text)) {
		tests := testNamed.FindAllStringSubmatch(line, -1)
		for _, test := range tests {
			named++
			if !declared[test[1]] {
				t.Errorf("there is no test %s: %s", test[1], line)
			}
		}
		control := strings.Count(line, "|") == 4 && !strings.HasPrefix(line, "| threat ") && !strings.HasPrefix(line, "|---")
		if control && len(tests) == 0 {
			t.Errorf("no test shows this control: %s", line)
		}
	}
	if named == 0 {
		t.Error("the threat model names no tests")
	}
}
