package genai

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Hearth's own agents say what PydanticAI's say, in a scope of their own.
func TestAgentsOfHearthsSDKAreReadAsThoseOfPydanticAI(t *testing.T) {
	t.Parallel()
	for _, file := range fixtureFiles(t, "dialects") {
		if !strings.HasPrefix(filepath.Base(file), "pydantic_ai_") {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			sources := loadSources(t, file)
			want, ok := Build(sources, "", nil)
			if !ok {
				t.Fatal("no conversation")
			}
			for i := range sources {
				sources[i].Scope = strings.Replace(sources[i].Scope, "pydantic-ai", "github.com/hearth-dev/hearth/sdk/agent", 1)
			}
			got, ok := Build(sources, "", nil)
			if !ok {
				t.Fatal("no conversation in our scope")
			}
			if diff := cmp.Diff(indented(t, want), indented(t, got)); diff != "" {
				t.Errorf("(-PydanticAI +ours)\n%s", diff)
			}
		})
	}
}
