import { expect, test } from 'vitest'
import { linksOf, markdown, otlp } from './export'
import { buildModel } from './model'
import { span } from './testing'

const record = {
  trace_id: 'f0', span_id: 'a1', parent_span_id: null, kind: 'span', level: 9, span_name: 'pay {n}', message: 'pay 3', tags: ['x'],
  start_timestamp: '2026-11-26T10:00:00.000001Z', end_timestamp: '2026-11-26T10:00:01Z', attributes: { n: 3, ratio: 0.5, order: { a: [1] }, list: ['a'] },
  attributes_json_schema: '{"type":"object","properties":{"n":{},"order":{"type":"object"}}}', otel_status_code: 'ERROR', otel_status_message: 'no',
  otel_events: [{ event_name: 'tick', event_timestamp: '2026-11-26T10:00:00.5Z', attributes: { k: true } }],
  otel_links: [{ context: { trace_id: 'f1', span_id: 'b1' }, attributes: {} }], otel_scope_name: 's', otel_scope_version: null, otel_scope_attributes: {},
  otel_resource_attributes: { 'service.name': 'shop' },
}

test('a record becomes OTLP again, with values as the SDK sent them', () => {
  const { resourceSpans } = otlp([record, { ...record, span_id: 'a2' }, { ...record, kind: 'pending_span' }]) as { resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[] }
  expect(resourceSpans).toHaveLength(1)
  const spans = resourceSpans[0]!.scopeSpans[0]!.spans
  expect(spans).toHaveLength(2)
  const made = spans[0]!
  expect(made['startTimeUnixNano']).toBe(`${Date.parse('2026-11-26T10:00:00Z')}001000`)
  expect(made['attributes']).toEqual(expect.arrayContaining([
    { key: 'n', value: { intValue: '3' } }, { key: 'ratio', value: { doubleValue: 0.5 } }, { key: 'order', value: { stringValue: '{"a":[1]}' } },
    { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }] } } }, { key: 'logfire.msg', value: { stringValue: 'pay 3' } },
  ]))
  expect(made['status']).toEqual({ code: 2, message: 'no' })
  expect(linksOf(record)).toEqual([{ trace: 'f1', span: 'b1', attributes: {} }])
})

test('a summary is Markdown in which nothing of the trace is markup', () => {
  const model = buildModel([
    span({ span: 'a', message: 'POST <b>', end: 3000 }), span({ span: 'b', parent: 'a', message: 'SELECT *', level: 17, exception: 'TimeoutError' }),
  ])
  expect(markdown(model, 'UTC', 'http://x/t')).toBe(`## POST \\<b\\>

**2.00ms**, 2 records of shop  
1970-01-01T00:00:00.001000Z  
[trace t](http://x/t)

Errors:
- \`TimeoutError\` in SELECT \\* (shop)

- POST \\<b\\> (2.00ms)
  - SELECT \\* (1.00ms) ✕
`)
})
