package hearth

import (
	"context"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
)

// describe makes the resource: what the program is and where it runs. From the weakest to the strongest: what is found
// out here, OTEL_RESOURCE_ATTRIBUTES, detectors, resource attributes, and the settings of one attribute each.
func describe(ctx context.Context, c *config, s *settings) *resource.Resource {
	build, _ := debug.ReadBuildInfo() // nil when the program was not built as a module
	found := detect(ctx,
		resource.WithTelemetrySDK(), resource.WithHost(), resource.WithOS(),
		resource.WithProcessPID(), resource.WithProcessExecutableName(),
		resource.WithProcessRuntimeName(), resource.WithProcessRuntimeVersion(), resource.WithProcessRuntimeDescription(),
		resource.WithAttributes(found(build)...),
	)
	merged := merge(detect(ctx, resource.WithDetectors(unnamed{})), found)
	merged = merge(merged, detect(ctx, resource.WithFromEnv()))
	if len(c.resourceDetectors) > 0 {
		merged = merge(merged, detect(ctx, resource.WithDetectors(c.resourceDetectors...)))
	}
	merged = merge(merged, resource.NewSchemaless(s.resourceAttributes...))
	return merge(merged, resource.NewSchemaless(dedicated(c, s, build)...))
}

// unnamed gives a program without a name the one that OpenTelemetry prescribes.
type unnamed struct{}

// Detect returns service.name.
func (unnamed) Detect(context.Context) (*resource.Resource, error) {
	return resource.NewSchemaless(attribute.String("service.name", "unknown_service:"+filepath.Base(os.Args[0]))), nil
}

// found returns what is known without being told.
func found(build *debug.BuildInfo) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		attribute.String("service.instance.id", uuid.NewString()),
		attribute.String("host.arch", runtime.GOARCH),
	}
	if version := or(revision(build), moduleVersion(build)); version != "" {
		attributes = append(attributes, attribute.String("service.version", version))
	}
	return attributes
}

// dedicated returns the attributes that have settings of their own.
func dedicated(c *config, s *settings, build *debug.BuildInfo) []attribute.KeyValue {
	attributes := []attribute.KeyValue{attribute.String("hearth.version", Version())}
	add := func(key, value string) {
		if value != "" {
			attributes = append(attributes, attribute.String(key, value))
		}
	}
	add("service.name", s.serviceName)
	add("service.version", s.serviceVersion)
	add("deployment.environment.name", s.environment)
	if source := c.codeSource; source != nil {
		add("vcs.repository.url.full", source.Repository)
		add("vcs.repository.ref.revision", or(source.Revision, revision(build)))
		add("logfire.code.root_path", source.RootPath)
		add("logfire.code.work_dir", or(moduleRoot(build), workDir()))
	}
	return attributes
}

// revision returns the git commit that the program was built from, if the build knew it.
func revision(build *debug.BuildInfo) string {
	if build != nil {
		for _, setting := range build.Settings {
			if setting.Key == "vcs.revision" {
				return setting.Value
			}
		}
	}
	return ""
}

func moduleVersion(build *debug.BuildInfo) string {
	if build == nil || build.Main.Version == "(devel)" {
		return ""
	}
	return build.Main.Version
}

func workDir() string {
	dir, err := os.Getwd()
	if err != nil {
		return "" // then there is no such attribute
	}
	return dir
}

// moduleRoot returns the folder of the program's module on the machine that built it, which is where the paths of
// code.filepath begin; empty when it cannot be told. It finds a caller in the module, whose package and file lie at
// the same place below the module's path and folder.
func moduleRoot(build *debug.BuildInfo) string {
	if build == nil || build.Main.Path == "" {
		return ""
	}
	var callers [64]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	for {
		frame, more := frames.Next()
		if root, ok := rootOf(frame.Function, frame.File, build.Path, build.Main.Path); ok {
			return root
		}
		if !more {
			return ""
		}
	}
}

// rootOf returns the folder of a module, from a function of it and its file. Functions of the main package are called
// main.x, whatever the path of their package is.
func rootOf(function, file, mainPackage, module string) (string, bool) {
	pkg := packageOf(function)
	if pkg == "main" {
		pkg = mainPackage
	}
	below, ok := strings.CutPrefix(pkg, module)
	if !ok || (below != "" && below[0] != '/') {
		return "", false
	}
	return strings.CutSuffix(path.Dir(filepath.ToSlash(file)), below)
}

// packageOf returns the import path of a function's package. Dots in its last element are escaped in function names.
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/')
	name, _, _ := strings.Cut(function[slash+1:], ".")
	pkg := function[:slash+1] + name
	if unescaped, err := url.PathUnescape(pkg); err == nil {
		return unescaped
	}
	return pkg
}

// detect makes a resource. What a detector cannot find is told of and left out.
func detect(ctx context.Context, options ...resource.Option) *resource.Resource {
	r, err := resource.New(ctx, options...)
	if err != nil {
		otel.Handle(err)
	}
	if r == nil {
		return resource.Empty()
	}
	return r
}

// merge returns both resources as one; the stronger goes first. Different schemas are no reason to lose either.
func merge(weaker, stronger *resource.Resource) *resource.Resource {
	merged, err := resource.Merge(weaker, stronger)
	if err != nil {
		return resource.NewSchemaless(append(weaker.Attributes(), stronger.Attributes()...)...)
	}
	return merged
}
