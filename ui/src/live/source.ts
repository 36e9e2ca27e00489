// Feeds a LiveStore: pages on demand in both directions, and the tail. No React in here.

import { ApiError } from '../api/client'
import { toRow, type Row, type WireRow } from '../api/record'
import type { ServerEvent } from '../api/sse'
import { now, type Micros } from '../lib/time'
import { conjuncts } from '../sql/condition'
import { asksForAnnotations } from './own'
import { running, wholeTrace, type Direction, type Pages } from './pages'
import { keyOf, type Item, type LiveStore, type MoreItem, type Page, type Placed, type Position } from './store'
import { Tail, type Connection } from './tail'

/** What a page shows of its source. */
export interface SourceState {
  connection: Connection
  retryAt: number | undefined
  /** The first page is being read. */
  loading: boolean
  error: ApiError | undefined
  /** Records that the tail could not send, and that are read again from the tables. */
  missed: number
  /** Records that wait because the reader has paused the list. */
  held: number
  /** The tail sends one record of so many, because more arrive than a list can show. */
  oneOf: number
  /** How far what arrives lags behind, while the connection catches up. */
  lag: Micros
}

/** What a source asks; Pages and the live tail of the API are it. */
export interface Server {
  pages: Pick<Pages, 'read' | 'changed' | 'traces' | 'whole' | 'children' | 'outlines'>
  openTail: (filter: string, cursor: string, signal: AbortSignal, poll: boolean) => Promise<ReadableStream<Uint8Array>>
}

export interface SourceQuestion {
  condition: string
  /** Follow what arrives. */
  live: boolean
}

/** Hears of what the tail brought: where it stands now, and the records, of which each stands for so many. */
export type Arrived = (placed: Placed[], rows: Row[], weight: number) => void
/** Hears of which records something was said, by their keys, when that stands in the tables. */
export type Annotated = (keys: string[]) => void

/** How long records may take from the tail to the tables, with a margin. */
export const settleMs = 1500
/** How long they may take on a machine that is busy: what came before the tail is read once more then. */
export const lateMs = 8000
/** Records that arrive within this time are drawn together. */
export const gatherMs = 100
/** And within this time while more arrive than anybody can read: so many in a second. */
export const busyMs = 250
const busyRate = 200
/** How often a filtered list asks how its newest traces have grown: of what does not match it hears nothing. */
export const recountMs = 3000
/** How long a span that has ended stays in a list of what runs. */
const endedMs = 1200
/** How long after the last sample all records come again, and what was left out is read. */
const sampledMs = 3000
/** How many records a paused list holds back; of more only the number is kept, and pages are read when it goes on. */
export const mostHeld = 5000
/** How many traces are asked for at a time because the tail brought some of theirs. */
const tracesAtOnce = 100
/** How far before what is known for sure the list reads again: what was on its way to the tables then. */
const onTheWay: Micros = 5_000_000
/** Traces that sent something within this time are at work. */
const atWork: Micros = 30_000_000

export class LiveSource {
  private state: SourceState = {
    connection: 'off', retryAt: undefined, loading: true, error: undefined, missed: 0, held: 0, oneOf: 1, lag: 0,
  }
  private listeners = new Set<() => void>()
  private stopped = false
  private readonly tail: Tail
  /** Reads that are under way, by what they read. */
  private reading = new Set<string>()
  private pauses = new Set<string>()
  private waiting: Row[] = []
  /** Records whose traces nobody knows here, and whose beginning the server is asked for. */
  private strangers: Row[] = []
  private represented = 0
  /** How long what arrives is gathered now. */
  private pace = gatherMs
  private timers = new Map<string, ReturnType<typeof setTimeout>>()
  private connectedAt = 0
  /** When the newest record that is known of was received, by the server's clock. */
  private newest: Micros = 0
  /** What was received since then may be missing here; undefined when nothing is. */
  private doubtful: Micros | undefined
  /** The list shows what runs: records that end leave it. */
  private readonly onlyRunning: boolean
  /** It asks for annotations, which otherwise are no lines of it. */
  private readonly annotations: boolean
  /** The keys of records of which something was just said. */
  private about: string[] = []

  constructor(
    private readonly store: LiveStore,
    private readonly q: SourceQuestion,
    private readonly server: Server,
    private readonly arrived: Arrived,
    private readonly annotated: Annotated = () => undefined,
  ) {
    this.annotations = asksForAnnotations(q.condition)
    const parts = conjuncts(q.condition)
    const runs = conjuncts(running)
    this.onlyRunning = runs.every((part) => parts.includes(part))
    const filter = this.onlyRunning ? [...parts.filter((part) => !runs.includes(part)), `kind IN ('span', 'pending_span')`].join(' AND ') : q.condition
    this.tail = new Tail({
      open: (cursor, signal, poll) => server.openTail(filter, cursor, signal, poll),
      take: (events) => this.take(events),
      changed: ({ connection, retryAt }) => this.connected(connection, retryAt),
      refused: (error) => this.set({ error }),
    })
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  snapshot = (): SourceState => this.state

  private set(changes: Partial<SourceState>): void {
    const same = (Object.keys(changes) as (keyof SourceState)[]).every((key) => changes[key] === this.state[key])
    if (this.stopped || same) return
    this.state = { ...this.state, ...changes }
    for (const listener of this.listeners) listener()
  }

  start(): void {
    void this.restart('older')
    if (this.q.live) void this.tail.run()
  }

  stop(): void {
    this.stopped = true
    this.tail.stop()
    for (const timer of this.timers.values()) clearTimeout(timer)
  }

  reconnect(): void {
    this.tail.retry()
  }

  /** Goes on after somebody has logged in again: what was refused meanwhile is asked for anew. */
  admitted(): void {
    if (this.state.error?.status !== 401) return
    this.set({ error: undefined })
    if (this.store.first === undefined) void this.restart('older')
    this.tail.retry()
    this.doubt()
  }

  hide(hidden: boolean): void {
    this.tail.hide(hidden)
  }

  // Pages

  /** Begins anew at one end of the range: at its newest page, or at its oldest. */
  async restart(direction: Direction): Promise<void> {
    this.set({ loading: true })
    const began = await this.once('restart', async () => {
      const page = await this.server.pages.read(undefined, direction)
      if (this.stopped) return
      this.hear(page.counts.map((one) => one.seen), page.rows.map((row) => row.created))
      if (direction === 'older') this.begin()
      if (direction === 'older') this.store.replace(page, { start: !page.full, end: true }, 'end')
      else this.store.replace(page, { start: true, end: !page.full }, 'start')
    })
    if (began) this.set({ loading: false })
    this.later('gather', gatherMs, () => this.gather())
  }

  /** What came before the newest page, or before the tail, may still be on its way to the tables. */
  private begin(): void {
    const since = this.newest
    this.doubtful = since
    this.doubt()
    if (this.q.live) this.later('late', lateMs, () => {
      this.doubtful = Math.min(since, this.doubtful ?? since)
      return this.catchUp()
    })
  }

  /** Remembers when the newest of some records was received. */
  private hear(...received: Micros[][]): void {
    for (const some of received) for (const at of some) this.newest = Math.max(this.newest, at)
  }

  /** What comes from now on may be missing, until it was read. */
  private doubt(): void {
    this.doubtful ??= this.newest
    if (this.q.live) this.later('settle', settleMs, () => this.catchUp())
  }

  /** Begins anew at a moment. */
  async jump(at: Micros): Promise<void> {
    await this.once('restart', async () => {
      const page = await this.server.pages.read({ at, id: '' }, 'newer')
      if (this.stopped) return
      this.store.replace(page, { start: false, end: !page.full }, 'start')
      if (page.rows.length === 0) await this.readOn({ at, id: '' }, 'older')
    })
  }

  /** Reads on in a direction, once at a time, unless the range ends there. */
  async more(direction: Direction): Promise<void> {
    const edge = direction === 'older' ? 'start' : 'end'
    const from = direction === 'older' ? this.store.first : this.store.last
    if (this.store.edges[edge] || this.state.loading || from === undefined) return
    await this.once(direction, () => this.readOn(from, direction))
  }

  private async readOn(from: Position, direction: Direction): Promise<boolean> {
    const page = await this.server.pages.read(from, direction)
    if (this.stopped) return false
    const edge = direction === 'older' ? 'start' : 'end'
    const reached = edge === 'end' && !page.full
    this.store.edges[edge] = !page.full // before the rows: what then is too much goes at the other end
    this.store.addPage(page)
    if (reached) this.doubt()
    return page.full
  }

  /** Runs one read of its kind at a time; false when one was under way, or it failed. */
  private async once(kind: string, read: () => Promise<unknown>): Promise<boolean> {
    if (this.reading.has(kind)) return false
    this.reading.add(kind)
    try {
      await read()
      if (this.state.error && this.state.error.status === 0) this.set({ error: undefined })
      return true
    } catch (error) {
      this.set({ loading: false, error: error instanceof ApiError ? error : new ApiError(0, String(error)) })
      return false
    } finally {
      this.reading.delete(kind)
    }
  }

  /**
   * Reads what the tail may not have brought. When that is too much, the list begins anew; under a reader who looks at
   * older records it stays, and goes on where it ends.
   */
  async catchUp(): Promise<void> {
    const since = this.doubtful
    if (since === undefined || this.state.loading || this.paused || this.stopped) return
    this.doubtful = undefined
    const read = await this.once('catch up', async () => {
      const page = await this.server.pages.changed(since - onTheWay)
      if (this.stopped) return
      const reach = Math.min(...page.counts.map((one) => one.start), ...page.rows.map((row) => row.start))
      if (page.full && this.store.edges.end && reach > (this.store.first?.at ?? 0)) return this.store.readsEnd ? this.restart('older') : this.store.leaveEnd()
      this.addHere(page)
    })
    if (!read) this.doubtful = since
  }

  /** Adds what of a page lies in the window. */
  private addHere(page: Page): void {
    const away = new Set(page.counts.filter((one) => this.store.where({ at: one.start, id: one.trace }) !== 'here').map((one) => one.trace))
    const here = (row: Row) => (this.store.options.flat ? this.store.where({ at: row.start, id: row.span }) === 'here' : !away.has(row.trace))
    this.store.addPage({ ...page, counts: page.counts.filter((one) => !away.has(one.trace)), rows: page.rows.filter(here), context: page.context.filter(here) })
  }

  /** Asks again for traces that are still at work. */
  private async recount(since: Micros): Promise<void> {
    const traces = this.store.active(since).slice(-tracesAtOnce)
    if (traces.length > 0) this.store.addPage(await this.server.pages.traces(traces))
  }

  // What lies below

  /** Reads what lies below a record that was opened. */
  async open(item: Item): Promise<void> {
    const { trace } = item
    if (this.store.isComplete(trace)) return
    await this.once(`open ${trace}`, async () => {
      if (this.store.recordsOf(trace) <= wholeTrace) return this.store.complete(trace, await this.server.pages.whole(trace))
      const outlines = this.store.hasOutline(trace) ? new Map() : await this.server.pages.outlines([trace])
      const rows = item.kind === 'record' ? await this.server.pages.children(trace, item.row.span, undefined) : []
      this.store.addPage({ rows: [], context: rows, counts: [], outlines })
    })
  }

  /** Reads on below a record of a trace that is too large to be read whole. */
  async openMore(item: MoreItem): Promise<void> {
    await this.once(`open ${item.key}`, async () => {
      const last = this.store.childrenOf(item.trace, item.parent.span).at(-1)
      this.store.addPage({ rows: [], context: await this.server.pages.children(item.trace, item.parent.span, last), counts: [], outlines: new Map() })
    })
  }

  // The tail

  private connected(connection: Connection, retryAt: number | undefined): void {
    if (connection === 'live' && this.connectedAt === 0) {
      this.connectedAt = Date.now()
      if (!this.state.loading) this.doubt()
      if (this.q.condition) this.later('recount', recountMs, () => this.recountAgain())
    }
    this.set({ connection, retryAt, ...(connection === 'live' ? { lag: 0 } : {}) })
  }

  private async recountAgain(): Promise<void> {
    if (this.pauses.size === 0) await this.once('recount', () => this.recount(this.newest - atWork))
    this.later('recount', recountMs, () => this.recountAgain())
  }

  private take(events: ServerEvent[]): void {
    const rows: Row[] = []
    let represented = 0
    for (const event of events) {
      if (event.event === 'records') {
        const data = JSON.parse(event.data) as { rows: WireRow[]; of?: number }
        const own = this.ownOf(data.rows)
        for (const row of own) rows.push(toRow(row))
        represented += (data.of ?? data.rows.length) - (data.rows.length - own.length)
      } else if (event.event === 'gap') this.missed((JSON.parse(event.data) as { records: number }).records)
      else if (event.event === 'error') this.set({ error: new ApiError(400, (JSON.parse(event.data) as { detail: string }).detail) })
    }
    if (rows.length === 0) return
    if (this.state.connection === 'catching up') this.set({ lag: Math.max(0, now() - rows.at(-1)!.created) })
    this.represented += represented
    const room = this.paused ? Math.max(0, mostHeld - this.waiting.length) : rows.length
    if (room < rows.length || represented > rows.length) this.doubtful ??= this.newest
    this.hear(rows.map((row) => row.created))
    for (const row of rows.slice(0, room)) this.waiting.push(row)
    if (this.paused) this.set({ held: this.state.held + represented })
    else this.later('gather', this.pace, () => this.gather())
  }

  /** The records that may be lines of the list; of the others it is told what they are about. */
  private ownOf(rows: WireRow[]): WireRow[] {
    if (this.annotations || rows.every((row) => row.kind !== 'annotation')) return rows
    for (const row of rows) if (row.kind === 'annotation' && row.parent_span_id !== null) this.about.push(keyOf({ trace: row.trace_id, span: row.parent_span_id }))
    this.later('annotated', settleMs, () => this.annotated(this.about.splice(0)))
    return rows.filter((row) => row.kind !== 'annotation')
  }

  private missed(records: number): void {
    this.set({ missed: this.state.missed + records })
    this.store.doubt(this.newest - atWork)
    this.doubt()
  }

  /** Merges what has arrived. */
  private gather(): void {
    if (this.paused || this.state.loading || this.waiting.length === 0) return
    const rows = this.waiting.splice(0)
    this.pace = rows.length > (busyRate * this.pace) / 1000 ? busyMs : gatherMs
    const weight = this.represented / rows.length
    this.represented = 0
    if (weight > 1.01) this.sampled(weight)
    const known = rows.filter((row) => this.mayEnter(row))
    const here = new Set(known.filter((row) => this.store.options.flat || row.parent === undefined || this.store.has(row)).map((row) => row.trace))
    this.strangers.push(...known.filter((row) => !here.has(row.trace)))
    this.merge(known.filter((row) => here.has(row.trace)), rows, weight)
    if (this.strangers.length > 0) void this.introduce()
  }

  private merge(rows: Row[], all: Row[], weight: number): void {
    // What came before the connection was up may not be in the tables yet, and what was left out never comes.
    const whole = this.state.oneOf === 1 && Date.now() - this.connectedAt > settleMs
    const placed = this.store.merge(rows, whole)
    this.arrived(placed, all, weight)
    if (this.store.stale.length > 0) this.later('fill', settleMs, () => this.fill())
    if (this.onlyRunning && rows.some((row) => !row.pending)) this.later('ended', endedMs, () => this.store.dropEnded(Date.now() - endedMs))
  }

  /** To a list of what runs, only the end of what it holds is of interest. */
  private mayEnter(row: Row): boolean {
    return !this.onlyRunning || row.pending || this.store.holds(row)
  }

  private sampled(weight: number): void {
    this.set({ oneOf: Math.max(2, Math.round(weight)) })
    clearTimeout(this.timers.get('sampled'))
    this.timers.delete('sampled')
    this.later('sampled', sampledMs, () => {
      this.set({ oneOf: 1 })
      void this.catchUp()
    })
  }

  /**
   * Asks where the traces began that the tail tells of for the first time from below their roots: they may be old. A
   * trace that the server does not know yet, or only by what was just sent, begins here.
   */
  private async introduce(): Promise<void> {
    await this.once('introduce', async () => {
      const rows = this.strangers.splice(0)
      const traces = [...new Set(rows.map((row) => row.trace))].slice(-tracesAtOnce)
      const page = await this.server.pages.traces(traces).catch(() => undefined) // then they stand where they came
      const first = new Map<string, Micros>()
      for (const row of rows) first.set(row.trace, Math.min(row.start, first.get(row.trace) ?? row.start))
      const old = page?.counts.filter((one) => one.start < first.get(one.trace)!) ?? []
      const outside = old.map((one) => ({ position: { at: one.start, id: one.trace }, where: this.store.where({ at: one.start, id: one.trace }), error: one.level >= 17 })).filter((one) => one.where !== 'here')
      const away = new Set(outside.map((one) => one.position.id))
      const olds = new Set(old.map((one) => one.trace))
      if (page) this.addHere({ ...page, counts: old, rows: page.rows.filter((row) => olds.has(row.trace)), context: page.context.filter((row) => olds.has(row.trace)) })
      this.arrived(outside, [], 1)
      this.merge(rows.filter((row) => !away.has(row.trace)), [], 1)
    })
    if (this.strangers.length > 0) this.later('introduce', gatherMs, () => this.introduce())
  }

  /** Asks what the server counts of traces of which the tail brought some. */
  private async fill(): Promise<void> {
    const traces = this.store.stale.slice(-tracesAtOnce)
    if (traces.length === 0) return
    await this.once('fill', async () => this.store.addPage(await this.server.pages.traces(traces)))
    if (this.store.stale.length > 0) this.later('fill', settleMs, () => this.fill())
  }

  /** Does something after a while, unless it is going to be done already. */
  private later(name: string, ms: number, run: () => unknown): void {
    if (this.stopped || this.timers.has(name)) return
    this.timers.set(name, setTimeout(() => {
      this.timers.delete(name)
      void run()
    }, ms))
  }

  // Pausing

  get paused(): boolean {
    return this.pauses.size > 0
  }

  /** Holds back what arrives for a reason, or lets it in when none is left. */
  pause(reason: string, on: boolean): void {
    const before = this.paused
    if (on) this.pauses.add(reason)
    else this.pauses.delete(reason)
    if (before === this.paused) return
    this.set({ held: 0 })
    if (this.paused) return
    this.gather()
    void this.catchUp()
  }
}
