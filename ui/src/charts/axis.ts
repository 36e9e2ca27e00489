// Words on a time axis. Moments are seconds since 1970 here, as the chart library counts.

import { clock, day, offset } from '../lib/time'

/** The labels of ticks: as little of the time as tells them apart, the day where it changes, the offset where the clock does. */
export function axisTime(ticks: number[], zone: string): string[] {
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : 0
  const turns = ticks.length > 1 && offset(ticks[0]! * 1e6, zone) !== offset(ticks.at(-1)! * 1e6, zone)
  return ticks.map((tick, i) => {
    const date = day(tick * 1e6, zone).split(' ').slice(1, 3).join(' ')
    if (step >= 86_400) return date
    const digits = step >= 60 ? 5 : step >= 1 ? 8 : 12
    const time = clock(tick * 1e6, zone).slice(0, digits) + (turns ? ` ${offset(tick * 1e6, zone).replace('UTC', '')}` : '')
    const before = ticks[i - 1]
    return before === undefined || day(before * 1e6, zone) !== day(tick * 1e6, zone) ? `${time}\n${date}` : time
  })
}

/** The moment of a point: Mon 23 Nov 2026 14:02:07.318. */
export function pointTime(at: number, zone: string): string {
  return `${day(at * 1e6, zone)} ${clock(at * 1e6, zone).replace(/\.000$/, '')}`
}
