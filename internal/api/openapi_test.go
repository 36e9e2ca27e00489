package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"
)

// routes returns METHOD and path of every route.
func routes(t *testing.T, h http.Handler) []string {
	t.Helper()
	var list []string
	err := chi.Walk(h.(chi.Router), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		list = append(list, method+" "+canonicalPath(route))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func TestDescriptionAndRoutesAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Gatherer = prometheus.NewRegistry() })
	var description struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(openAPI, &description); err != nil {
		t.Fatal(err)
	}
	var described []string
	for path, operations := range description.Paths {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if operation, ok := operations[method].(map[string]any); ok {
				described = append(described, strings.ToUpper(method)+" "+canonicalPath(path))
				if operation["summary"] == "" || operation["responses"] == nil {
					t.Errorf("%s %s lacks a summary or responses", method, path)
				}
			}
		}
	}
	slices.Sort(described)
	if diff := cmp.Diff(routes(t, w.handler), described); diff != "" {
		t.Errorf("routes and description differ (-routes +described):\n%s", diff)
	}
}

func TestReferencesOfTheDescriptionExist(t *testing.T) {
	t.Parallel()
	var root map[string]any
	if err := yaml.Unmarshal(openAPI, &root); err != nil {
		t.Fatal(err)
	}
	var walk func(node any)
	walk = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			if ref, ok := node["$ref"].(string); ok {
				var target any = root
				for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
					target, _ = target.(map[string]any)[part]
				}
				if target == nil {
					t.Errorf("%s does not exist", ref)
				}
			}
			for _, key := range slices.Sorted(maps.Keys(node)) {
				walk(node[key])
			}
		case []any:
			for _, item := range node {
				walk(item)
			}
		}
	}
	walk(root)
	w := newWorld(t, nil)
	if got := w.expect(200, "GET", "/api/openapi.yaml", ""); got.Body.String() != string(openAPI) {
		t.Error("the description is not served as it is")
	}
}
