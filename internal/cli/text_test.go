package cli

import "testing"

func TestCleanLeavesNothingThatActsOnATerminal(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain ünï 日本 👩‍💻":      "plain ünï 日本 👩‍💻",
		"a\nb\tc\rd":            `a\nb\tc\rd`,
		"\x1b[31mred\x07":       `\x1b[31mred\x07`,
		"\u009b2J":              `\x9b2J`,            // the one-byte form of ESC [
		"user\u202etxt.exe":     `user\u202etxt.exe`, // would be read from right to left
		"a\u2028b\ufeff\u00adc": `a\u2028b\ufeff\xadc`,
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCutKeepsWithinItsColumns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in      string
		columns int
		want    string
	}{
		{"short", 5, "short"},
		{"longer", 5, "long…"},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"}, // half a character cannot be shown
		{"e\u0301e\u0301", 2, "e\u0301e\u0301"},
		{"x", 0, ""},
		{"xy", 1, "…"},
	} {
		got := cut(c.in, c.columns)
		if got != c.want || textWidth(got) > max(c.columns, 0) {
			t.Errorf("cut(%q, %d) = %q, want %q", c.in, c.columns, got, c.want)
		}
	}
}

func TestPointAtShowsTheLineAndThePlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text     string
		position int
		want     string
	}{
		{"select x", 8, "select x\n       ^"},
		{"select 1,\n\tx\nfrom t", 12, "\tx\n\t^"},
		{"select '日本', x", 14, "select '日本', x\n               ^"},
		{"select", 7, "select\n      ^"},
		{"select", 99, "select\n      ^"},
		{"a\r\nb", 1, "a\n^"},
	} {
		if got := pointAt(c.text, c.position); got != c.want {
			t.Errorf("pointAt(%q, %d) =\n%s\nwant\n%s", c.text, c.position, got, c.want)
		}
	}
}
