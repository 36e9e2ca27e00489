package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadmeListsEverySetting keeps the README's table to the flags of serve. -update rewrites it.
func TestReadmeListsEverySetting(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- configuration table: begin -->\n", "<!-- configuration table: end -->"
	path := filepath.Join("..", "..", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatal("the README has no place for the table")
	}
	want := configurationTable(t)
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("the README's table is not that of serve's flags; go test ./internal/cli -update rewrites it\n%s", cmp.Diff(want, got))
	}
	if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// configurationTable is the table of serve's settings in Markdown.
func configurationTable(t *testing.T) string {
	var g grammar
	parser, err := newParser(&g, &console{})
	if err != nil {
		t.Fatal(err)
	}
	var sb strings.Builder
	sb.WriteString("| flag | variable | default | what it is |\n|---|---|---|---|\n")
	for _, flag := range childNamed(parser.Model.Node, "serve").Flags {
		if len(flag.Envs) == 0 {
			t.Errorf("--%s has no environment variable", flag.Name)
			continue
		}
		value := ""
		if flag.HasDefault {
			value = "`" + flag.Default + "`"
		}
		fmt.Fprintf(&sb, "| `--%s` | `%s` | %s | %s |\n", flag.Name, flag.Envs[0], value, strings.ReplaceAll(flag.Help, "|", `\|`))
	}
	return sb.String()
}
