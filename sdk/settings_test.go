package hearth

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// resolved works out the settings of an environment, in a folder without credentials unless an option names one.
func resolved(t *testing.T, env map[string]string, options ...Option) (*settings, error) {
	t.Helper()
	c := &config{credentialsDir: t.TempDir()}
	for _, option := range options {
		option(c)
	}
	return resolve(c, func(name string) string { return env[name] })
}

// credentialsDir writes a credentials file and returns its folder.
func credentialsDir(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "logfire_credentials.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

const credentialsText = `{"token": "pylf_v1_local_file", "project_name": "p", "project_url": "http://file/o/p", "logfire_api_url": "http://file"}`

func TestWhereItIsSent(t *testing.T) {
	t.Parallel()
	dir := credentialsDir(t, credentialsText)
	legacy := credentialsDir(t, `{"token": "pylf_v1_us_x", "project_name": "p", "dashboard_url": "http://old/o/p", "logfire_api_url": "http://old"}`)
	broken := credentialsDir(t, `{"token": "x", "project_name": "p", "project_url": "u", "logfire_api_url": "http://a", "more": "1"}`)
	for name, c := range map[string]struct {
		env     map[string]string
		options []Option
		want    string // base token projectURL, for each destination
		err     string
	}{
		"nothing is said":             {},
		"option":                      {options: []Option{WithToken("pylf_v1_local_a"), WithBaseURL("http://h:1/path/")}, want: "http://h:1 pylf_v1_local_a;"},
		"several tokens":              {options: []Option{WithToken("a", "b"), WithBaseURL("http://h")}, want: "http://h a;http://h b;"},
		"environment":                 {env: map[string]string{"HEARTH_TOKEN": "a, b,", "HEARTH_BASE_URL": "https://h"}, want: "https://h a;https://h b;"},
		"Logfire's environment":       {env: map[string]string{"LOGFIRE_TOKEN": "a", "LOGFIRE_BASE_URL": "https://h"}, want: "https://h a;"},
		"Hearth's goes before":        {env: map[string]string{"HEARTH_TOKEN": "a", "LOGFIRE_TOKEN": "b", "LOGFIRE_BASE_URL": "https://h"}, want: "https://h a;"},
		"empty is not set":            {env: map[string]string{"HEARTH_TOKEN": " ", "LOGFIRE_TOKEN": "b", "LOGFIRE_BASE_URL": "https://h"}, want: "https://h b;"},
		"option before environment":   {env: map[string]string{"HEARTH_TOKEN": "a", "HEARTH_BASE_URL": "https://e"}, options: []Option{WithToken("b"), WithBaseURL("https://h")}, want: "https://h b;"},
		"region us":                   {options: []Option{WithToken("pylf_v1_us_x")}, want: "https://logfire-us.pydantic.dev pylf_v1_us_x;"},
		"region eu":                   {options: []Option{WithToken("pylf_v2_eu_x")}, want: "https://logfire-eu.pydantic.dev pylf_v2_eu_x;"},
		"region of another shape":     {options: []Option{WithToken("pylf_v3_eu_new-format")}, want: "https://logfire-eu.pydantic.dev pylf_v3_eu_new-format;"},
		"region stagingeu":            {options: []Option{WithToken("pylf_v1_stagingeu_x")}, want: "https://logfire-eu.pydantic.info pylf_v1_stagingeu_x;"},
		"no region":                   {options: []Option{WithToken("oldtoken")}, want: "https://logfire-us.pydantic.dev oldtoken;"},
		"region local":                {options: []Option{WithToken("pylf_v1_local_x")}, err: "set HEARTH_BASE_URL"},
		"region unknown":              {options: []Option{WithToken("pylf_v1_mars_x")}, err: `region "mars"`},
		"file":                        {options: []Option{WithCredentialsDir(dir)}, want: "http://file pylf_v1_local_file http://file/o/p;"},
		"file of the environment":     {env: map[string]string{"LOGFIRE_CREDENTIALS_DIR": dir}, options: []Option{WithCredentialsDir("")}, want: "http://file pylf_v1_local_file http://file/o/p;"},
		"file with an old key":        {options: []Option{WithCredentialsDir(legacy)}, want: "http://old pylf_v1_us_x http://old/o/p;"},
		"token before file":           {env: map[string]string{"HEARTH_TOKEN": "a"}, options: []Option{WithCredentialsDir(dir)}, want: "http://file a;"},
		"broken file":                 {options: []Option{WithCredentialsDir(broken)}, err: "other keys"},
		"broken file, but a token":    {options: []Option{WithCredentialsDir(broken), WithToken("a"), WithBaseURL("http://h")}, want: "http://h a;"},
		"this machine needs no token": {env: map[string]string{"HEARTH_BASE_URL": "http://127.0.0.1:4318"}, want: "http://127.0.0.1:4318 ;"},
		"localhost needs no token":    {env: map[string]string{"HEARTH_BASE_URL": "http://localhost:4318"}, want: "http://localhost:4318 ;"},
		"IPv6 needs no token":         {env: map[string]string{"HEARTH_BASE_URL": "http://[::1]:4318"}, want: "http://[::1]:4318 ;"},
		"others need one":             {env: map[string]string{"HEARTH_BASE_URL": "http://hearth.example.com"}},
		"always without a token":      {options: []Option{WithSendMode(SendAlways)}, err: "there is no token"},
		"always by the environment":   {env: map[string]string{"LOGFIRE_SEND_TO_LOGFIRE": "true"}, err: "there is no token"},
		"never":                       {options: []Option{WithSendMode(SendNever), WithToken("a")}},
		"never by the environment":    {env: map[string]string{"HEARTH_SEND": "false", "HEARTH_TOKEN": "a"}},
		"if there is a token":         {env: map[string]string{"LOGFIRE_SEND_TO_LOGFIRE": "if-token-present"}},
		"not a URL":                   {options: []Option{WithToken("a"), WithBaseURL("hearth:4318")}, err: "base URL"},
		"disabled":                    {env: map[string]string{"OTEL_SDK_DISABLED": "TRUE", "HEARTH_TOKEN": "pylf_v1_local_x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := resolved(t, c.env, c.options...)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %v, want one that tells %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, d := range s.destinations {
				got += strings.TrimRight(fmt.Sprintf("%s %s %s", d.base, d.token, d.projectURL), " ")
				if d.token == "" {
					got += " "
				}
				got += ";"
			}
			if got != c.want {
				t.Errorf("sent to %q, want %q", got, c.want)
			}
		})
	}
}

func TestAllThatIsWrongIsToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := resolved(t, map[string]string{
		"HEARTH_MIN_LEVEL": "loud", "LOGFIRE_PENDING_SPANS": "perhaps", "OTEL_TRACES_SAMPLER_ARG": "1.5", "HEARTH_CONSOLE": "1",
		"LOGFIRE_CONSOLE_COLORS": "pink", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
	})
	for _, want := range []string{`HEARTH_MIN_LEVEL="loud"`, `LOGFIRE_PENDING_SPANS="perhaps"`, `OTEL_TRACES_SAMPLER_ARG="1.5"`,
		`LOGFIRE_CONSOLE_COLORS="pink"`, `OTEL_EXPORTER_OTLP_PROTOCOL="grpc"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error does not tell of %s:\n%v", want, err)
		}
	}
}

func TestEnvironmentSettles(t *testing.T) {
	t.Parallel()
	s, err := resolved(t, map[string]string{
		"OTEL_SERVICE_NAME": "shop", "LOGFIRE_SERVICE_VERSION": "1.2", "LOGFIRE_ENVIRONMENT": "prod", "LOGFIRE_MIN_LEVEL": "warning",
		"LOGFIRE_RESOURCE_ATTRIBUTES": "team=a, region = eu,junk", "HEARTH_PENDING_SPANS": "false", "LOGFIRE_SHOW_SUMMARY": "0",
		"LOGFIRE_CONSOLE": "t", "HEARTH_CONSOLE_SPAN_STYLE": "simple", "LOGFIRE_CONSOLE_VERBOSE": "true", "HEARTH_CONSOLE_MIN_LOG_LEVEL": "debug",
		"LOGFIRE_TRACE_SAMPLE_RATE": "0.25", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_METRICS_EXPORTER": "none",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(s.serviceName, s.serviceVersion, s.environment, s.minLevel, s.pendingSpans, s.notices == nil, *s.console, s.sampler.Description(), s.otlp, len(s.resourceAttributes))
	want := fmt.Sprint("shop", "1.2", "prod", LevelWarn, false, true, ConsoleOptions{Flat: true, Verbose: true, MinLevel: LevelDebug}, parentBased(0.25).Description(), otlpSignals{traces: true, logs: true}, 2)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestSamplers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env     map[string]string
		options []Option
		want    sdktrace.Sampler
	}{
		"all":               {want: parentBased(1)},
		"option":            {env: map[string]string{"HEARTH_TRACE_SAMPLE_RATE": "0.1"}, options: []Option{WithSampleRate(0.5)}, want: parentBased(0.5)},
		"sampler":           {options: []Option{WithSampleRate(0.5), WithSampler(sdktrace.NeverSample())}, want: sdktrace.NeverSample()},
		"argument alone":    {env: map[string]string{"OTEL_TRACES_SAMPLER_ARG": "0.1"}, want: parentBased(0.1)},
		"OpenTelemetry's":   {env: map[string]string{"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"}, want: sdktrace.TraceIDRatioBased(0.1)},
		"always off":        {env: map[string]string{"OTEL_TRACES_SAMPLER": "always_off"}, want: sdktrace.NeverSample()},
		"parent always off": {env: map[string]string{"OTEL_TRACES_SAMPLER": "parentbased_always_off"}, want: sdktrace.ParentBased(sdktrace.NeverSample())},
	} {
		s, err := resolved(t, c.env, c.options...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got, want := s.sampler.Description(), c.want.Description(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if _, err := resolved(t, nil, WithSampleRate(1.1)); err == nil {
		t.Error("a rate of 1.1 is taken")
	}
	if _, err := resolved(t, map[string]string{"OTEL_TRACES_SAMPLER": "coin"}); err == nil {
		t.Error("a sampler named coin is taken")
	}
}

func TestCredentialsFile(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		credentialsText: "",
		`{"token": "x", "project_name": "p", "project_url": "u"}`:                       `no "logfire_api_url"`,
		`{"token": 1, "project_name": "p", "project_url": "u", "logfire_api_url": "u"}`: "cannot unmarshal",
		`not json`: "invalid character",
	} {
		_, err := readCredentials(credentialsDir(t, text))
		if (want == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
	if file, err := readCredentials(t.TempDir()); file != nil || err != nil {
		t.Errorf("without a file: %v, %v", file, err)
	}
}

func FuzzReadCredentials(f *testing.F) {
	f.Add(credentialsText)
	f.Add(`{"dashboard_url": "x"}`)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := readCredentials(credentialsDir(t, text))
		if (file == nil) == (err == nil) {
			t.Errorf("file %v, error %v", file, err)
		}
	})
}
