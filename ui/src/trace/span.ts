import { rowColumns, toRow, type Row, type WireRow } from '../api/record'
import { parseTimestamp, type Micros } from '../lib/time'

/** An event of a span, as a dot on its bar. */
export interface Mark {
  at: Micros
  name: string
}

/** A record of a trace: what lists know of it, and what the waterfall draws besides. Its attributes are not here. */
export interface Span extends Row {
  /** The machine; clocks agree within one. */
  host: string | undefined
  marks: Mark[]
  /** It comes from the tables: what the tail sends lacks the host, the process and the marks. */
  whole: boolean
}

export interface WireSpan extends WireRow {
  host_name?: string | null
  marks?: string | null
}

/** The columns of WireSpan, for SQL. A mark is a line: its time, a space, its name. */
export const spanColumns = `${rowColumns}, otel_resource_attributes->>'host.name' AS host_name,
  (SELECT string_agg((e->>'event_timestamp') || ' ' || (e->>'event_name'), '\n') FROM unnest(otel_events) AS t(e)) AS marks`

export function toSpan(w: WireSpan): Span {
  return {
    ...toRow(w),
    host: w.host_name ?? undefined,
    marks: w.marks ? w.marks.split('\n').flatMap(toMark) : [],
    whole: w.marks !== undefined,
  }
}

function toMark(line: string): Mark[] {
  const space = line.indexOf(' ')
  const at = parseTimestamp(line.slice(0, space))
  return Number.isNaN(at) ? [] : [{ at, name: line.slice(space + 1) }]
}

/** A record that is a moment and lasts no time. */
export function isPoint(row: Row): boolean {
  return row.kind === 'log' || row.kind === 'span_event' || row.kind === 'annotation'
}
