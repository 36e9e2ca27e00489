import { parseTimestamp, type Micros } from '../lib/time'
import { objectOf } from './attributes'
import type { FullRecord } from './data'

export interface SpanEvent {
  name: string
  at: Micros
  attributes: Record<string, unknown>
}

/** The events of a record. */
export function eventsOf(record: FullRecord): SpanEvent[] {
  const events = Array.isArray(record['otel_events']) ? record['otel_events'] : []
  return events.map((event: unknown) => {
    const { event_name: name, event_timestamp: at, attributes } = objectOf(event)
    return { name: String(name ?? ''), at: parseTimestamp(String(at ?? '')), attributes: objectOf(attributes) }
  })
}

export interface Thrown {
  type: string
  message: string
  stack: string
}

/** The exception of a record: its columns, else its first event of that name. */
export function thrownOf(record: FullRecord): Thrown | undefined {
  const text = (value: unknown) => (value === null || value === undefined ? '' : String(value))
  const event = eventsOf(record).find(({ name, attributes }) => name === 'exception' || attributes['exception.stacktrace'] !== undefined)?.attributes ?? {}
  const thrown = {
    type: text(record['exception_type'] ?? event['exception.type']) || 'exception',
    message: text(record['exception_message'] ?? event['exception.message']),
    stack: text(record['exception_stacktrace'] ?? event['exception.stacktrace']),
  }
  return record['is_exception'] === true || thrown.stack !== '' ? thrown : undefined
}
