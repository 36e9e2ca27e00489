// Round moments of a range of time, as people in a zone read them.

import { ahead, type Micros } from './time'

const second: Micros = 1_000_000
const steps = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30], ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3600), ...[1, 2, 7, 14, 28, 84, 364].map((days) => days * 86_400),
].map((seconds) => Math.round(seconds * second))

export interface Ticks {
  step: Micros
  at: Micros[]
}

/** At most so many round moments of a range: full minutes, hours, or days of the zone. */
export function ticksOf(since: Micros, until: Micros, zone: string, most: number): Ticks {
  const step = steps.find((one) => (until - since) / one <= most) ?? steps.at(-1)!
  const at: Micros[] = []
  for (let local = Math.ceil((since + ahead(since, zone)) / step) * step; ; local += step) {
    const moment = local - ahead(local - ahead(since, zone), zone) // clocks may have been changed in between
    if (moment > until) return { step, at }
    if (moment >= since) at.push(moment)
  }
}
