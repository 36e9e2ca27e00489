// Sends the records of internal/genai/testdata as applications send them: over OTLP, each by itself, in the order of the file.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './program.mjs'

const folder = join(root, 'internal', 'genai', 'testdata', 'same')

/** The chat of TestSameChatInEveryShape: the name of each shape with its records. */
export function sameChat() {
  return readdirSync(folder).map((file) => [file.replace('.json', ''), JSON.parse(readFileSync(join(folder, file), 'utf8'))])
}

/** A JSON value as OTLP's AnyValue. */
export function anyValue(value) {
  if (value === null || value === undefined) return {}
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  if (typeof value === 'string') return { stringValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  return { kvlistValue: { values: keyValues(value) } }
}

const keyValues = (object) => Object.entries(object ?? {}).map(([key, value]) => ({ key, value: anyValue(value) }))

async function post(origin, path, body) {
  const response = await fetch(origin + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
}

/** Sends records in the given trace; moved adds milliseconds to their times. */
export async function sendSources(origin, sources, { trace, moved = 0 }) {
  for (const source of sources) {
    const nano = (time) => String(BigInt(Math.round((Date.parse(time) + moved) * 1000)) * 1000n)
    const resource = { attributes: keyValues({ 'service.name': source.service || 'agent' }) }
    const scope = { name: source.scope ?? '' }
    if (source.kind === 'log') {
      const log = { timeUnixNano: nano(source.start), traceId: trace, spanId: source.parent_span_id, severityNumber: 9, eventName: source.name, body: anyValue(source.body), attributes: keyValues(source.attributes) }
      await post(origin, '/v1/logs', { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [log] }] }] })
      continue
    }
    const span = {
      traceId: trace, spanId: source.span_id, parentSpanId: source.parent_span_id, name: source.name, kind: 3, startTimeUnixNano: nano(source.start), endTimeUnixNano: nano(source.end),
      attributes: keyValues(source.attributes), status: source.failed ? { code: 2 } : {},
      events: (source.events ?? []).map((event) => ({ name: event.event_name, timeUnixNano: nano(event.event_timestamp ?? source.end), attributes: keyValues(event.attributes) })),
    }
    await post(origin, '/v1/traces', { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }] }] })
  }
}
