// The last hour of ingest as charts.

import type { Ingest } from '../../api/client'
import type { Plot } from '../../charts/series'
import { parseTimestamp } from '../../lib/time'

export const signals = ['traces', 'logs', 'metrics'] as const

/** What is counted by minute. */
export type Counted = 'accepted' | 'refused' | 'cut' | 'refused_requests'

const minutesShown = 60

/** A count by signal, one value for each of the last minutes: minutes in which nothing came have none. now is in seconds. */
export function byMinute(minutes: Ingest['minutes'], counted: Counted, now: number): Plot {
  const last = Math.floor(now / 60) * 60
  const x = Array.from({ length: minutesShown }, (_, i) => last - (minutesShown - 1 - i) * 60)
  const place = new Map(x.map((at, i) => [at, i]))
  const series = signals.map((name) => ({ name, values: x.map(() => 0) }))
  for (const minute of minutes) {
    const i = place.get(Math.floor(parseTimestamp(minute.at) / 1e6))
    const values = series[signals.indexOf(minute.signal)]?.values
    if (i !== undefined && values) values[i] = minute[counted]
  }
  return { x, time: true, series }
}

/** How much was counted in all. */
export function total(minutes: Ingest['minutes'], counted: Counted): number {
  return minutes.reduce((sum, minute) => sum + minute[counted], 0)
}

const daysShown = 30

/** Bytes on each of the last days of UTC; now is in seconds. */
export function byDay(days: Ingest['days'], now: number): Plot {
  const today = Math.floor(now / 86_400) * 86_400
  const x = Array.from({ length: daysShown }, (_, i) => today - (daysShown - 1 - i) * 86_400)
  const bytes = new Map(days.map((day) => [Date.parse(`${day.day}T00:00:00Z`) / 1000, day.bytes]))
  return { x, time: true, series: [{ name: 'bytes', values: x.map((at) => bytes.get(at) ?? 0) }] }
}

/** What a service's clock seems to be, from the least time in seconds between the end of a record and its arrival. */
export function clockOf(least: number): string {
  if (least < -0.5) return `at least ${span(-least)} ahead`
  if (least > 60) return `up to ${span(least)} behind, or its records come late`
  return 'in step'
}

function span(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toPrecision(2))} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3600)} h`
}
