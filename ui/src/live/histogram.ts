// How many records began when: one question to the server, then what the tail adds. No React in here.

import type { Row } from '../api/record'
import { ticksOf } from '../lib/ticks'
import { clock, day, parseTimestamp, type Micros, type Range } from '../lib/time'
import { allOf, ownRecords } from './own'

export interface Bucket {
  records: number
  errors: number
  warnings: number
}

export interface Shown {
  /** The width of a bucket. */
  step: Micros
  /** By the number of the step that they are. */
  buckets: ReadonlyMap<number, Bucket>
  /** How long the server took, in milliseconds; undefined until it has answered. */
  tookMs: number | undefined
}

const second: Micros = 1_000_000
const steps = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30],
  ...[1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * 60), ...[1, 2, 4, 6, 12, 24, 48, 96].map((hours) => hours * 3600), ...[7, 14, 28].map((days) => days * 86_400),
].map((seconds) => Math.round(seconds * second))

/** The width of buckets of which a span of time has at most 200, and not many fewer. */
export function stepFor(span: Micros): Micros {
  return steps.find((step) => span / step <= 200) ?? steps.at(-1)!
}

/** The table in which a condition finds what it is about: spans that run stand in one of the two. */
export function tableFor(condition: string): 'records' | 'records_all' {
  return condition.includes('pending_span') ? 'records_all' : 'records'
}

export function histogramSQL(condition: string, step: Micros): string {
  const where = allOf(condition && `(${condition}\n)`, ownRecords(condition))
  return `SELECT floor(extract(epoch FROM start_timestamp) * 1000000 / ${step})::bigint AS bucket, count(*) AS records,
    count(*) FILTER (WHERE level >= 'error') AS errors, count(*) FILTER (WHERE level >= 'warn' AND level < 'error') AS warnings, max(created_at) AS seen
    FROM ${tableFor(condition)} ${where && `WHERE ${where}`} GROUP BY 1`
}

export interface BucketRow extends Bucket {
  bucket: number
  seen: string
}

/** Holds the buckets of one question. */
export class Histogram {
  private listeners = new Set<() => void>()
  private shown: Shown
  /** What was received until then is in the server's answer. */
  private seen: Micros = 0
  /** What the tail brought before the server had answered. */
  private early: { row: Row; weight: number }[] = []

  constructor(readonly step: Micros) {
    this.shown = { step, buckets: new Map(), tookMs: undefined }
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  snapshot = (): Shown => this.shown

  private set(changes: Partial<Shown>): void {
    this.shown = { ...this.shown, ...changes }
    for (const listener of this.listeners) listener()
  }

  /** Takes the server's answer. */
  answer(rows: BucketRow[], tookMs: number): void {
    this.seen = Math.max(0, ...rows.map((row) => parseTimestamp(row.seen)))
    this.set({ buckets: new Map(rows.map(({ bucket, records, errors, warnings }) => [bucket, { records, errors, warnings }])), tookMs })
    const early = this.early.splice(0)
    for (const { row, weight } of early) this.add([row], weight)
  }

  /** Adds what the tail brought, of which each record stands for so many. Pending records are no records yet. */
  add(rows: readonly Row[], weight: number): void {
    if (this.shown.tookMs === undefined) {
      for (const row of rows) this.early.push({ row, weight })
      return
    }
    const fresh = rows.filter((row) => !row.pending && row.created > this.seen)
    if (fresh.length === 0) return
    const buckets = new Map(this.shown.buckets)
    for (const row of fresh) {
      const at = Math.floor(row.start / this.step)
      const old = buckets.get(at) ?? { records: 0, errors: 0, warnings: 0 }
      buckets.set(at, {
        records: old.records + weight, errors: old.errors + (row.level >= 17 ? weight : 0), warnings: old.warnings + (row.level >= 13 && row.level < 17 ? weight : 0),
      })
    }
    this.set({ buckets })
  }
}

/** The sums over a range. */
export function totals(shown: Shown, range: Range): Bucket {
  const sum = { records: 0, errors: 0, warnings: 0 }
  for (const [bucket, { records, errors, warnings }] of shown.buckets) {
    if ((bucket + 1) * shown.step <= range.since || (range.until !== undefined && bucket * shown.step >= range.until)) continue
    sum.records += records
    sum.errors += errors
    sum.warnings += warnings
  }
  return { records: Math.round(sum.records), errors: Math.round(sum.errors), warnings: Math.round(sum.warnings) }
}

/** The outlines of the bars of one kind, each on top of another, in a box of one by one. */
export function bars(shown: Shown, since: Micros, until: Micros, part: (bucket: Bucket) => [from: number, to: number]): string {
  const most = Math.max(1, ...[...shown.buckets].filter(([bucket]) => (bucket + 1) * shown.step > since && bucket * shown.step < until).map(([, bucket]) => bucket.records))
  const width = shown.step / (until - since)
  const path: string[] = []
  for (const [bucket, value] of shown.buckets) {
    const x = (bucket * shown.step - since) / (until - since)
    const [from, to] = part(value)
    if (to <= from || x + width <= 0 || x >= 1) continue
    const left = Math.max(0, x + width * 0.08)
    const right = Math.min(1, x + width * 0.92)
    // What there is little of is seen all the same.
    const height = Math.max((to - from) / most, from === 0 ? 0.03 : 0)
    path.push(`M${round(left)} ${round(1 - from / most)}V${round(1 - from / most - height)}H${round(right)}V${round(1 - from / most)}Z`)
  }
  return path.join('')
}

function round(n: number): number {
  return Math.round(n * 100_000) / 100_000
}

/** How near the ends of the axis a label would be cut. */
const nearEnd = 0.02
const mostTicks = 8

/** The labels below the bars, each at its share of the width. The day is named where it changes. */
export function axis(since: Micros, until: Micros, zone: string): { at: Micros; share: number; text: string }[] {
  const { step, at } = ticksOf(since, until, zone, mostTicks)
  const digits = step >= 60 * second ? 5 : step >= second ? 8 : 12
  let last = day(since, zone)
  return at.map((moment) => ({ at: moment, share: (moment - since) / (until - since) })).filter(({ share }) => share >= nearEnd && share <= 1 - nearEnd).map((tick) => {
    const own = day(tick.at, zone)
    const date = own === last && step < 86_400 * second ? '' : own.split(' ').slice(1, 3).join(' ')
    last = own
    return { ...tick, text: step >= 86_400 * second ? date : `${date} ${clock(tick.at, zone).slice(0, digits)}`.trim() }
  })
}

/** A range moved by so many buckets; whole: its start as well as its end. */
export function shifted(since: Micros, until: Micros, by: Micros, whole: boolean): { since: Micros; until: Micros } {
  const step = Math.round(by)
  if (whole) return { since: since + step, until: until + step }
  return { since, until: Math.max(since + 1000, until + step) }
}
