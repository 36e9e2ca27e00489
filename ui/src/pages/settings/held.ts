// What a project holds, and where that is going, in words and as a chart.

import type { Deletes, HeldDay, Outlook, Retention } from '../../api/retention'
import { formatted } from '../../boards/units'
import type { Plot } from '../../charts/series'
import { grouped } from '../../lib/numbers'

export const size = (bytes: number): string => formatted(bytes, { unit: 'bytes' })

const counted = (n: number, one: string, many = `${one}s`): string => `${grouped(n)} ${n === 1 ? one : many}`

/** "30 days", "1 day", "for ever". */
export function span(days: number | null): string {
  return days === null ? 'for ever' : counted(days, 'day')
}

/** For how long a signal is kept, and who says so. set is what was set for it. */
export function kept(set: number | null, inForce: number | null): string {
  if (set === null) return `${span(inForce)}, as long as this server keeps things`
  if (inForce !== null && inForce < set) return `${span(inForce)}: ${span(set)} are set, which is longer than this server keeps things`
  return span(inForce)
}

/** How much comes in a day. */
export function growth(o: Outlook): string {
  if (o.bytes === 0) return 'nothing yet'
  if (o.bytes_per_day > 0) return `about ${size(o.bytes_per_day)}, the mean of the last whole days, seven at most`
  return o.too_young > 0 ? 'too early to tell: it takes two whole days' : 'nothing came in the last whole days'
}

/** A size that is this near to another one is the same to people. */
const near = 0.1

/** Where what a project holds is going. */
export function future(o: Outlook): string {
  if (o.bytes === 0) return 'nothing to tell yet'
  if (o.bytes_per_day === 0) return o.too_young > 0 ? 'too early to tell: it takes two whole days' : 'does not grow'
  const young = o.too_young > 0 ? '; without the signal that is younger than two whole days' : ''
  const { settles_at_bytes: at, settles_in_days: days } = o
  if (at === null || days === null) return `goes on growing: not all that comes is deleted in the next ten years${young}`
  if (Math.abs(at - o.bytes) <= near * at) return `stays at about ${size(at)}: as much is deleted as comes${young}`
  return `${at > o.bytes ? 'grows' : 'shrinks'} to about ${size(at)} in about ${counted(days, 'day')}, and stays there: as much is deleted then as comes${young}`
}

/** When the disk is full. */
export function full(server: NonNullable<Retention['server']>): string {
  const young = server.too_young > 0 ? `; ${counted(server.too_young, 'signal')} of projects younger than two whole days not counted in` : ''
  if (server.bytes_per_day === 0) return server.too_young > 0 ? 'too early to tell: it takes two whole days' : 'not by Hearth: nothing comes'
  if (server.full_in_days !== null) return `${server.full_in_days === 0 ? 'within a day' : `in about ${counted(server.full_in_days, 'day')}`}, as it goes now${young}`
  if (server.settles_at_bytes !== null) return `not as it goes now: all projects come to about ${size(server.settles_at_bytes)}${young}`
  return `not in the next ten years, as it goes now${young}`
}

/** What a change deletes, as a sentence. */
export function losing(d: Deletes): string {
  const parts = [
    d.records_through !== null && `${counted(d.records, 'span and log', 'spans and logs')} up to ${dayName(d.records_through)}`,
    d.metrics_through !== null && `${counted(d.metrics, 'data point')} of metrics up to ${dayName(d.metrics_through)}`,
  ].filter(Boolean)
  return `${parts.join(', and ')}: ${size(d.bytes)} of ${counted(d.days, 'day')}`
}

const dates = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

/** "14 November 2026". */
export function dayName(day: string): string {
  return dates.format(new Date(`${day}T00:00:00Z`))
}

/** The fewest days that are drawn: the bar of a single one would stand at an axis of hours. */
const shownDays = 7

/** Bytes by day of UTC from the oldest on, and of the last week at least, up to today; now is in seconds. */
export function plotOf(days: HeldDay[], now: number): Plot {
  const startOf = (day: string) => Date.parse(`${day}T00:00:00Z`) / 1000
  const today = Math.floor(now / 86_400) * 86_400
  const first = Math.min(today - (shownDays - 1) * 86_400, ...days.slice(0, 1).map(({ day }) => startOf(day)))
  const last = Math.max(today, ...days.slice(-1).map(({ day }) => startOf(day)))
  const x = Array.from({ length: (last - first) / 86_400 + 1 }, (_, i) => first + i * 86_400)
  const on = new Map(days.map((day) => [startOf(day.day), day]))
  return {
    x, time: true, series: [
      { name: 'spans and logs', values: x.map((at) => on.get(at)?.records_bytes ?? 0) },
      { name: 'metrics', values: x.map((at) => on.get(at)?.metrics_bytes ?? 0) },
    ],
  }
}
