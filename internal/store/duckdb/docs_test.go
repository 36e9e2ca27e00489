package duckdb

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
)

// documented finds the statements of docs/metrics.md.
var documented = regexp.MustCompile("(?s)```sql\n(.*?)```")

// TestDocumentedStatementsAnswer runs the statements that docs/metrics.md offers, over points of each kind: each must have rows.
func TestDocumentedStatementsAnswer(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	statements := documented.FindAllStringSubmatch(string(page), -1)
	if len(statements) < 8 {
		t.Fatalf("%d statements found", len(statements))
	}
	s := openStore(t, t.TempDir())
	apply(t, s, documentedPoints())
	for _, found := range statements {
		sql := strings.ReplaceAll(found[1], "LABEL", "host")
		switch {
		case strings.Contains(sql, "scalar_value"):
			sql = strings.ReplaceAll(sql, "NAME", "gauge")
		case strings.Contains(sql, "metric_increase"):
			sql = strings.ReplaceAll(sql, "NAME", "counter")
		default:
			sql = strings.ReplaceAll(sql, "NAME", "histogram")
		}
		bound, err := pgsql.Compile(sql, pgsql.Options{})
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		rows, err := s.Query(t.Context(), "p", bound)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		row := make([]any, len(rows.Columns()))
		if !rows.Next(row) {
			t.Errorf("%s: no rows, %v", sql, rows.Err())
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}
}

func documentedPoints() *record.Batch {
	b := &record.Batch{Project: "p", Seq: 1, Arrived: benchDay}
	origin := &record.Origin{ServiceName: "shop"}
	for i := range 10 {
		point := record.Metric{Origin: origin, RecordedNano: benchDay.Add(time.Duration(i) * 30 * time.Second).UnixNano(), Attributes: []byte(`{"host":"a"}`)}
		gauge, counter, histogram := point, point, point
		gauge.Name, gauge.Type, gauge.Scalar = "gauge", record.Gauge, record.Float{F: float64(i), Valid: true}
		counter.Name, counter.Type, counter.Temporality, counter.Monotonic = "counter", record.Sum, record.Some("cumulative"), true
		counter.Scalar = record.Float{F: float64(i), Valid: true}
		histogram.Name, histogram.Type, histogram.Temporality = "histogram", record.ExponentialHistogram, record.Some("delta")
		histogram.Count, histogram.Sum, histogram.Scale = record.Int{N: 2, Valid: true}, record.Float{F: 3, Valid: true}, record.Int{N: 1, Valid: true}
		histogram.PositiveCounts, histogram.PositiveOffset = []int32{1, 1}, record.Int{N: 0, Valid: true}
		histogram.Exemplars = []byte(`[{"timestamp":"2026-11-23T00:00:01Z","value":1.5,"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","attributes":{}}]`)
		b.Metrics = append(b.Metrics, gauge, counter, histogram)
	}
	return b
}
