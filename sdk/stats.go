package hearth

import "github.com/hearth-dev/hearth/sdk/internal/deliver"

// Statistics tells what became of the telemetry since Configure, summed over all backends: what goes to two counts twice.
type Statistics struct {
	Spans   SignalStatistics // spans and this package's logs, with pending spans
	Logs    SignalStatistics // OpenTelemetry's log records
	Metrics SignalStatistics // data points
}

// SignalStatistics counts the records of one signal.
type SignalStatistics struct {
	Queued  int64 // wait to be sent or are being sent
	Sent    int64 // were accepted; pending spans that turned out to be needless count, too
	Dropped int64 // found no room, were refused, or were given up when the program ended; what stands in for them is in no count
}

// Stats returns what became of the telemetry. Without Configure all is zero.
func Stats() Statistics {
	var total Statistics
	if s := current.Load(); s != nil {
		for _, b := range s.backends {
			total.Spans.add(&b.spanCount)
			total.Logs.add(&b.logCount)
			total.Metrics.add(&b.metricCount)
		}
	}
	return total
}

func (s *SignalStatistics) add(count *deliver.Count) {
	s.Queued += count.Queued.Load()
	s.Sent += count.Sent.Load()
	s.Dropped += count.Dropped.Load()
}
