// The lines between days.

import { day, now, type Micros } from '../lib/time'
import type { Item } from './store'

export interface DayLine {
  kind: 'day'
  key: string
  text: string
}

export type Line = Item | DayLine

/** No zone is off by less than a quarter of an hour: within one, the day is the same. */
const quarter: Micros = 900_000_000
const names = new Map<string, string>()

function dayOf(at: Micros, zone: string): string {
  const key = `${zone} ${Math.floor(at / quarter)}`
  let name = names.get(key)
  if (name === undefined) {
    if (names.size > 20_000) names.clear()
    name = day(at, zone)
    names.set(key, name)
  }
  return name
}

/** Today, Yesterday, or the date. */
export function dayName(at: Micros, zone: string, present: Micros = now()): string {
  const name = dayOf(at, zone)
  if (name === dayOf(present, zone)) return 'Today'
  return name === dayOf(present - 86_400_000_000, zone) ? 'Yesterday' : name
}

/** When the trace began that an item stands for. */
function startOf(item: Item): Micros {
  return item.kind === 'record' ? item.row.start : item.kind === 'missing' ? item.first.start : item.parent.start
}

/** Puts a line before each trace that begins on another day than the one above it. */
export function withDays(items: readonly Item[], zone: string, present: Micros = now()): Line[] {
  const lines: Line[] = []
  let last = ''
  for (const item of items) {
    if (item.depth === 0) {
      const own = dayOf(startOf(item), zone)
      if (own !== last) lines.push({ kind: 'day', key: `day/${own}/${item.group}`, text: dayName(startOf(item), zone, present) })
      last = own
    }
    lines.push(item)
  }
  return lines
}
