// Feeds a trace: what is in the tables, in pages, then the tail of its id for as long as it is open. No React in here.

import { ApiError, literal, openLive, query } from '../api/client'
import type { ServerEvent } from '../api/sse'
import { Tail, type TailState } from '../live/tail'
import { Collected } from './collect'
import { spanColumns, toSpan, type Span, type WireSpan } from './span'

const page = 10_000
/** How long records may take from the tail to the tables, with a margin. */
const settleMs = 1500
/** What arrived in this time is read again when the tail has begun or brought something: it may have come to the tables later. */
const recent = `created_at >= now() - interval '20 seconds'`
/** A large trace is drawn anew at most so often: drawing takes the longer the more records there are. */
const drawMs = 300
const drawAtOnce = 2000
function pauseFor(records: number): number {
  return drawMs * Math.max(1, records / 10_000)
}

export interface TraceState {
  spans: Span[]
  /** The pages are not all here yet. */
  loading: boolean
  error: ApiError | undefined
  /** What arrives is followed. */
  following: boolean
  /** Ids that more than one record has. */
  duplicates: number
}

export class TraceSource {
  private state: TraceState = { spans: [], loading: true, error: undefined, following: false, duplicates: 0 }
  private readonly collected = new Collected()
  private listeners = new Set<() => void>()
  private aborter = new AbortController()
  private readonly tail: Tail
  private drawing: ReturnType<typeof setTimeout> | undefined
  private settling: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly project: string,
    private readonly trace: string,
  ) {
    const filter = `trace_id = ${literal(trace)}`
    this.tail = new Tail({
      open: (cursor, signal, poll) => openLive({ project, filter, cursor, poll, signal }),
      take: (events) => this.takeEvents(events),
      changed: (state) => this.connected(state),
      refused: (error) => this.set({ error }),
    })
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  snapshot = (): TraceState => this.state

  private set(changes: Partial<TraceState>): void {
    this.state = { ...this.state, ...changes }
    for (const listener of this.listeners) listener()
  }

  start(): void {
    void this.load()
    void this.tail.run()
  }

  stop(): void {
    this.aborter.abort()
    this.tail.stop()
    clearTimeout(this.drawing)
    clearTimeout(this.settling)
  }

  /** Reads the trace once more after it could not be read. */
  retry(): void {
    this.set({ error: undefined, loading: true })
    void this.load()
  }

  private async load(): Promise<void> {
    try {
      await this.readPages('')
      this.set({ loading: false, error: undefined })
    } catch (error) {
      if (!this.aborter.signal.aborted) this.set({ loading: false, error: error instanceof ApiError ? error : new ApiError(0, String(error)) })
    }
  }

  /** Reads the trace's records in the order of their start: all of them, or those of a condition. */
  private async readPages(condition: string): Promise<void> {
    const which = condition && ` AND ${condition}`
    for (let after = ''; ; ) {
      const rows = await query<WireSpan>({
        project: this.project, signal: this.aborter.signal, since: 0, limit: page,
        sql: `SELECT ${spanColumns} FROM records_all WHERE trace_id = ${literal(this.trace)}${which}${after}
              ORDER BY start_timestamp, span_id, kind LIMIT ${page}`,
      })
      this.take(rows)
      const last = rows.at(-1)
      if (!last || rows.length < page) return
      // A span has a pending record and a final one: only the three together tell where a page ended.
      after = ` AND (start_timestamp, span_id, kind) > (${literal(last.start_timestamp)}::timestamptz, ${literal(last.span_id)}, ${literal(last.kind)})`
    }
  }

  private take(rows: WireSpan[]): boolean {
    if (!this.collected.merge(rows.map(toSpan))) return false
    if (this.collected.size < drawAtOnce) this.draw()
    else this.drawing ??= setTimeout(() => this.draw(), this.state.spans.length === 0 ? 0 : pauseFor(this.collected.size))
    return true
  }

  private draw(): void {
    clearTimeout(this.drawing)
    this.drawing = undefined
    this.set({ spans: this.collected.list(), duplicates: this.collected.duplicates.size })
  }

  /** Reads in a while what the tail cannot have sent: what was on its way when it began, and what its rows lack. */
  private settle(): void {
    this.settling ??= setTimeout(() => {
      this.settling = undefined
      void this.readPages(recent).catch(() => undefined) // the next records ask again
    }, settleMs)
  }

  /** While nobody looks at the page the tail may rest: browsers allow few connections. */
  hide(hidden: boolean): void {
    this.tail.hide(hidden)
  }

  private takeEvents(events: ServerEvent[]): void {
    for (const event of events) {
      if (event.event === 'gap') void this.load()
      else if (event.event === 'records' && this.take((JSON.parse(event.data) as { rows: WireSpan[] }).rows)) this.settle()
    }
  }

  private connected({ connection }: TailState): void {
    const following = connection === 'live' || connection === 'catching up'
    if (following && !this.state.following) this.settle()
    if (following !== this.state.following) this.set({ following })
  }
}
