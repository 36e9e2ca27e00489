package e2e

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	oteltrace "go.opentelemetry.io/otel/trace"

	sdk "github.com/hearth-dev/hearth/sdk"
)

// configureSDK configures Hearth's Go SDK for one test. It belongs to the whole process: these tests do not run in
// parallel with one another, and nothing else here uses OpenTelemetry's global providers.
func configureSDK(t *testing.T, env map[string]string, options ...sdk.Option) (shutdown func(context.Context) error) {
	t.Helper()
	for _, name := range []string{"HEARTH_TOKEN", "HEARTH_BASE_URL", "LOGFIRE_TOKEN", "LOGFIRE_BASE_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		t.Setenv(name, env[name])
	}
	options = append(options, sdk.WithCredentialsDir(t.TempDir()), sdk.WithNotices(nil), sdk.WithServiceName("shop"),
		sdk.WithServiceVersion("1.2.3"), sdk.WithEnvironment("e2e"))
	shutdown, err := sdk.Configure(t.Context(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shutdown(context.Background()) })
	return shutdown
}

// TestGoSDK lets the SDK send to Hearth in local mode, where it needs no token, and into a project with a token of it.
func TestGoSDK(t *testing.T) {
	h := start(t, t.TempDir())
	h.run(t, "projects", "new", "teahouse")
	for name, c := range map[string]struct {
		env  map[string]string
		read string // token
	}{
		"local":   {env: map[string]string{"HEARTH_BASE_URL": h.url}},
		"project": {env: map[string]string{"LOGFIRE_BASE_URL": h.url, "HEARTH_TOKEN": h.newToken(t, "teahouse", "write")}, read: h.newToken(t, "teahouse", "read")},
	} {
		t.Run(name, func(t *testing.T) {
			shutdown := configureSDK(t, c.env)
			ctx, span := otel.Tracer("till").Start(t.Context(), "checkout", oteltrace.WithAttributes(
				attribute.Int("cart", 3), attribute.String("password", "hunter2"), attribute.String("payload", `{"api_key": "abc", "tea": "green"}`)))
			if err := sdk.Flush(ctx); err != nil {
				t.Fatalf("the start of the span was not sent: %v", err)
			}
			h.waitRows(t, c.read, "select kind, duration from records_all where span_name = 'checkout'",
				[]map[string]any{{"kind": "pending_span", "duration": nil}})

			sdk.Warn(ctx, "only {cups} cups", sdk.Attr("cups", 1))
			var r log.Record
			r.SetBody(attribute.StringValue("the secret recipe"))
			otel.Logger("till").Emit(ctx, r)
			measure(t)
			span.RecordError(errors.New("no card"))
			span.End()
			if err := shutdown(t.Context()); err != nil {
				t.Fatalf("the SDK could not send: %v", err)
			}
			checkSDKRows(t, h, c.read, span.SpanContext())
		})
	}
}

func measure(t *testing.T) {
	t.Helper()
	cups, err := otel.Meter("till").Int64Counter("cups")
	if err != nil {
		t.Fatal(err)
	}
	cups.Add(t.Context(), 3, metric.WithAttributes(attribute.String("tea", "green")))
	wait, err := otel.Meter("till").Float64Histogram("wait")
	if err != nil {
		t.Fatal(err)
	}
	wait.Record(t.Context(), 12.5)
}

func checkSDKRows(t *testing.T, h *hearth, token string, span oteltrace.SpanContext) {
	t.Helper()
	root := span.SpanID().String()
	h.waitRows(t, token, "select kind, message, level, parent_span_id, is_exception from records where trace_id = '"+span.TraceID().String()+"' order by kind, message",
		[]map[string]any{
			{"kind": "log", "message": "[Scrubbed due to 'secret']", "level": 9.0, "parent_span_id": root, "is_exception": false},
			{"kind": "log", "message": "only 1 cups", "level": 13.0, "parent_span_id": root, "is_exception": false},
			{"kind": "span", "message": "checkout", "level": 9.0, "parent_span_id": nil, "is_exception": true},
		})
	h.waitRows(t, token, "select count(*) as both_, count(distinct span_id) as ids from records_all where span_name = 'checkout'",
		[]map[string]any{{"both_": 2.0, "ids": 1.0}})
	h.waitRows(t, token, `select service_name, service_version, deployment_environment, attributes->>'password' as password, attributes->>'payload' as payload,
		attributes->'logfire.scrubbed' is not null as told, otel_resource_attributes->>'telemetry.sdk.language' as language
		from records where span_name = 'checkout'`,
		[]map[string]any{{
			"service_name": "shop", "service_version": "1.2.3", "deployment_environment": "e2e", "password": "[Scrubbed due to 'password']",
			"payload": `{"api_key":"[Scrubbed due to 'api_key']","tea":"green"}`, "told": true, "language": "go",
		}})
	h.waitRows(t, token, "select metric_name, metric_type, aggregation_temporality, scalar_value, histogram_count from metrics where otel_scope_name = 'till' order by metric_name",
		[]map[string]any{
			{"metric_name": "cups", "metric_type": "sum", "aggregation_temporality": "delta", "scalar_value": 3.0, "histogram_count": nil},
			{"metric_name": "wait", "metric_type": "exponential_histogram", "aggregation_temporality": "delta", "scalar_value": nil, "histogram_count": 1.0},
		})
}

// TestGoSDKOutlivesARestart makes records while the server is away: they are there when it is back.
func TestGoSDKOutlivesARestart(t *testing.T) {
	h := start(t, t.TempDir())
	shutdown := configureSDK(t, map[string]string{"HEARTH_BASE_URL": h.url})
	sdk.Info(t.Context(), "before")
	if err := sdk.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.kill()
	<-h.exited
	for range 20 {
		sdk.Info(t.Context(), "meanwhile")
	}
	again := h.relaunch(t)
	if err := sdk.Flush(t.Context()); err != nil {
		t.Errorf("flush: %v", err)
	}
	if err := shutdown(t.Context()); err != nil {
		t.Errorf("the SDK could not send: %v", err)
	}
	again.waitRows(t, "", "select message, count(*) as n from records where service_name = 'shop' group by 1 order by 1",
		[]map[string]any{{"message": "before", "n": 1.0}, {"message": "meanwhile", "n": 20.0}})
}

// TestGoSDKWithAWrongToken is told on the first occasion, and the program goes on.
func TestGoSDKWithAWrongToken(t *testing.T) {
	h := start(t, t.TempDir())
	shutdown := configureSDK(t, map[string]string{"HEARTH_BASE_URL": h.url}, sdk.WithToken("pylf_v1_local_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"))
	sdk.Info(t.Context(), "lost")
	if err := sdk.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), "Unknown token") {
		t.Errorf("flush: %v, want the server's words", err)
	}
	if err := shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "1 spans were dropped") {
		t.Errorf("shutdown: %v, want what was lost", err)
	}
}

// waitRows asks until a statement of a token's project returns these rows.
func (h *hearth) waitRows(t *testing.T, token, sql string, want []map[string]any) {
	t.Helper()
	var a answer
	if eventually(t, func() bool {
		var err error
		if a, err = h.ask(t.Context(), token, sql); err != nil {
			t.Fatal(err)
		}
		return cmp.Equal(want, a.rows)
	}) {
		return
	}
	t.Errorf("%s: HTTP %d %s\n(-want +got):\n%s", sql, a.status, a.detail, cmp.Diff(want, a.rows))
}

// relaunch runs a process that has ended again, at the same addresses over the same data.
func (h *hearth) relaunch(t *testing.T) *hearth {
	t.Helper()
	again := &hearth{url: h.url, grpc: h.grpc, dataDir: h.dataDir, log: &logBuffer{}, exited: make(chan struct{})}
	again.cmd = exec.Command(h.cmd.Path, h.cmd.Args[1:]...)
	again.cmd.Env = h.cmd.Env
	again.cmd.Stdout, again.cmd.Stderr = again.log, again.log
	if err := again.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		again.err = again.cmd.Wait()
		close(again.exited)
	}()
	t.Cleanup(again.kill)
	if err := again.waitReady(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, again.log)
	}
	return again
}
