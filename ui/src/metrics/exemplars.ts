// Exemplars: observations that name the trace in which they were made.

import { parseTimestamp } from '../lib/time'

export interface Exemplar {
  /** Seconds since 1970, as charts count. */
  at: number
  value: number
  trace: string
  span: string | undefined
}

/** A point of metrics with its exemplars; as JSON, or as text that holds it. */
export interface ExemplarRow {
  time: string
  exemplars: unknown
}

const hex = /^[0-9a-f]+$/i

function read(raw: unknown, time: string): Exemplar[] {
  if (typeof raw !== 'object' || raw === null) return []
  const { timestamp, value, trace_id: trace, span_id: span } = raw as Record<string, unknown>
  if (typeof trace !== 'string' || !hex.test(trace)) return []
  const at = parseTimestamp(typeof timestamp === 'string' ? timestamp : time)
  const number = Number(value)
  if (Number.isNaN(at) || !Number.isFinite(number)) return []
  return [{ at: at / 1e6, value: number, trace, span: typeof span === 'string' && hex.test(span) ? span : undefined }]
}

function listOf(exemplars: unknown): unknown[] {
  if (typeof exemplars !== 'string') return Array.isArray(exemplars) ? exemplars : []
  try {
    const found: unknown = JSON.parse(exemplars)
    return Array.isArray(found) ? found : []
  } catch {
    return [] // it is what a client sent
  }
}

/** The exemplars of points that name a trace, one for each trace and moment. */
export function exemplarsOf(rows: readonly ExemplarRow[]): Exemplar[] {
  const all = rows.flatMap((row) => listOf(row.exemplars).flatMap((raw) => read(raw, row.time)))
  return [...new Map(all.map((one) => [`${one.trace} ${one.at}`, one])).values()]
}

/** Those that can be drawn apart from each other: of two that are too close the one with the larger value. */
export function spread(exemplars: readonly Exemplar[], place: (exemplar: Exemplar) => number, gap: number): Exemplar[] {
  const kept: Exemplar[] = []
  for (const one of exemplars.toSorted((a, b) => b.value - a.value)) {
    if (kept.every((other) => Math.abs(place(other) - place(one)) >= gap)) kept.push(one)
  }
  return kept.toSorted((a, b) => a.at - b.at)
}
