package hearth

import (
	"context"
	"errors"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
)

// detector is a detector that finds what it is.
type detector []attribute.KeyValue

func (d detector) Detect(context.Context) (*resource.Resource, error) {
	if len(d) == 0 {
		return nil, errors.New("found nothing")
	}
	return resource.NewWithAttributes("https://example.com/another/schema", d...), nil
}

// described returns the resource of an environment and options.
func described(t *testing.T, otelAttributes string, options ...Option) map[string]string {
	t.Helper()
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", otelAttributes)
	c := &config{}
	for _, option := range append(options, WithSendMode(SendNever)) {
		option(c)
	}
	s, err := resolve(c, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	attributes := map[string]string{}
	for _, kv := range describe(t.Context(), c, s).Attributes() {
		attributes[string(kv.Key)] = kv.Value.String()
	}
	return attributes
}

func TestTheResourceDescribesTheProgram(t *testing.T) {
	got := described(t, "")
	for _, key := range []string{"service.instance.id", "host.name", "host.arch", "os.type", "process.pid", "process.executable.name",
		"process.runtime.name", "process.runtime.version", "telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version", "hearth.version"} {
		if got[key] == "" {
			t.Errorf("%s is missing in %v", key, got)
		}
	}
	if !strings.HasPrefix(got["service.name"], "unknown_service:sdk.test") {
		t.Errorf("service.name is %q", got["service.name"])
	}
	for key := range got {
		if strings.HasPrefix(key, "vcs.") || strings.HasPrefix(key, "logfire.") || strings.Contains(key, "command") {
			t.Errorf("%s is told unasked", key)
		}
	}
	if again := described(t, ""); again["service.instance.id"] == got["service.instance.id"] {
		t.Error("two instances have the same id")
	}
}

func TestTheStrongerDescriptionCounts(t *testing.T) {
	env := "service.name=env,service.version=env,host.name=env,a=env,b=env,c=env"
	found := detector{attribute.String("a", "detector"), attribute.String("b", "detector"), attribute.String("service.version", "detector")}
	given := WithResourceAttributes(attribute.String("b", "attribute"), attribute.String("service.version", "attribute"))
	for want, got := range map[string]map[string]string{
		"env env env env":                  described(t, env),
		"env detector detector detector":   described(t, env, WithResourceDetectors(found)),
		"env detector attribute attribute": described(t, env, WithResourceDetectors(found), given),
		"own detector attribute v1":        described(t, env, WithResourceDetectors(found), given, WithServiceName("own"), WithServiceVersion("v1")),
	} {
		if is := strings.Join([]string{got["service.name"], got["a"], got["b"], got["service.version"]}, " "); is != want {
			t.Errorf("described as %q, want %q", is, want)
		}
		if got["host.name"] != "env" || got["c"] != "env" {
			t.Errorf("host.name is %q, c is %q; want env", got["host.name"], got["c"])
		}
	}
	if got := described(t, "", WithResourceDetectors(detector{}), WithEnvironment("prod")); got["deployment.environment.name"] != "prod" || got["host.name"] == "" {
		t.Errorf("with a detector that fails: %v", got)
	}
}

func TestTheCodeSourceLeadsToTheCode(t *testing.T) {
	got := described(t, "", WithCodeSource(CodeSource{Repository: "https://github.com/acme/shop", Revision: "abc", RootPath: "back"}))
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"vcs.repository.url.full": "https://github.com/acme/shop", "vcs.repository.ref.revision": "abc",
		"logfire.code.root_path": "back", "logfire.code.work_dir": filepath.ToSlash(here),
	} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
}

func TestTheFolderOfAModuleIsFoundFromItsFunctions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ function, file, want string }{
		{"main.main", "/src/shop/cmd/till/main.go", "/src/shop"},
		{"main.(*till).open", "github.com/acme/shop/cmd/till/till.go", "github.com/acme/shop"}, // built with -trimpath
		{"github.com/acme/shop.New", "/src/shop/shop.go", "/src/shop"},
		{"github.com/acme/shop/internal/pay.(*Card).Charge.func1", "/src/shop/internal/pay/card.go", "/src/shop"},
		{"github.com/acme/shop/v1%2e2.New", "/src/shop/v1.2/new.go", "/src/shop"},
		{"github.com/acme/shopping.New", "/src/shopping/new.go", ""},
		{"runtime.goexit", "/go/src/runtime/asm.s", ""},
		{"github.com/acme/shop/internal/pay.Generated", "/elsewhere/pay.go", ""},
	} {
		got, ok := rootOf(c.function, c.file, "github.com/acme/shop/cmd/till", "github.com/acme/shop")
		if ok != (c.want != "") || (ok && got != c.want) {
			t.Errorf("%s in %s: %q, %v; want %q", c.function, c.file, got, ok, c.want)
		}
	}
}

func TestTheVersionIsTheRevision(t *testing.T) {
	t.Parallel()
	build := &debug.BuildInfo{Main: debug.Module{Path: "github.com/acme/shop", Version: "v1.2.3"}}
	version := func() string { v, _ := find(found(build), "service.version"); return v.AsString() }
	if got := version(); got != "v1.2.3" {
		t.Errorf("version %q, want the module's", got)
	}
	build.Settings = []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}}
	if got := version(); got != "abc" {
		t.Errorf("version %q, want the revision", got)
	}
	build = nil
	if got := version(); got != "" {
		t.Errorf("version %q of a build that does not tell", got)
	}
}
