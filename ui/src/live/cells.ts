// What the lines in view show beyond what pages and the tail bring: how many attributes and annotations a record has, and the
// values of added columns. It is read for the lines that someone looks at, a moment after they come to rest. No React in here.

import { ApiError } from '../api/client'
import type { Row } from '../api/record'
import { now, type Micros } from '../lib/time'
import { keyOf } from './store'

export interface Cell {
  /** How many attributes it has. */
  attributes: number
  /** How many annotations are about it. */
  annotations: number
  /** The values of the added columns, in their order. */
  values: unknown[]
}

/** A record as the server answers: whose it is, how many attributes and annotations it has, and v0, v1 … */
export type CellRow = { trace_id: string; span_id: string; kind: string; attributes: number | null; annotations: number } & Record<string, unknown>

/** What is read of some records; those of each span that are final come last. */
export type AskCells = (rows: Row[], expressions: readonly string[]) => Promise<CellRow[]>

/** How long the view must rest. */
export const restMs = 120
/** How long to wait for records that are not in the tables yet. */
export const againMs = 1000
/** How long it can take until they are. */
const onTheWay: Micros = 10_000_000
/** How many are kept, and how many are asked for at a time. */
const mostKept = 20_000
const mostAsked = 200

export class Cells {
  private cells = new Map<string, Cell>()
  private listeners = new Set<() => void>()
  private version = 0
  private view: Row[] = []
  private wanted: Row[] = []
  /** Keys of what has changed since it was read. */
  private stale = new Set<string>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private asking = false
  private stopped = false
  /** What is wrong with an added column, in the server's words. */
  error: string | undefined

  constructor(
    private readonly ask: AskCells,
    readonly expressions: readonly string[],
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Changes when anything did. */
  snapshot = (): number => this.version

  /** A pending record and its final one have different attributes. */
  private key(row: Row): string {
    return row.pending ? `${keyOf(row)}/pending` : keyOf(row)
  }

  get(row: Row): Cell | undefined {
    return this.cells.get(this.key(row))
  }

  /** Says which records are in view. */
  want(rows: Row[]): void {
    this.view = rows
    this.wanted = rows.filter((row) => this.lacks(row))
    if (this.wanted.length > 0) this.later(restMs)
  }

  /** Says that something was said of records, by their keys; those in view are read once more. */
  changedOf(keys: readonly string[]): void {
    for (const key of keys) this.stale.add(key)
    this.want(this.view)
  }

  private lacks(row: Row): boolean {
    return !this.cells.has(this.key(row)) || this.stale.has(keyOf(row))
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.timer)
  }

  private later(ms: number): void {
    if (this.timer !== undefined || this.stopped) return
    this.timer = setTimeout(() => {
      this.timer = undefined
      void this.read()
    }, ms)
  }

  private async read(): Promise<void> {
    if (this.asking) return this.later(restMs)
    const rows = this.wanted.slice(0, mostAsked)
    if (rows.length === 0) return
    this.asking = true
    try {
      this.take(rows, await this.ask(rows, this.error === undefined ? this.expressions : []))
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 400 || this.error !== undefined) return
      this.error = error.message // without the columns that cannot be read, the rest can
      this.changed()
      this.later(0)
    } finally {
      this.asking = false
    }
  }

  private take(rows: Row[], answer: CellRow[]): void {
    if (this.stopped) return
    if (this.cells.size > mostKept) this.cells.clear()
    const asked = new Map(rows.map((row) => [keyOf(row), row]))
    for (const line of answer) {
      const row = asked.get(`${line.trace_id}/${line.span_id}`)
      if (!row || row.pending !== (line.kind === 'pending_span')) continue
      this.stale.delete(keyOf(row))
      this.cells.set(this.key(row), { attributes: line.attributes ?? 0, annotations: line.annotations, values: this.expressions.map((_, i) => line[`v${i}`]) })
    }
    this.changed()
    this.wanted = this.wanted.filter((row) => this.lacks(row) && now() - row.created < onTheWay)
    if (this.wanted.length > 0) this.later(againMs)
  }

  private changed(): void {
    this.version++
    for (const listener of this.listeners) listener()
  }
}
