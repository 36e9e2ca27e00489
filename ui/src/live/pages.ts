// What the live list asks the server: pages of traces or of records by keyset, and what belongs to them.

import { literal, query } from '../api/client'
import { rowColumns, toRow, type Row, type WireRow } from '../api/record'
import { formatUTC, parseTimestamp, type Micros, type Range } from '../lib/time'
import type { CellRow } from './cells'
import { above, outlineSQL, parseOutline, type Stub } from './forest'
import { allOf, ownRecords } from './own'
import type { Counted, Page, Position } from './store'

export const tracesPerPage = 200
export const recordsPerPage = 400
/** How many rows one answer holds at most. */
export const mostRowsInAnswer = 10_000
/** How many matches of one trace are read with a page; the others come when it is opened. */
const matchesPerTrace = 50
/** How many ids are sent at once; a statement has 64 KB. */
const idsAtOnce = 1000
/** Traces with more records than this are read level by level. */
export const wholeTrace = 2000
/** How many traces, or records, are read to catch up; when there are more, the list goes on where it ends, or begins anew. */
const mostChanged = 1000
/** How many children of one record are read at a time, of traces that are read level by level. */
export const childrenAtOnce = 300
/** How far before a page its traces may have begun. */
const before: Micros = 24 * 3_600_000_000

/**
 * A pending record stands for its span only until the final one is there: without this, a condition that only the
 * pending one fulfils would show an ended span as running.
 */
export const mergedState = `(kind <> 'pending_span' OR (trace_id, span_id) NOT IN (SELECT trace_id, span_id FROM records))`

/** Spans that have begun and not ended. People read it in the search box. */
export const running = `kind = 'pending_span' AND span_id NOT IN (SELECT span_id FROM records)`

export interface PageQuestion {
  project: string
  /** What follows WHERE; empty for everything. */
  condition: string
  environment: string | undefined
  range: Range
  flat: boolean
  /** Whether what matches is shown below the records above it. */
  context: boolean
}

/** 'older' reads backwards from a position or from the end of the range, 'newer' forwards from a position or its start. */
export type Direction = 'older' | 'newer'

interface CountRow {
  trace_id: string
  started: string
  seen: string
  records: number
  matches: number
  running: number
  level: number
  input: number | null
  output: number | null
  cost: number | null
  calls: number
}

const call = `attributes->>'gen_ai.operation.name' IN ('chat', 'text_completion', 'generate_content', 'embeddings') OR attributes ? 'operation.cost'`

/** What is counted of each trace. Usage is that of model calls alone: agents and workflows repeat it. */
function countColumns(condition: string): string {
  const own = ownRecords(condition)
  return `trace_id, min(start_timestamp) AS started, max(created_at) AS seen, count(DISTINCT span_id) ${own && `FILTER (WHERE ${own})`} AS records,
    ${condition ? `count(DISTINCT span_id) FILTER (WHERE ${allOf(`(${condition}\n)`, own)})` : `count(DISTINCT span_id) FILTER (WHERE ${own})`} AS matches,
    count(DISTINCT span_id) - count(DISTINCT span_id) FILTER (WHERE kind <> 'pending_span') AS running, max(level) AS level,
    sum((attributes->>'gen_ai.usage.input_tokens')::float) FILTER (WHERE ${call}) AS input,
    sum((attributes->>'gen_ai.usage.output_tokens')::float) FILTER (WHERE ${call}) AS output,
    sum((attributes->>'operation.cost')::float) AS cost, count(*) FILTER (WHERE kind = 'span' AND (${call})) AS calls`
}

function toCounted(row: CountRow): Counted {
  return {
    trace: row.trace_id, start: parseTimestamp(row.started), seen: parseTimestamp(row.seen), records: row.records, matches: row.matches, running: row.running,
    level: row.level, usage: { input: row.input ?? 0, output: row.output ?? 0, cost: row.cost ?? 0, calls: row.calls },
  }
}

/** The order of a page, and what comes after a position in it. */
function keyset(time: string, id: string, from: Position | undefined, direction: Direction): { order: string; after: string } {
  const [sign, word] = direction === 'older' ? ['<', 'DESC'] : ['>', 'ASC']
  const at = from && literal(formatUTC(from.at))
  return {
    order: `${time} ${word}, ${id} ${word}`,
    after: from ? `(${time} ${sign} ${at} OR (${time} = ${at} AND ${id} ${sign} ${literal(from.id)}))` : '',
  }
}

/**
 * The traces of a page, and nothing else of them: it looks through the whole range, and what is counted of the traces needs
 * but their own records. Of a filtered list those that hold a match; they stand by their own start either way.
 */
export function tracesSQL(condition: string, from: Position | undefined, direction: Direction): string {
  const { order, after } = keyset('min(start_timestamp)', 'trace_id', from, direction)
  const matching = condition && `trace_id IN (SELECT trace_id FROM records_all WHERE ${allOf(`(${condition}\n)`, mergedState, ownRecords(condition))})`
  const where = allOf(matching, ownRecords(condition))
  return `SELECT trace_id, min(start_timestamp) AS started FROM records_all ${where && `WHERE ${where}`} GROUP BY trace_id ${after && `HAVING ${after}`} ORDER BY ${order} LIMIT ${tracesPerPage}`
}

/** The records of a page of a flat list. */
export function recordsSQL(condition: string, from: Position | undefined, direction: Direction): string {
  const { order, after } = keyset('start_timestamp', 'span_id', from, direction)
  const where = allOf(condition && `(${condition}\n)`, mergedState, ownRecords(condition), after)
  return `SELECT ${rowColumns} FROM records_all WHERE ${where} ORDER BY ${order} LIMIT ${recordsPerPage}`
}

function inList(values: readonly string[]): string {
  return `(${values.map(literal).join(',')})`
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}

/** A page, and whether there is more in its direction. */
export interface Read extends Page {
  full: boolean
}

/** A trace, and where it begins. */
type Found = Pick<Counted, 'trace' | 'start'>

type Parts = Omit<Page, 'counts'>

const nothing = { context: [], outlines: new Map<string, Map<string, Stub>>() }

/** Reads pages of one question. Its newest page may have been asked for already. */
export class Pages {
  constructor(
    private readonly q: PageQuestion,
    private readonly signal: AbortSignal,
    private begun?: Promise<Read>,
  ) {}

  private ask<T>(sql: string, limit: number, range: Range = this.q.range): Promise<T[]> {
    return query<T>({ project: this.q.project, sql, since: range.since, until: range.until, limit, environment: this.q.environment, signal: this.signal })
  }

  /** For what belongs to traces of the range: they may have begun before it, and go on after it. */
  private askAround<T>(sql: string, limit: number): Promise<T[]> {
    return query<T>({ project: this.q.project, sql, since: this.q.range.since - before, limit, signal: this.signal })
  }

  async read(from: Position | undefined, direction: Direction): Promise<Read> {
    const { begun } = this
    this.begun = undefined
    if (begun && from === undefined && direction === 'older') return begun
    if (this.q.flat) {
      const rows = await this.ask<WireRow>(recordsSQL(this.q.condition, from, direction), recordsPerPage)
      return { ...nothing, counts: [], rows: rows.map(toRow), full: rows.length === recordsPerPage }
    }
    const found = (await this.ask<Pick<CountRow, 'trace_id' | 'started'>>(tracesSQL(this.q.condition, from, direction), tracesPerPage))
      .map((row) => ({ trace: row.trace_id, start: parseTimestamp(row.started) }))
    const [counts, parts] = await Promise.all([this.countsOf(found), this.partsOf(found)])
    return { ...parts, counts, full: found.length === tracesPerPage }
  }

  /** Reads what was received since a moment, by the server's clock: whole traces, or the records of a flat list. */
  async changed(since: Micros): Promise<Read> {
    const fresh = allOf(`created_at >= ${literal(formatUTC(since))}`, ownRecords(this.q.condition))
    const matches = this.q.condition ? `(${this.q.condition}\n) AND ${mergedState}` : ''
    if (this.q.flat) {
      const where = [fresh, matches || mergedState].join(' AND ')
      const rows = await this.ask<WireRow>(`SELECT ${rowColumns} FROM records_all WHERE ${where} ORDER BY start_timestamp DESC LIMIT ${mostChanged}`, mostChanged)
      return { ...nothing, counts: [], rows: rows.map(toRow), full: rows.length === mostChanged }
    }
    const chosen = `SELECT trace_id FROM records_all WHERE ${fresh} ${matches && `AND ${matches}`}`
    const rows = await this.ask<CountRow>(
      `SELECT ${countColumns(this.q.condition)} FROM records_all WHERE trace_id IN (${chosen}) GROUP BY trace_id ORDER BY started DESC LIMIT ${mostChanged}`, mostChanged,
    )
    const counts = rows.map(toCounted)
    return { ...(await this.partsOf(counts)), counts, full: counts.length === mostChanged }
  }

  /** Reads some traces as a page has them: where they began, what was counted, and the rows that are drawn at first. */
  async traces(ids: readonly string[]): Promise<Page> {
    const rows = await this.askAround<CountRow>(
      `SELECT ${countColumns(this.q.condition)} FROM records_all WHERE trace_id IN ${inList(ids)} GROUP BY trace_id LIMIT ${ids.length}`, ids.length,
    )
    const counts = rows.map(toCounted)
    return { ...(await this.partsOf(counts)), counts }
  }

  /** What is counted of traces that are known. */
  private async countsOf(traces: readonly Found[]): Promise<Counted[]> {
    if (traces.length === 0) return []
    const rows = await this.ask<CountRow>(
      `SELECT ${countColumns(this.q.condition)} FROM records_all WHERE trace_id IN ${inList(traces.map((one) => one.trace))} GROUP BY trace_id LIMIT ${traces.length}`,
      traces.length, this.from(traces),
    )
    return rows.map(toCounted)
  }

  private partsOf(traces: readonly Found[]): Promise<Parts> {
    if (traces.length === 0) return Promise.resolve({ ...nothing, rows: [] })
    return this.q.condition ? this.matchesOf(traces) : this.rootsOf(traces)
  }

  /** Without a filter: the roots, or what stands for them where a root is not in the range. */
  private async rootsOf(traces: readonly Found[]): Promise<Parts> {
    const rows = await this.rowsOf(traces, 'parent_span_id IS NULL', matchesPerTrace)
    const rooted = new Set(rows.map((row) => row.trace))
    const rootless = traces.map((one) => one.trace).filter((id) => !rooted.has(id))
    if (rootless.length === 0) return { ...nothing, rows }
    const outlines = await this.outlines(rootless)
    const tops = [...outlines.values()].flatMap((outline) => [...outline.values()].filter((stub) => stub.parent === undefined || !outline.has(stub.parent)))
    return { rows: [...rows, ...(await this.spans(rootless, tops.map((stub) => stub.span)))], context: [], outlines }
  }

  /** With a filter: what matches, and the records above it. */
  private async matchesOf(traces: readonly Found[]): Promise<Parts> {
    const ids = traces.map((one) => one.trace)
    const [rows, outlines] = await Promise.all([this.rowsOf(traces, allOf(`(${this.q.condition}\n)`, mergedState, ownRecords(this.q.condition)), matchesPerTrace), this.outlines(ids)])
    if (!this.q.context) return { rows, context: [], outlines }
    const matched = new Map<string, Set<string>>()
    for (const row of rows) matched.set(row.trace, (matched.get(row.trace) ?? new Set()).add(row.span))
    const needed = [...matched].flatMap(([trace, spans]) => [...above(outlines.get(trace) ?? new Map<string, Stub>(), spans)].filter((span) => !spans.has(span)))
    return { rows, context: await this.spans(ids, needed), outlines }
  }

  /** None of the records began before the first of their traces: of a long range, that leaves little to look through. */
  private from(traces: readonly Found[]): Range {
    const since = Math.max(this.q.range.since, Math.min(...traces.map((one) => one.start)) - 1) // the server leaves out the bound itself
    return { ...this.q.range, since }
  }

  private async rowsOf(traces: readonly Found[], condition: string, perTrace: number): Promise<Row[]> {
    const rows = await this.ask<WireRow>(
      `SELECT ${rowColumns} FROM records_all WHERE trace_id IN ${inList(traces.map((one) => one.trace))} AND ${condition}
       QUALIFY row_number() OVER (PARTITION BY trace_id ORDER BY start_timestamp, span_id) <= ${perTrace} LIMIT ${mostRowsInAnswer}`,
      mostRowsInAnswer, this.from(traces),
    )
    return rows.map(toRow)
  }

  /** Reads the outlines of traces. */
  async outlines(traces: readonly string[]): Promise<Map<string, Map<string, Stub>>> {
    const rows = await this.askAround<{ trace_id: string; outline: string }>(
      `SELECT trace_id, ${outlineSQL} AS outline FROM records_all WHERE ${allOf(`trace_id IN ${inList(traces)}`, ownRecords(this.q.condition))} GROUP BY trace_id LIMIT ${traces.length}`, traces.length,
    )
    return new Map(rows.map((row) => [row.trace_id, parseOutline(row.outline)]))
  }

  private async spans(traces: readonly string[], spans: readonly string[]): Promise<Row[]> {
    const read = await Promise.all(chunks(spans, idsAtOnce).map((some) => this.askAround<WireRow>(
      `SELECT ${rowColumns} FROM records_all WHERE trace_id IN ${inList(traces)} AND span_id IN ${inList(some)} LIMIT ${mostRowsInAnswer}`, mostRowsInAnswer,
    )))
    return read.flat().map(toRow)
  }

  /** Reads a trace whole. */
  async whole(trace: string): Promise<Row[]> {
    const rows = await this.askAround<WireRow>(
      `SELECT ${rowColumns} FROM records_all WHERE ${allOf(`trace_id = ${literal(trace)}`, ownRecords(this.q.condition))} ORDER BY start_timestamp LIMIT ${mostRowsInAnswer}`, mostRowsInAnswer,
    )
    return rows.map(toRow)
  }

  /** Reads the next records directly below one, after the last that is here. */
  async children(trace: string, parent: string, after: Row | undefined): Promise<Row[]> {
    const next = keyset('start_timestamp', 'span_id', after && { at: after.start, id: after.span }, 'newer')
    const rows = await this.askAround<WireRow>(
      `SELECT ${rowColumns} FROM records_all WHERE ${allOf(`trace_id = ${literal(trace)}`, `parent_span_id = ${literal(parent)}`, ownRecords(this.q.condition), next.after)}
       ORDER BY ${next.order} LIMIT ${childrenAtOnce}`, childrenAtOnce,
    )
    return rows.map(toRow)
  }
}

/** What the cells of some records are read with. */
export async function askCells(project: string, rows: readonly Row[], expressions: readonly string[], timezone: string): Promise<CellRow[]> {
  const starts = rows.map((row) => row.start)
  const since = Math.min(...starts) - 1
  const values = expressions.map((expression, i) => `, (${expression}\n) AS v${i}`).join('')
  const traces = `trace_id IN ${inList([...new Set(rows.map((row) => row.trace))])}`
  const spans = inList(rows.map((row) => row.span))
  const limit = 2 * rows.length
  const [cells, said] = await Promise.all([
    query<Omit<CellRow, 'annotations'>>({
      project, timezone, since, until: Math.max(...starts) + 1, limit,
      sql: `SELECT trace_id, span_id, kind, json_length(attributes) AS attributes${values} FROM records_all WHERE ${traces} AND span_id IN ${spans} LIMIT ${limit}`,
    }),
    // They may have come much later than what they are about.
    query<{ trace_id: string; parent_span_id: string; annotations: number }>({
      project, since, limit,
      sql: `SELECT trace_id, parent_span_id, count(*) AS annotations FROM records WHERE kind = 'annotation' AND ${traces} AND parent_span_id IN ${spans} GROUP BY 1, 2 LIMIT ${limit}`,
    }),
  ])
  const counts = new Map(said.map((one) => [`${one.trace_id}/${one.parent_span_id}`, one.annotations]))
  return cells.map((cell) => ({ ...cell, annotations: counts.get(`${cell.trace_id}/${cell.span_id}`) ?? 0 }) as CellRow)
}
