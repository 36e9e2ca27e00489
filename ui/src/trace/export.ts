// A trace as text to take along: its records, OTLP as collectors read it, a summary to paste into an issue.

import { duration, rfc3339, type Micros } from '../lib/time'
import { parseTimestamp } from '../lib/time'
import { objectOf } from './attributes'
import type { FullRecord } from './data'
import type { Model, SpanNode } from './model'
import { isPoint } from './span'

interface AnyValue {
  stringValue?: string
  boolValue?: boolean
  intValue?: string
  doubleValue?: number
  arrayValue?: { values: AnyValue[] }
  kvlistValue?: { values: KeyValue[] }
}

interface KeyValue {
  key: string
  value: AnyValue
}

function anyValue(value: unknown): AnyValue {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  if (value === null || value === undefined) return {}
  return { kvlistValue: { values: keyValues(value as Record<string, unknown>) } }
}

function keyValues(object: Record<string, unknown>): KeyValue[] {
  return Object.entries(object).map(([key, value]) => ({ key, value: anyValue(value) }))
}

/** The attributes as the SDK sent them: those that its schema lists are JSON text. */
function sentAttributes(record: FullRecord): KeyValue[] {
  const attributes = objectOf(record['attributes'])
  const schema = record['attributes_json_schema']
  const listed = objectOf(objectOf(schema)['properties'])
  const sent = Object.entries(attributes).map(([key, value]) => ({
    key, value: Object.hasOwn(listed, key) && typeof value === 'object' && value !== null ? { stringValue: JSON.stringify(value) } : anyValue(value),
  }))
  const add = (key: string, value: unknown) => sent.push({ key, value: anyValue(value) })
  if (typeof schema === 'string') add('logfire.json_schema', schema)
  if (record['message'] !== record['span_name']) add('logfire.msg', record['message'])
  const tags = record['tags']
  if (Array.isArray(tags) && tags.length > 0) add('logfire.tags', tags)
  add('logfire.level_num', record['level'])
  add('logfire.span_type', record['kind'])
  return sent
}

function nano(timestamp: unknown): string {
  const at = parseTimestamp(String(timestamp))
  return Number.isNaN(at) ? '0' : `${at}000`
}

const statusCodes: Record<string, number> = { OK: 1, ERROR: 2 }

function otlpSpan(record: FullRecord): object {
  const events = Array.isArray(record['otel_events']) ? (record['otel_events'] as Record<string, unknown>[]) : []
  return {
    traceId: record['trace_id'], spanId: record['span_id'], parentSpanId: record['parent_span_id'] ?? '', name: record['span_name'],
    startTimeUnixNano: nano(record['start_timestamp']), endTimeUnixNano: nano(record['end_timestamp']),
    attributes: sentAttributes(record),
    events: events.map((event) => ({ name: event['event_name'], timeUnixNano: nano(event['event_timestamp']), attributes: keyValues(objectOf(event['attributes'])) })),
    links: linksOf(record).map((link) => ({ traceId: link.trace, spanId: link.span, attributes: keyValues(link.attributes) })),
    status: { code: statusCodes[String(record['otel_status_code'])] ?? 0, ...(record['otel_status_message'] ? { message: record['otel_status_message'] } : {}) },
  }
}

export interface Link {
  trace: string
  span: string
  attributes: Record<string, unknown>
}

/** The links of a record. */
export function linksOf(record: FullRecord): Link[] {
  const links = Array.isArray(record['otel_links']) ? record['otel_links'] : []
  return links.flatMap((link) => {
    const { context, attributes } = objectOf(link)
    const { trace_id: trace, span_id: span } = objectOf(context)
    return typeof trace === 'string' && typeof span === 'string' ? [{ trace, span, attributes: objectOf(attributes) }] : []
  })
}

/**
 * OTLP/JSON of a trace: what POST /v1/traces takes. Logs are spans without length there, as logfire's SDK sends them. The kind
 * of a span and decimals below the microsecond are not stored, and so not here.
 */
export function otlp(records: FullRecord[]): object {
  const resources = new Map<string, { resource: object; scopes: Map<string, { scope: object; spans: object[] }> }>()
  for (const record of records) {
    // An event is a record besides, but in OTLP it is part of its span.
    if (record['kind'] === 'pending_span' || record['kind'] === 'span_event') continue
    const resource = objectOf(record['otel_resource_attributes'])
    const key = JSON.stringify(resource)
    let place = resources.get(key)
    if (!place) resources.set(key, (place = { resource: { attributes: keyValues(resource) }, scopes: new Map() }))
    const scopeKey = JSON.stringify([record['otel_scope_name'], record['otel_scope_version'], record['otel_scope_attributes']])
    let scope = place.scopes.get(scopeKey)
    if (!scope) {
      const attributes = keyValues(objectOf(record['otel_scope_attributes']))
      place.scopes.set(scopeKey, (scope = { scope: { name: record['otel_scope_name'] ?? '', version: record['otel_scope_version'] ?? '', attributes }, spans: [] }))
    }
    scope.spans.push(otlpSpan(record))
  }
  return { resourceSpans: [...resources.values()].map(({ resource, scopes }) => ({ resource, scopeSpans: [...scopes.values()] })) }
}

/** A summary has at most so many lines of the tree. */
const mostLines = 200

/** Characters that Markdown would take for its own. */
function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#]/g, '\\$&')
}

/** A summary of a trace in Markdown: what, how long, where it failed, and the tree. */
export function markdown(model: Model, zone: string, link: string): string {
  const root = model.root
  if (!root) return ''
  const facts = [
    `**${duration(model.end - model.start)}**, ${model.records} records of ${model.services.length === 1 ? '' : `${model.services.length} services: `}${model.services.map(escaped).join(', ')}`,
    `${rfc3339(model.start, zone)}`,
    `[trace ${root.trace}](${link})`,
  ]
  const lines: string[] = []
  const errors: string[] = []
  const waiting: { node: SpanNode; depth: number }[] = model.tops.toReversed().map((node) => ({ node, depth: 0 }))
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, depth } = next
    const { row } = node
    if (row.level >= 17 && row.exception) errors.push(`- \`${escaped(row.exception)}\` in ${escaped(row.message)} (${escaped(row.service)})`)
    lines.push(`${'  '.repeat(depth)}- ${escaped(row.message)}${took(row, model.start)}${row.level >= 17 ? ' ✕' : ''}`)
    waiting.push(...node.children.toReversed().map((child) => ({ node: child, depth: depth + 1 })))
  }
  const shown = lines.slice(0, mostLines)
  if (lines.length > mostLines) shown.push(`- … ${lines.length - mostLines} more`)
  return [`## ${escaped(root.message)}`, '', facts.join('  \n'), '', ...(errors.length > 0 ? ['Errors:', ...errors, ''] : []), ...shown, ''].join('\n')
}

function took(row: SpanNode['row'], start: Micros): string {
  if (row.pending) return ' (running)'
  if (isPoint(row)) return ` (at +${duration(row.start - start)})`
  return ` (${duration(row.end - row.start)})`
}
