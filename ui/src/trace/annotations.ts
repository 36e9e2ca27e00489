// What people and programs said of records afterwards: logfire.experimental.annotations, docs/annotations.md. No React in here.

import { isAnnotation } from '../api/record'
import { parseTimestamp, type Micros } from '../lib/time'
import { objectOf } from './attributes'
import type { FullRecord } from './data'
import type { Span } from './span'

/** Takes the annotations out of a trace's records and puts them to those that they are about. What is about nothing that is here stays. */
export function attach(all: Span[]): { spans: Span[]; annotations: Map<string, Span[]> } {
  const annotations = new Map<string, Span[]>()
  if (!all.some(isAnnotation)) return { spans: all, annotations }
  const known = new Map(all.map((span) => [span.span, span]))
  const spans = all.filter((span) => {
    const of = isAnnotation(span) ? known.get(span.parent!) : undefined
    if (!of || isAnnotation(of)) return true
    annotations.set(of.span, [...(annotations.get(of.span) ?? []), span])
    return false
  })
  for (const said of annotations.values()) said.sort((a, b) => a.start - b.start)
  return { spans, annotations }
}

export interface Annotation {
  id: string
  /** What was judged, such as thumbs; undefined for free words. */
  name: string | undefined
  /** A number is a score, a text a label, and a boolean whether it holds. */
  value: unknown
  message: string
  comment: string | undefined
  /** The person, where it says so. */
  user: string | undefined
  service: string
  at: Micros
  /** What else it says. */
  rest: [string, unknown][]
}

const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined)

function annotationOf(record: FullRecord): Annotation {
  const attributes = objectOf(record['attributes'])
  const name = text(attributes['logfire.feedback.name'])
  const user = text(attributes['user.id'] ?? attributes['enduser.id'])
  const shown = new Set([name, 'user.id', 'enduser.id'])
  return {
    id: String(record['span_id']), name, value: name === undefined ? undefined : attributes[name], message: String(record['message'] ?? ''),
    comment: text(attributes['logfire.feedback.comment']), user, service: String(record['service_name'] ?? ''), at: parseTimestamp(String(record['start_timestamp'])),
    rest: Object.entries(attributes).filter(([key]) => !shown.has(key) && !/^(?:logfire\.feedback|code)\./.test(key)),
  }
}

/**
 * The annotations of a record, oldest first. Those with one logfire.feedback.id are versions of one: the last that arrived
 * counts, and takes it away where it says logfire.feedback.deleted.
 */
export function annotationsOf(records: readonly FullRecord[]): Annotation[] {
  const current = new Map<string, FullRecord>()
  for (const record of [...records].sort((a, b) => parseTimestamp(String(a['created_at'])) - parseTimestamp(String(b['created_at'])))) {
    current.set(text(objectOf(record['attributes'])['logfire.feedback.id']) ?? String(record['span_id']), record)
  }
  const standing = [...current.values()].filter((record) => !objectOf(record['attributes'])['logfire.feedback.deleted'])
  return standing.map(annotationOf).sort((a, b) => a.at - b.at)
}
