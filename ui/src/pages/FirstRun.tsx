import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { whoami } from '../api/client'
import { Copy } from '../ui/Copy'
import styles from './FirstRun.module.css'

const localToken = `pylf_v1_local_${'0'.repeat(44)}`

interface Snippet {
  name: string
  note?: string
  text: (origin: string, token: string) => string
}

const logfire = (origin: string, token: string) => `export LOGFIRE_BASE_URL=${origin}
export LOGFIRE_TOKEN=${token}
`

const snippets: Snippet[] = [
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

/** What stands where no record has ever been: how to send the first one. The page turns into the list by itself. */
export function FirstRun({ project }: { project: string }) {
  const [chosen, setChosen] = useState(0)
  const me = useQuery({ queryKey: ['whoami', project], queryFn: ({ signal }) => whoami(project, signal) })
  const origin = location.origin
  const snippet = snippets[chosen]!
  const token = me.data && !me.data.local ? '<a write token>' : localToken
  const text = snippet.text(origin, token)
  return (
    <section className={styles.page} aria-label="First record">
      <h2><i className={styles.pulse} />Waiting for the first record</h2>
      <p className={styles.dim}>Listening on <code>{origin}</code>. This page changes by itself.</p>
      <div role="tablist" className={styles.tabs}>
        {snippets.map((s, i) => (
          <button key={s.name} type="button" role="tab" aria-selected={i === chosen} onClick={() => setChosen(i)}>{s.name}</button>
        ))}
      </div>
      <div className={styles.code}>
        <div className={styles.copy}><Copy text={text} label="Copy all" /></div>
        <pre tabIndex={0}>{text}</pre>
      </div>
      <p className={styles.dim}>
        {snippet.note}{' '}
        {me.data && !me.data.local && <>Make a token where Hearth runs: <code>hearth tokens create --project {project} --kind write</code></>}
        {me.data?.local && project !== 'default' && <>To send to this project, make a token: <code>hearth tokens create --project {project} --kind write</code></>}
      </p>
    </section>
  )
}
