// Two stretches of time beside each other: what is asked, and what the answer says. No React in here.

import { literal } from '../api/client'
import { formatUTC, parseTimestamp, type Micros } from '../lib/time'
import { tableFor } from './histogram'

/** A stretch, and what it is compared with: as long a time before it, or the rest of the range. */
export interface Comparison {
  since: Micros
  until: Micros
  with: 'before' | 'rest'
}

export interface Stretch {
  since: Micros
  until: Micros
}

/** As it stands in the address: 2026-11-23T14:02:07Z..2026-11-23T14:05:00Z, and ..rest. */
export function parseComparison(text: string | undefined): Comparison | undefined {
  const [from = '', to = '', rest] = (text ?? '').split('..')
  const since = parseTimestamp(from)
  const until = parseTimestamp(to)
  return since < until ? { since, until, with: rest === 'rest' ? 'rest' : 'before' } : undefined
}

export function comparisonText({ since, until, with: other }: Comparison): string {
  return `${formatUTC(since)}..${formatUTC(until)}${other === 'rest' ? '..rest' : ''}`
}

/** All of the time that is looked at. range: what the page shows. */
export function wholeOf(comparison: Comparison, range: Stretch): Stretch {
  const { since, until } = comparison
  if (comparison.with === 'before') return { since: since - (until - since), until }
  return { since: Math.min(range.since, since), until: Math.max(range.until, until) }
}

/** How many groups are read: those of which there is most. */
const mostGroups = 500

export function compareSQL(condition: string, { since, until }: Stretch): string {
  const inside = `start_timestamp >= ${literal(formatUTC(since))} AND start_timestamp < ${literal(formatUTC(until))}`
  const sides = [['', inside], ['_other', `NOT (${inside})`]].map(([side, where]) => `
    count(*) FILTER (WHERE ${where}) AS records${side}, count(*) FILTER (WHERE ${where} AND level >= 'error') AS errors${side},
    median(duration) FILTER (WHERE ${where} AND kind = 'span') AS median${side}`)
  return `SELECT service_name, span_name,${sides.join(',')}
    FROM ${tableFor(condition)} ${condition && `WHERE (${condition}\n)`} GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT ${mostGroups}`
}

export interface CompareRow {
  service_name: string
  span_name: string
  records: number
  errors: number
  /** In seconds. */
  median: number | null
  records_other: number
  errors_other: number
  median_other: number | null
}

export interface Change extends CompareRow {
  /** How many there would be in the stretch if it were as the other time. */
  expected: number
  expectedErrors: number
}

/** An error more or less is worth as much as so many records. */
const errorWeight = 20

/** What has changed, the most first. share: how long the stretch is, in lengths of the other time. */
export function changes(rows: readonly CompareRow[], share: number): Change[] {
  const far = (row: Change) => Math.abs(row.records - row.expected) + errorWeight * Math.abs(row.errors - row.expectedErrors)
  return rows.map((row) => ({ ...row, expected: row.records_other * share, expectedErrors: row.errors_other * share })).sort((a, b) => far(b) - far(a))
}

/** Sums over all groups. */
export function sumOf(rows: readonly Change[]): Pick<Change, 'records' | 'expected' | 'errors' | 'expectedErrors'> {
  const sum = { records: 0, expected: 0, errors: 0, expectedErrors: 0 }
  for (const row of rows) for (const key of ['records', 'expected', 'errors', 'expectedErrors'] as const) sum[key] += row[key]
  return sum
}

/** A change in words: +20 %, ×3.4, new, gone; nothing where there is none to speak of. */
export function changeText(now: number, expected: number): string {
  if (expected === 0) return now === 0 ? '' : 'new'
  if (now === 0) return 'gone'
  const times = now / expected
  if (times >= 3) return `×${times < 10 ? times.toFixed(1) : Math.round(times)}`
  const percent = Math.round((times - 1) * 100)
  return percent === 0 ? '' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`
}
