package genai

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// One chat with a tool, as each dialect tells it, is one conversation. Two things may differ: the names of the dialects,
// and finish reasons, which PydanticAI's events never had.
func TestSameChatInEveryShape(t *testing.T) {
	t.Parallel()
	var want, wantFile string
	for _, file := range fixtureFiles(t, "same") {
		c, ok := Build(loadSources(t, file), "")
		if !ok {
			t.Fatalf("%s: no conversation", file)
		}
		if len(c.Dialects) == 0 {
			t.Errorf("%s: no dialect", file)
		}
		c.Dialects = nil
		for i := range c.Turns {
			c.Turns[i].Finish = nil
			for j := range c.Turns[i].Output {
				c.Turns[i].Output[j].Finish = ""
			}
			for j := range c.Turns[i].Input {
				c.Turns[i].Input[j].Finish = ""
			}
		}
		got := indented(t, c)
		if want == "" {
			want, wantFile = got, file
			golden(t, filepath.Join("testdata", "same.golden"), got)
		}
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s and %s tell different conversations:\n%s", wantFile, file, diff)
		}
	}
}
