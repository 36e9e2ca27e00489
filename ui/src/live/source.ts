// Feeds a LiveStore: a page of what is there, older pages on demand, and the tail. No React in here.

import { ApiError, literal, openLive, query } from '../api/client'
import { rowColumns, toRow, type Row, type WireRow } from '../api/record'
import { EventParser, type ServerEvent } from '../api/sse'
import { now, parseTimestamp, type Micros, type Range } from '../lib/time'
import type { LiveStore, Merged } from './store'

export interface SourceQuestion {
  project: string
  /** What follows WHERE; empty for everything. */
  condition: string
  environment: string | undefined
  range: Range
  /** Follow what arrives. */
  live: boolean
}

export type Connection = 'off' | 'connecting' | 'live' | 'lost'

/** What a page shows of its source. */
export interface SourceState {
  connection: Connection
  loading: boolean
  /** There is nothing older in the range. */
  atStart: boolean
  error: ApiError | undefined
  /** Records that the tail could not send, and that are not here either. */
  missed: number
  /** Records that wait because the reader has paused the list. */
  held: number
  /** When to try again, while the connection is lost. */
  retryAt: number | undefined
}

const tracesPerPage = 200
const rowsPerPage = 10_000
/** How long records may take from the tail to the tables, with a margin. */
const settleMs = 1500
/** How many traces are fetched at a time because the tail brought records from below their roots. */
const mostFilled = 20
/** How many records a paused list holds back; of more only the number is kept, and a page is read when it goes on. */
const mostHeld = 5000
/** How far before the present a page is read again after a connection: what was on its way then. */
const overlap: Micros = 30_000_000

export class LiveSource {
  private state: SourceState = { connection: 'off', loading: true, atStart: false, error: undefined, missed: 0, held: 0, retryAt: undefined }
  private listeners = new Set<() => void>()
  private aborter = new AbortController()
  private cursor = ''
  private older = false
  private paused = false
  private filling = false
  private held: Row[] = []
  private retryNow: (() => void) | undefined

  constructor(
    private readonly store: LiveStore,
    private readonly q: SourceQuestion,
    /** Hears of what the tail brought. */
    private readonly arrived: (merged: Merged) => void,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  snapshot = (): SourceState => this.state

  private set(changes: Partial<SourceState>): void {
    this.state = { ...this.state, ...changes }
    for (const listener of this.listeners) listener()
  }

  start(): void {
    void this.firstPage()
    if (this.q.live) void this.follow()
  }

  stop(): void {
    this.aborter.abort()
    this.retryNow?.()
  }

  reconnect(): void {
    this.retryNow?.()
  }

  private get signal(): AbortSignal {
    return this.aborter.signal
  }

  private async firstPage(): Promise<void> {
    try {
      const full = await this.page(this.q.range.since, this.q.range.until)
      this.set({ loading: false, atStart: !full, error: undefined })
    } catch (error) {
      if (!this.signal.aborted) this.set({ loading: false, error: asApiError(error) })
    }
  }

  /** Reads what is older than the list, once at a time. */
  async loadOlder(): Promise<void> {
    const until = this.store.oldest
    if (this.older || this.state.atStart || this.state.loading || until === undefined) return
    this.older = true
    try {
      const full = await this.page(this.q.range.since, until)
      this.set({ atStart: !full })
    } catch (error) {
      if (!this.signal.aborted) this.set({ error: asApiError(error) })
    } finally {
      this.older = false
    }
  }

  private ask<T>(sql: string, since: Micros, until: Micros | undefined, limit: number): Promise<T[]> {
    return query<T>({ project: this.q.project, sql, since, until, limit, environment: this.q.environment, signal: this.signal })
  }

  /** Merges the newest traces of a range; false when it held no more than that. */
  private page(since: Micros, until: Micros | undefined): Promise<boolean> {
    return this.q.condition ? this.matchingPage(since, until) : this.tracePage(since, until)
  }

  /** Without a filter: the roots of the newest traces, with what lies below them counted. */
  private async tracePage(since: Micros, until: Micros | undefined): Promise<boolean> {
    const traces = await this.ask<CountRow>(
      `SELECT trace_id, min(start_timestamp) AS started, count(DISTINCT span_id) AS records, max(level) AS level
       FROM records_all GROUP BY trace_id ORDER BY started DESC LIMIT ${tracesPerPage}`,
      since, until, tracesPerPage,
    )
    const first = traces.at(-1)
    if (!first) return false
    const from = parseTimestamp(first.started!) - 1
    const rows = await this.rowsOf(traces.map((t) => t.trace_id), 'parent_span_id IS NULL', from, until)
    const rooted = new Set(rows.map((row) => row.trace))
    const rootless = traces.map((t) => t.trace_id).filter((id) => !rooted.has(id))
    if (rootless.length > 0) rows.push(...(await this.rowsOf(rootless, '', from, until)))
    this.store.merge(rows, false)
    this.store.count(traces.map(countOf))
    return traces.length === tracesPerPage
  }

  private async rowsOf(traces: string[], condition: string, since: Micros, until: Micros | undefined): Promise<Row[]> {
    const rows = await this.ask<WireRow>(
      `SELECT ${rowColumns} FROM records_all WHERE trace_id IN (${traces.map(literal).join(',')})${condition && ` AND ${condition}`}
       ORDER BY start_timestamp LIMIT ${rowsPerPage}`,
      since, until, rowsPerPage,
    )
    return rows.map(toRow)
  }

  /** With a filter: the newest records that match, with their traces counted whole. */
  private async matchingPage(since: Micros, until: Micros | undefined): Promise<boolean> {
    const limit = 500
    const rows = (await this.ask<WireRow>(
      `SELECT ${rowColumns} FROM records_all WHERE (${this.q.condition}\n) ORDER BY start_timestamp DESC LIMIT ${limit}`,
      since, until, limit,
    )).map(toRow)
    this.store.merge(rows, false)
    return rows.length === limit
  }

  /** Reads a whole trace into the list. */
  async loadTrace(id: string, around: Micros): Promise<void> {
    if (this.store.isComplete(id)) return
    const hours = 3_600_000_000
    const rows = await query<WireRow>({
      project: this.q.project, since: around - 24 * hours, limit: rowsPerPage, signal: this.signal,
      sql: `SELECT ${rowColumns} FROM records_all WHERE trace_id = ${literal(id)} ORDER BY start_timestamp LIMIT ${rowsPerPage}`,
    })
    this.store.merge(rows.map(toRow), false)
    this.store.complete(id)
  }

  /** Follows the tail for as long as the source lives, and comes again where it was cut off. */
  private async follow(): Promise<void> {
    let failures = 0
    while (!this.signal.aborted) {
      this.set({ connection: failures > 0 ? 'lost' : 'connecting' })
      try {
        const body = await openLive({
          project: this.q.project, filter: this.q.condition, environment: this.q.environment, cursor: this.cursor, signal: this.signal,
        })
        failures = 0
        this.set({ connection: 'live', retryAt: undefined })
        void this.settle()
        await this.read(body)
      } catch (error) {
        if (this.signal.aborted) return
        if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
          this.set({ connection: 'off', error })
          return
        }
      }
      failures++
      await this.wait(Math.min(10_000, 500 * 2 ** Math.min(failures, 5)))
    }
  }

  private async wait(ms: number): Promise<void> {
    if (this.signal.aborted) return
    this.set({ connection: 'lost', retryAt: Date.now() + ms })
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.retryNow = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Reads again what was on its way to the tables when the tail began. */
  private async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, settleMs))
    if (this.signal.aborted) return
    await this.page(Math.max(this.q.range.since, now() - overlap), undefined).catch(() => undefined) // the next page tells
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const parser = new EventParser()
    const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const events = parser.push(value)
      this.take(events)
    }
  }

  private take(events: ServerEvent[]): void {
    const rows: Row[] = []
    for (const event of events) {
      if (event.id) this.cursor = event.id
      if (event.event === 'records') rows.push(...(JSON.parse(event.data) as { rows: WireRow[] }).rows.map(toRow))
      else if (event.event === 'gap') this.set({ missed: this.state.missed + (JSON.parse(event.data) as { records: number }).records })
      else if (event.event === 'error') throw new ApiError(400, (JSON.parse(event.data) as { detail: string }).detail)
    }
    if (rows.length === 0) return
    if (!this.paused) {
      this.arrived(this.store.merge(rows, true))
      void this.fill()
      return
    }
    this.held.push(...rows.slice(0, Math.max(0, mostHeld - this.held.length)))
    this.set({ held: this.state.held + rows.length })
  }

  /**
   * Fetches the traces that began before the tail and go on in it: a page has only their roots, and without what lies
   * between, records from further down would stand beside them. A filtered list shows matches alone and needs none.
   */
  private async fill(): Promise<void> {
    if (this.filling || this.q.condition || this.store.lacking.length === 0) return
    this.filling = true
    await new Promise((resolve) => setTimeout(resolve, settleMs))
    for (const { trace, start } of this.store.lacking.slice(-mostFilled)) {
      if (this.signal.aborted) break
      await this.loadTrace(trace, start).catch(() => undefined) // the next record asks again
    }
    this.filling = false
  }

  /** Holds back what arrives, or lets it in. */
  pause(paused: boolean): void {
    this.paused = paused
    if (paused || this.state.held === 0) return
    const all = this.state.held === this.held.length
    const rows = this.held.splice(0)
    this.set({ held: 0 })
    this.arrived(this.store.merge(rows, true))
    void this.fill()
    if (!all) void this.firstPage()
  }
}

interface CountRow {
  trace_id: string
  started?: string
  records: number
  level: number
}

function countOf(row: CountRow): { trace: string; records: number; level: number } {
  return { trace: row.trace_id, records: row.records, level: row.level }
}

function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, String(error))
}
