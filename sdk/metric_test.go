package hearth_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	hearth "github.com/hearth-dev/hearth/sdk"
)

// Instruments are made once for the program, before anything is configured.
var (
	orders    = hearth.NewCounter[int64]("shop.orders", metric.WithUnit("{order}"), metric.WithDescription("Orders placed."))
	turnover  = hearth.NewCounter[float64]("shop.turnover")
	open      = hearth.NewUpDownCounter[int64]("shop.open")
	balance   = hearth.NewUpDownCounter[float64]("shop.balance")
	sizes     = hearth.NewHistogram[int64]("shop.sizes")
	durations = hearth.NewHistogram[float64]("shop.durations", metric.WithUnit("s"))
	stock     = hearth.NewGauge[int64]("shop.stock")
	heat      = hearth.NewGauge[float64]("shop.heat")
)

func measure(ctx context.Context) {
	orders.Add(ctx, 2, hearth.Attr("shop", "north"), slog.Bool("express", true))
	turnover.Add(ctx, 1.5)
	open.Add(ctx, -1)
	balance.Add(ctx, -0.5)
	sizes.Record(ctx, 10)
	durations.Record(ctx, 0.25)
	stock.Record(ctx, 7)
	heat.Record(ctx, 21.5)
}

// collect returns the metrics of a reader by their names.
func collect(t *testing.T, reader sdkmetric.Reader) map[string]metricdata.Metrics {
	t.Helper()
	var collected metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &collected); err != nil {
		t.Fatal(err)
	}
	metrics := map[string]metricdata.Metrics{}
	for _, scope := range collected.ScopeMetrics {
		for _, m := range scope.Metrics {
			metrics[m.Name] = m
		}
	}
	return metrics
}

// The configuration is the process's: these tests do not run in parallel.
func TestInstrumentsCountForTheCurrentConfiguration(t *testing.T) {
	measure(t.Context()) // lost
	for range 2 {
		t.Run("configured", func(t *testing.T) {
			reader := sdkmetric.NewManualReader()
			record(t, hearth.WithMetricReader(reader))
			measure(t.Context())
			measure(t.Context())
			metrics := collect(t, reader)
			if len(metrics) != 8 {
				t.Errorf("%d metrics, want 8", len(metrics))
			}
			placed := metrics["shop.orders"]
			if placed.Unit != "{order}" || placed.Description != "Orders placed." {
				t.Errorf("unit %q, description %q", placed.Unit, placed.Description)
			}
			metricdatatest.AssertHasAttributes(t, placed, kv("shop", "north"), kv("express", true))
			if sum, ok := placed.Data.(metricdata.Sum[int64]); !ok || !sum.IsMonotonic || sum.DataPoints[0].Value != 4 {
				t.Errorf("orders: %+v", placed.Data)
			}
			if sum, ok := metrics["shop.balance"].Data.(metricdata.Sum[float64]); !ok || sum.IsMonotonic || sum.DataPoints[0].Value != -1 {
				t.Errorf("balance: %+v", metrics["shop.balance"].Data)
			}
			if gauge, ok := metrics["shop.heat"].Data.(metricdata.Gauge[float64]); !ok || gauge.DataPoints[0].Value != 21.5 {
				t.Errorf("heat: %+v", metrics["shop.heat"].Data)
			}
			if count := observations(metrics["shop.durations"].Data); count != 2 {
				t.Errorf("durations: %d observations, want 2: %+v", count, metrics["shop.durations"].Data)
			}
		})
	}
}

// observations returns how often a histogram of floats was told something, -1 if it is none.
func observations(data metricdata.Aggregation) int {
	switch data := data.(type) {
	case metricdata.Histogram[float64]:
		return int(data.DataPoints[0].Count)
	case metricdata.ExponentialHistogram[float64]:
		return int(data.DataPoints[0].Count)
	}
	return -1
}

func TestInstrumentWithAWrongNameIsReportedAndDoesNothing(t *testing.T) {
	var mu sync.Mutex
	var reported []error
	former := otel.GetErrorHandler()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		mu.Lock()
		defer mu.Unlock()
		reported = append(reported, err)
	}))
	t.Cleanup(func() { otel.SetErrorHandler(former) })
	record(t)
	wrong := hearth.NewCounter[int64]("1 wrong name")
	wrong.Add(t.Context(), 1)
	wrong.Add(t.Context(), 1)
	mu.Lock()
	defer mu.Unlock()
	if len(reported) != 1 {
		t.Errorf("reported %v, want one error", reported)
	}
}

func TestInstrumentsAreFreeWhereNothingIsConfigured(t *testing.T) {
	ctx := t.Context()
	if allocated := testing.AllocsPerRun(100, func() { measure(ctx) }); allocated != 0 {
		t.Errorf("%v allocations", allocated)
	}
}
