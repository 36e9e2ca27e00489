package genai

import (
	"path/filepath"
	"strings"
	"testing"
)

// Each dialect as it is sent: what every record of it is read as, and the conversation.
func TestDialects(t *testing.T) {
	t.Parallel()
	for _, file := range fixtureFiles(t, "dialects") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			sources := loadSources(t, file)
			records := map[string]*Record{}
			for i := range sources {
				if r, ok := Read(&sources[i]); ok {
					records[sources[i].SpanID+" "+sources[i].Name] = r
				}
			}
			c, ok := Build(sources, "", nil)
			if !ok {
				t.Fatal("no conversation")
			}
			golden(t, strings.TrimSuffix(file, ".json")+".golden", indented(t, map[string]any{"records": records, "conversation": c}))
		})
	}
}
