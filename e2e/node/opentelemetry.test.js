// OpenTelemetry's JavaScript SDK over each of its three protocols.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cleanEnv, start } from './hearth.js'

const app = fileURLToPath(new URL('app.js', import.meta.url))

describe('OpenTelemetry JavaScript SDK', { timeout: 180_000 }, () => {
  let hearth
  before(async () => {
    hearth = await start()
  })
  after(() => hearth.stop())

  for (const protocol of ['http/protobuf', 'http/json', 'grpc']) {
    test(protocol, async () => {
      const service = `node-${protocol.replace('/', '-')}`
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [app], {
        env: cleanEnv({
          OTEL_SERVICE_NAME: service,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? hearth.grpc : hearth.url,
        }),
      })
      assert.doesNotMatch(stderr, /error|fail/i)
      const { traceId } = JSON.parse(stdout.trim().split('\n').at(-1))

      const rows = await hearth.rows(
        `select kind, span_name, message, level_name(level) as level, span_id, parent_span_id, trace_id, is_exception,
           exception_type, exception_message, otel_status_code, otel_status_message, attributes, log_body,
           telemetry_sdk_language as language, otel_scope_name as scope
         from records where service_name = '${service}' order by start_timestamp, span_name`,
        4,
      )
      assert.equal(rows.length, 4)
      const one = (kind, name) => {
        const found = rows.filter((row) => row.kind === kind && (name === undefined || row.span_name === name))
        assert.equal(found.length, 1, `${kind} ${name}: ${JSON.stringify(rows)}`)
        assert.equal(found[0].trace_id, traceId)
        assert.equal(found[0].language, 'nodejs')
        assert.equal(found[0].scope, 'kitchen')
        return found[0]
      }

      const serve = one('span', 'serve')
      assert.equal(serve.parent_span_id, null)
      assert.equal(serve.level, 'info')
      assert.deepEqual(serve.attributes, { table: 7, seats: ['a', 'b'] })

      const pour = one('span', 'pour')
      assert.equal(pour.parent_span_id, serve.span_id)
      assert.deepEqual(
        [pour.level, pour.is_exception, pour.exception_type, pour.exception_message, pour.otel_status_code, pour.otel_status_message],
        ['error', true, 'RangeError', 'cup is full', 'ERROR', 'spilled'],
      )

      const steeped = one('span_event')
      assert.deepEqual([steeped.span_name, steeped.parent_span_id, steeped.attributes], ['steeped', serve.span_id, { seconds: 180 }])

      // A structured body is kept as JSON.
      const stock = one('log')
      assert.deepEqual([stock.level, stock.parent_span_id, stock.attributes], ['warn', serve.span_id, { 'event.name': 'out of stock' }])
      assert.deepEqual(typeof stock.log_body === 'string' ? JSON.parse(stock.log_body) : stock.log_body, { jar: 'sugar', left: 0 })

      const metrics = await hearth.rows(
        `select metric_name, metric_type, scalar_value, histogram_count, histogram_sum, attributes->>'size' as size
         from metrics where service_name = '${service}' and metric_name in ('cups', 'wait') order by metric_name`,
        2,
      )
      assert.deepEqual(metrics, [
        { metric_name: 'cups', metric_type: 'sum', scalar_value: 3, histogram_count: null, histogram_sum: null, size: 'small' },
        { metric_name: 'wait', metric_type: 'histogram', scalar_value: null, histogram_count: 1, histogram_sum: 12.5, size: null },
      ])
    })
  }
})
