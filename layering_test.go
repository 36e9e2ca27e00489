// Package hearth holds the tests that concern the whole repository.
package hearth

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/hearth-dev/hearth"

// mayImport says which of our packages each package may import; see docs/architecture.md, "Layers". A package that is
// missing here may not exist: give it its place first.
var mayImport = map[string][]string{
	"cmd/hearth":                   {"internal/cli"},
	"internal/record":              {},
	"internal/wal":                 {},
	"internal/meta":                {},
	"internal/board":               {},
	"internal/limit":               {},
	"internal/retention":           {"internal/meta", "internal/store"},
	"internal/device":              {},
	"internal/password":            {},
	"internal/oidc":                {},
	"internal/oidc/oidctest":       {},
	"internal/pgsql":               {"internal/record"},
	"internal/alert":               {"internal/meta"},
	"internal/genai":               {"internal/record", "sdk/agent", "sdk/prices", "sdk/wire"},
	"internal/otlp":                {"internal/record", "sdk/prices"},
	"internal/store":               {"internal/pgsql", "internal/record"},
	"internal/store/storetest":     {"internal/pgsql", "internal/record", "internal/store"},
	"internal/store/duckdb":        {"internal/pgsql", "internal/record", "internal/store", "internal/store/duckdb/points"},
	"internal/store/duckdb/points": {},
	"internal/ingest":              {"internal/record", "internal/store", "internal/wal"},
	"internal/query":               {"internal/pgsql", "internal/record", "internal/store"},
	"internal/mcp":                 {"sdk/query"},
	"internal/api":                 {"internal/alert", "internal/board", "internal/device", "internal/genai", "internal/limit", "internal/mcp", "internal/meta", "internal/oidc", "internal/password", "internal/pgsql", "internal/query", "internal/record", "internal/retention", "internal/store", "sdk/prices"},
	"internal/server":              {"internal/alert", "internal/api", "internal/ingest", "internal/limit", "internal/meta", "internal/oidc", "internal/otlp", "internal/pgsql", "internal/query", "internal/record", "internal/retention", "internal/store", "internal/store/duckdb", "internal/vitals", "internal/wal", "sdk/prices", "ui"},
	"internal/vitals":              {},
	"internal/demo":                {},
	"internal/cli":                 {"internal/demo", "internal/mcp", "internal/server", "sdk/query"},
	"sdk":                          {"sdk/internal/deliver", "sdk/internal/exception", "sdk/internal/govalue", "sdk/internal/scrub", "sdk/internal/version"},
	"sdk/agent":                    {"sdk/internal/govalue", "sdk/internal/version", "sdk/prices"},
	"sdk/agent/anthropicmodel":     {"sdk/agent", "sdk/internal/provider", "sdk/internal/schema"},
	"sdk/agent/cassette":           {},
	"sdk/agent/fallback":           {"sdk/agent"},
	"sdk/agent/googlemodel":        {"sdk/agent", "sdk/internal/provider", "sdk/internal/schema"},
	"sdk/agent/mcptools":           {"sdk/agent", "sdk/internal/provider"},
	"sdk/agent/openaimodel":        {"sdk/agent", "sdk/internal/provider", "sdk/internal/schema"},
	"sdk/agent/testmodel":          {"sdk/agent", "sdk/agent/internal/estimate"},
	"sdk/agent/functionmodel":      {"sdk/agent", "sdk/agent/internal/estimate"},
	"sdk/agent/internal/estimate":  {"sdk/agent"},
	"sdk/httpclient":               {"sdk/agent", "sdk/internal/capture", "sdk/internal/llmcall", "sdk/internal/tap", "sdk/internal/version"},
	"sdk/httpserver":               {"sdk/internal/capture", "sdk/internal/exception", "sdk/internal/tap"},
	"sdk/instrument/anthropicsdk":  {"sdk/agent", "sdk/internal/llmcall"},
	"sdk/instrument/einox":         {"sdk/agent"},
	"sdk/instrument/mcpx":          {"sdk/agent"},
	"sdk/instrument/openaisdk":     {"sdk/agent", "sdk/internal/llmcall"},
	"sdk/internal/capture":         {},
	"sdk/internal/llmcall":         {"sdk/agent", "sdk/internal/tap", "sdk/wire"},
	"sdk/internal/modeltest":       {"sdk/agent", "sdk/agent/cassette", "sdk/wire"},
	"sdk/internal/provider":        {"sdk/agent"},
	"sdk/internal/schema":          {},
	"sdk/internal/tap":             {},
	"sdk/internal/govalue":         {},
	"sdk/internal/deliver":         {},
	"sdk/internal/scrub":           {},
	"sdk/internal/version":         {},
	"sdk/internal/exception":       {"sdk/internal/govalue"},
	"sdk/prices":                   {},
	"sdk/query":                    {},
	"sdk/wire":                     {"sdk/agent"},
	"ui":                           {},
}

// onlyIn names the packages that alone may import a library.
var onlyIn = map[string][]string{
	"github.com/duckdb/":                {"internal/store/duckdb", "internal/store/duckdb/points"},
	"github.com/pganalyze/pg_query_go/": {"internal/pgsql"},
	"modernc.org/sqlite":                {"internal/meta"},
	"github.com/jackc/pgx/":             {"internal/meta"},
	"github.com/pressly/goose/":         {"internal/meta"},
	"go.opentelemetry.io/proto/otlp":    {"internal/demo", "internal/otlp", "internal/vitals", "sdk/internal/deliver"},
	"github.com/apache/arrow-go/":       {"internal/api"},
	"github.com/alecthomas/kong":        {"internal/cli"},
	"github.com/wneessen/go-mail":       {"internal/alert"},
	"golang.org/x/time/":                {"internal/limit"},
	"golang.org/x/crypto/":              {"internal/password"},
	"golang.org/x/oauth2":               {"internal/oidc"},
	"github.com/coreos/go-oidc/":        {"internal/oidc", "internal/oidc/oidctest"},
	"github.com/cloudwego/":             {"sdk/instrument/einox"},
	"github.com/anthropics/":            {"sdk/agent/anthropicmodel", "sdk/instrument/anthropicsdk"},
	"google.golang.org/genai":           {"sdk/agent/googlemodel"},
	"github.com/modelcontextprotocol/":  {"internal/mcp", "sdk/agent/mcptools", "sdk/instrument/mcpx"},
	"github.com/openai/openai-go/":      {"sdk/agent/openaimodel", "sdk/instrument/openaisdk"},
}

// heavy are the libraries that reach only programs which import a package made for them: an SDK of a provider adds ten
// megabytes and more to a binary.
var heavy = []string{
	"github.com/openai/", "github.com/anthropics/", "google.golang.org/genai", "github.com/modelcontextprotocol/",
	"github.com/cloudwego/", "cloud.google.com/", "github.com/aws/", "github.com/Azure/",
}

func TestTheCoreLinksNoProvidersSDK(t *testing.T) {
	t.Parallel()
	for dir, packages := range map[string][]string{
		".":   {"./cmd/hearth"},
		"sdk": {".", "./agent", "./agent/testmodel", "./agent/functionmodel", "./agent/fallback", "./agent/cassette", "./httpclient", "./httpserver", "./prices", "./query", "./wire"},
	} {
		list := exec.Command("go", append([]string{"list", "-deps"}, packages...)...)
		list.Dir = dir
		out, err := list.Output()
		if err != nil {
			t.Fatalf("go list -deps %s in %s: %v", packages, dir, err)
		}
		for dependency := range strings.Lines(string(out)) {
			if dir == "." && strings.HasPrefix(dependency, "github.com/modelcontextprotocol/") {
				continue // the server has /mcp
			}
			if slices.ContainsFunc(heavy, func(library string) bool { return strings.HasPrefix(dependency, library) }) {
				t.Errorf("%s in %s link %s", packages, dir, dependency)
			}
		}
	}
}

func TestLayers(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for file, imports := range goImports(t) {
		pkg := path.Dir(file)
		if !ships(file) {
			continue // tests may build what they need; what ships may not
		}
		allowed, known := mayImport[pkg]
		if !known {
			t.Errorf("%s: package %s has no place in the layers (layering_test.go)", file, pkg)
			continue
		}
		seen[pkg] = true
		for _, imported := range imports {
			checkLibrary(t, file, pkg, imported)
			ours, ok := strings.CutPrefix(imported, module+"/")
			if ok && ours != pkg && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s, which package %s may not know", file, ours, pkg)
			}
		}
	}
	for pkg := range mayImport {
		if !seen[pkg] {
			t.Errorf("package %s stands in the layers but does not exist", pkg)
		}
	}
}

func checkLibrary(t *testing.T, file, pkg, imported string) {
	t.Helper()
	for library, homes := range onlyIn {
		if strings.HasPrefix(imported, library) && !slices.Contains(homes, pkg) {
			t.Errorf("%s imports %s, which only %s may", file, imported, strings.Join(homes, " and "))
		}
	}
}

// ships tells whether a file is part of the server or the SDK, and neither a test nor in a module of its own.
func ships(file string) bool {
	return !strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(file, "bench/") && !strings.HasPrefix(file, "e2e/") &&
		!strings.HasPrefix(file, "examples/")
}

// goImports returns the imports of every Go file of the repository, by its path.
func goImports(t *testing.T) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := entry.Name(); base == "node_modules" || base == "testdata" || base == "bin" || (len(base) > 1 && base[0] == '.') {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, imported)
		}
		files[filepath.ToSlash(name)] = imports
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
