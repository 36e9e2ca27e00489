package alert

import (
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

// Template is an alert to begin with.
type Template struct {
	ID          string // stable
	Name        string
	Description string // for whoever chooses
	Query       string
	Window      time.Duration
	Frequency   time.Duration
	NotifyWhen  meta.NotifyWhen
}

// Templates are the alerts that most people want first. Each query takes its window from the alert, names what it met in
// columns that read well in a message, and has its threshold in plain sight.
func Templates() []Template { return templates }

var templates = []Template{
	{
		ID: "any-exception", Name: "Any exception",
		Description: "Tells of exceptions by service and type, with one trace of each.",
		Window:      5 * time.Minute, Frequency: 5 * time.Minute, NotifyWhen: meta.HasMatches,
		Query: `SELECT service_name, exception_type, count(*) AS exceptions,
       max(exception_message) AS example, max(trace_id) AS trace_id
FROM records
WHERE is_exception
GROUP BY service_name, exception_type
ORDER BY exceptions DESC`,
	},
	{
		ID: "error-rate", Name: "Error rate",
		Description: "Tells of services of whose requests more than 5 % fail, once there are at least 20 of them.",
		Window:      15 * time.Minute, Frequency: 5 * time.Minute, NotifyWhen: meta.HasMatchesChanged,
		Query: `SELECT service_name, count(*) AS requests,
       round(100.0 * count(*) FILTER (WHERE http_response_status_code >= 500 OR level >= 'error') / count(*), 1) AS error_percent
FROM records
WHERE kind = 'span' AND http_route IS NOT NULL
GROUP BY service_name
HAVING count(*) >= 20
   AND 100.0 * count(*) FILTER (WHERE http_response_status_code >= 500 OR level >= 'error') / count(*) > 5
ORDER BY error_percent DESC`,
	},
	{
		ID: "slow-endpoint", Name: "Slow endpoint",
		Description: "Tells of routes whose slowest twentieth takes longer than 2 seconds, once there are at least 20 requests.",
		Window:      15 * time.Minute, Frequency: 5 * time.Minute, NotifyWhen: meta.HasMatchesChanged,
		Query: `SELECT service_name, http_method, http_route, count(*) AS requests,
       round(approx_percentile_cont(duration, 0.95), 3) AS p95_seconds
FROM records
WHERE kind = 'span' AND http_route IS NOT NULL
GROUP BY service_name, http_method, http_route
HAVING count(*) >= 20 AND approx_percentile_cont(duration, 0.95) > 2
ORDER BY p95_seconds DESC`,
	},
	{
		ID: "no-data", Name: "No data from a service",
		Description: "Tells when a service has sent nothing for 15 minutes, and when it sends again. Put in the name of yours.",
		Window:      15 * time.Minute, Frequency: 5 * time.Minute, NotifyWhen: meta.NoMatches,
		Query: `SELECT service_name, max(start_timestamp) AS last_seen
FROM records
WHERE service_name = 'my-service'
GROUP BY service_name`,
	},
	{
		ID: "llm-spend", Name: "LLM spend per hour",
		Description: "Tells of models whose calls cost more than 10 dollars in an hour.",
		Window:      time.Hour, Frequency: 15 * time.Minute, NotifyWhen: meta.StartsHavingMatches,
		Query: `SELECT coalesce(attributes->>'gen_ai.response.model', attributes->>'gen_ai.request.model') AS model,
       count(*) AS calls, round(sum((attributes->>'operation.cost')::double precision), 4) AS dollars
FROM records
WHERE attributes->>'operation.cost' IS NOT NULL
GROUP BY model
HAVING sum((attributes->>'operation.cost')::double precision) > 10
ORDER BY dollars DESC`,
	},
	{
		ID: "llm-errors", Name: "LLM errors",
		Description: "Tells of calls of models and agents that failed, by model and error, with one trace of each.",
		Window:      15 * time.Minute, Frequency: 5 * time.Minute, NotifyWhen: meta.HasMatches,
		Query: `SELECT service_name, coalesce(attributes->>'gen_ai.request.model', attributes->>'gen_ai.agent.name') AS model,
       coalesce(exception_type, attributes->>'error.type', otel_status_message) AS error,
       count(*) AS failures, max(trace_id) AS trace_id
FROM records
WHERE attributes->>'gen_ai.operation.name' IS NOT NULL
  AND (is_exception OR otel_status_code = 'ERROR' OR level >= 'error')
GROUP BY service_name, model, error
ORDER BY failures DESC`,
	},
}
