// A small program under OpenTelemetry's Node SDK. Where to send and how comes from the environment, as for any other back
// end: OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL. The last line it prints is JSON.

import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { logs, SeverityNumber } from '@opentelemetry/api-logs'
import { NodeSDK } from '@opentelemetry/sdk-node'

process.env.OTEL_TRACES_EXPORTER = 'otlp'
process.env.OTEL_LOGS_EXPORTER = 'otlp'
process.env.OTEL_METRICS_EXPORTER = 'otlp'

const sdk = new NodeSDK()
sdk.start()

const tracer = trace.getTracer('kitchen', '2.0')
const traceId = tracer.startActiveSpan('serve', { kind: SpanKind.SERVER, attributes: { table: 7, seats: ['a', 'b'] } }, (span) => {
  span.addEvent('steeped', { seconds: 180 })
  logs.getLogger('kitchen').emit({
    severityNumber: SeverityNumber.WARN,
    body: { jar: 'sugar', left: 0 },
    attributes: { 'event.name': 'out of stock' },
  })
  tracer.startActiveSpan('pour', (child) => {
    child.recordException(new RangeError('cup is full'))
    child.setStatus({ code: SpanStatusCode.ERROR, message: 'spilled' })
    child.end()
  })
  span.end()
  return span.spanContext().traceId
})
const meter = metrics.getMeter('kitchen')
meter.createCounter('cups').add(3, { size: 'small' })
meter.createHistogram('wait').record(12.5)

await sdk.shutdown()
console.log(JSON.stringify({ traceId }))
