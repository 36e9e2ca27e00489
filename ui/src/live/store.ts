// The records of the live list: merged from pages and from the tail, grouped by trace. No React in here.

import type { Row } from '../api/record'
import type { Micros } from '../lib/time'
import { buildTrees, place, type Node } from '../trace/tree'

/** How many records may be held; the oldest traces go first. */
const mostRows = 20_000

interface Trace {
  id: string
  rows: Map<string, Row>
  /** When its earliest known record started: its place in the list. */
  start: Micros
  /** How many records the server has, as far as it was asked. */
  counted: number
  /** The highest level that the server counted. */
  level: number
  /** All of its records have been fetched; new ones come by the tail. */
  complete: boolean
  /** When its newest record arrived here or at the server. */
  lastSign: Micros
  trees: Node[] | undefined
}

/** One line of the list. */
export interface Item {
  key: string
  node: Node
  row: Row
  depth: number
  lines: boolean[]
  open: boolean
  /** How many records lie below: all of them, not only those that are here. */
  below: number
  /** The highest level at and below it. */
  level: number
  /** When its trace last gave a sign of life. */
  lastSign: Micros
  /** The start of the trace's root, for offsets. */
  traceStart: Micros
}

/** What a merge did, for whoever reads elsewhere in the list. */
export interface Merged {
  traces: number
  errors: number
}

/** What the server counted of a trace. */
export interface Counted {
  trace: string
  records: number
  level: number
}

export function keyOf(row: Row): string {
  return `${row.trace}/${row.span}`
}

/** LiveStore tells its listeners after each change; list() is made anew then, and stays the same until the next one. */
export class LiveStore {
  private traces = new Map<string, Trace>()
  private open = new Set<string>()
  private listeners = new Set<() => void>()
  private items: Item[] | undefined
  private rows = 0

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private changed(): void {
    this.items = undefined
    for (const listener of this.listeners) listener()
  }

  /**
   * Takes records in. A final record takes the place of its pending one and never the other way round; a record that
   * is here already changes nothing. fresh: they come from the tail, and so are not in the server's counts yet.
   */
  merge(rows: Row[], fresh: boolean): Merged {
    const merged = { traces: 0, errors: 0 }
    for (const row of rows) {
      let trace = this.traces.get(row.trace)
      if (!trace) {
        trace = { id: row.trace, rows: new Map(), start: row.start, counted: 0, level: 0, complete: false, lastSign: 0, trees: undefined }
        this.traces.set(row.trace, trace)
        merged.traces++
      }
      trace.lastSign = Math.max(trace.lastSign, row.created)
      const known = trace.rows.get(row.span)
      if (known && (row.pending || !known.pending)) continue
      if (!known) {
        this.rows++
        if (fresh && trace.counted > 0) trace.counted++
      }
      if (row.level >= 17) merged.errors++
      trace.rows.set(row.span, row)
      trace.start = Math.min(trace.start, row.start)
      trace.trees = undefined
    }
    this.trim()
    this.changed()
    return merged
  }

  /** Takes the server's counts of traces. */
  count(counts: Counted[]): void {
    for (const c of counts) {
      const trace = this.traces.get(c.trace)
      if (!trace) continue
      trace.counted = Math.max(trace.counted, c.records)
      trace.level = Math.max(trace.level, c.level)
    }
    this.changed()
  }

  /** Says that all records of a trace have been merged. */
  complete(id: string): void {
    const trace = this.traces.get(id)
    if (trace) trace.complete = true
    this.changed()
  }

  isComplete(id: string): boolean {
    return this.traces.get(id)?.complete ?? false
  }

  /** The traces that are not complete and of which a record is here without the one above it. */
  get lacking(): { trace: string; start: Micros }[] {
    return [...this.traces.values()]
      .filter((trace) => !trace.complete && this.trees(trace).some((top) => top.orphan))
      .map((trace) => ({ trace: trace.id, start: trace.start }))
  }

  private trees(trace: Trace): Node[] {
    return (trace.trees ??= buildTrees(trace.rows.values()))
  }

  setOpen(key: string, open: boolean): void {
    if (open) this.open.add(key)
    else this.open.delete(key)
    this.changed()
  }

  /** Opens a record and everything below it. */
  openAll(node: Node): void {
    const waiting = [node]
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      this.open.add(keyOf(next.row))
      waiting.push(...next.children)
    }
    this.changed()
  }

  closeAll(): void {
    this.open.clear()
    this.changed()
  }

  clear(): void {
    this.traces.clear()
    this.open.clear()
    this.rows = 0
    this.changed()
  }

  get size(): number {
    return this.rows
  }

  /** The start of the earliest trace; undefined when there is none. */
  get oldest(): Micros | undefined {
    let oldest: Micros | undefined
    for (const trace of this.traces.values()) oldest = Math.min(oldest ?? trace.start, trace.start)
    return oldest
  }

  /** The lines of the list: traces by their start, newest last, as trees. */
  list = (): Item[] => {
    this.items ??= [...this.traces.values()]
      .sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1))
      .flatMap((trace) => this.lines(trace))
    return this.items
  }

  private lines(trace: Trace): Item[] {
    const tops = this.trees(trace)
    // What the server counted but is not here lies below the root, if there is one to put it under.
    const missing = trace.complete ? 0 : Math.max(0, trace.counted - trace.rows.size)
    const root = tops.find((node) => !node.orphan && node.row.kind !== 'log') ?? tops[0]
    return place(tops, (row) => this.open.has(keyOf(row))).map(({ node, depth, lines }) => {
      const key = keyOf(node.row)
      const isRoot = node === root
      return {
        key, node, row: node.row, depth, lines,
        open: this.open.has(key),
        below: node.descendants + (isRoot ? missing : 0),
        level: isRoot && !trace.complete ? Math.max(node.level, trace.level) : node.level,
        lastSign: trace.lastSign,
        traceStart: trace.start,
      }
    })
  }

  private trim(): void {
    if (this.rows <= mostRows) return
    for (const trace of [...this.traces.values()].sort((a, b) => a.start - b.start)) {
      if (this.rows <= mostRows * 0.9) return
      this.rows -= trace.rows.size
      this.traces.delete(trace.id)
    }
  }
}
