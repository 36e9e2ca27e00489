// How to send a first record, and how to ask for records, with the address and the token of the place where it is shown.

/** What stands for a token where none is needed: Logfire's SDKs insist on one. */
export const localToken = `pylf_v1_local_${'0'.repeat(44)}`

export interface Snippet {
  name: string
  note?: string
  text: (origin: string, token: string) => string
}

const logfire = (origin: string, token: string) => `export LOGFIRE_BASE_URL=${origin}
export LOGFIRE_TOKEN=${token}
`

/** Seven ways to send. */
export const sending: Snippet[] = [
  {
    name: 'Python',
    text: (origin, token) => `pip install logfire
${logfire(origin, token)}
python - <<'END'
import logfire

logfire.configure(service_name='hello')
with logfire.span('serving {customer}', customer='Ada'):
    logfire.info('tea is ready')
END`,
  },
  {
    name: 'Go',
    text: (origin, token) => `go get github.com/hearth-dev/hearth/sdk
${logfire(origin, token)}
cat >main.go <<'END'
package main

import (
	"context"
	"log"

	hearth "github.com/hearth-dev/hearth/sdk"
)

func main() {
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName("hello"))
	if err != nil {
		log.Fatal(err)
	}
	hearth.Info(ctx, "tea is ready")
	if err := shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}
END
go run main.go`,
  },
  {
    name: 'Pydantic AI',
    note: 'With the model that needs no key.',
    text: (origin, token) => `pip install logfire pydantic-ai
${logfire(origin, token)}
python - <<'END'
import logfire
from pydantic_ai import Agent
from pydantic_ai.models.test import TestModel

logfire.configure(service_name='agent')
logfire.instrument_pydantic_ai()
agent = Agent(TestModel(), name='waiter', instructions='Be brief.')

@agent.tool_plain
def kettle_temperature() -> float:
    return 96.5

print(agent.run_sync('Is the tea hot?').output)
END`,
  },
  {
    name: 'FastAPI',
    text: (origin, token) => `pip install 'logfire[fastapi]' fastapi
${logfire(origin, token)}
# main.py
import logfire
from fastapi import FastAPI

app = FastAPI()
logfire.configure(service_name='api')
logfire.instrument_fastapi(app)`,
  },
  {
    name: 'OpenTelemetry',
    note: 'For every SDK of OpenTelemetry. gRPC is on port 4317.',
    text: (origin, token) => `export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf${token === localToken ? '' : `\nexport OTEL_EXPORTER_OTLP_HEADERS='Authorization=${token}'`}`,
  },
  {
    name: 'Collector',
    text: (origin, token) => `exporters:
  otlphttp/hearth:
    endpoint: ${origin}${token === localToken ? '' : `\n    headers:\n      Authorization: ${token}`}

service:
  pipelines:
    traces:  {receivers: [otlp], exporters: [otlphttp/hearth]}
    logs:    {receivers: [otlp], exporters: [otlphttp/hearth]}
    metrics: {receivers: [otlp], exporters: [otlphttp/hearth]}`,
  },
  {
    name: 'curl',
    note: 'Nothing to install.',
    text: (origin, token) => `curl ${origin}/v1/traces -H 'Content-Type: application/json'${token === localToken ? '' : ` -H 'Authorization: ${token}'`} -d '{
  "resourceSpans": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
    "scopeSpans": [{"spans": [{
      "traceId": "'$(openssl rand -hex 16)'", "spanId": "'$(openssl rand -hex 8)'", "name": "buy a teapot", "kind": 1,
      "startTimeUnixNano": "'$(date +%s)'000000000", "endTimeUnixNano": "'$(date +%s)'250000000"
    }]}]
  }]
}'`,
  },
]

/** Three ways to send a metric. */
export const metering: Snippet[] = [
  {
    name: 'Python',
    text: (origin, token) => `pip install logfire
${logfire(origin, token)}
python - <<'END'
import logfire

logfire.configure(service_name='hello')
logfire.metric_counter('hello').add(1)
END`,
  },
  {
    name: 'Collector',
    note: 'What the machine does: processor, memory, disks, network.',
    text: (origin, token) => `receivers:
  hostmetrics:
    scrapers: {cpu: , memory: , disk: , filesystem: , network: }

exporters:
  otlphttp/hearth:
    endpoint: ${origin}${token === localToken ? '' : `\n    headers:\n      Authorization: ${token}`}

service:
  pipelines:
    metrics: {receivers: [hostmetrics], exporters: [otlphttp/hearth]}`,
  },
  {
    name: 'curl',
    note: 'Nothing to install.',
    text: (origin, token) => `curl ${origin}/v1/metrics -H 'Content-Type: application/json'${token === localToken ? '' : ` -H 'Authorization: ${token}'`} -d '{
  "resourceMetrics": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
    "scopeMetrics": [{"metrics": [{
      "name": "teapots", "unit": "{teapot}",
      "gauge": {"dataPoints": [{"timeUnixNano": "'$(date +%s)'000000000", "asInt": "41"}]}
    }]}]
  }]
}'`,
  },
]

const newest = 'SELECT start_timestamp, service_name, message FROM records ORDER BY start_timestamp DESC LIMIT 10'

/** Three ways to ask. */
export const reading: Snippet[] = [
  {
    name: 'curl',
    text: (origin, token) => `curl -G ${origin}/v1/query -H 'Authorization: Bearer ${token}' \\
  --data-urlencode 'sql=${newest}'`,
  },
  {
    name: 'Python',
    text: (origin, token) => `pip install logfire

python - <<'END'
from logfire.query_client import LogfireQueryClient

with LogfireQueryClient('${token}', base_url='${origin}') as client:
    print(client.query_json_rows('${newest}')['rows'])
END`,
  },
  {
    name: 'Hearth',
    text: (origin, token) => `export HEARTH_BASE_URL=${origin}
export HEARTH_READ_TOKEN=${token}
hearth query '${newest}'`,
  },
]

/** Three ways to manage projects with an API key. */
export const managing: Snippet[] = [
  {
    name: 'curl',
    text: (origin, token) => `curl ${origin}/api/v1/projects/ -H 'Authorization: Bearer ${token}'`,
  },
  {
    name: 'Terraform',
    note: 'The provider of Logfire. It takes organization:create_project for projects, project:write_token for write tokens, and so on.',
    text: (origin, token) => `export LOGFIRE_BASE_URL=${origin}
export LOGFIRE_API_KEY=${token}

# main.tf
terraform {
  required_providers {
    logfire = { source = "pydantic/logfire" }
  }
}

resource "logfire_project" "shop" {
  name = "shop"
}`,
  },
  {
    name: 'Coding agent',
    note: 'It takes project:read, and project:read_otlp to query records.',
    text: (origin, token) => `claude mcp add --transport http hearth ${origin}/mcp \\
  --header 'Authorization: Bearer ${token}'`,
  },
]
