// The lines between days.

import { day, now, type Micros } from '../lib/time'
import type { Item } from './store'

export interface DayLine {
  kind: 'day'
  key: string
  text: string
}

export type Line = Item | DayLine

/** Today, Yesterday, or the date. */
export function dayName(at: Micros, zone: string, present: Micros = now()): string {
  const name = day(at, zone)
  if (name === day(present, zone)) return 'Today'
  return name === day(present - 86_400_000_000, zone) ? 'Yesterday' : name
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
      const own = day(startOf(item), zone)
      if (own !== last) lines.push({ kind: 'day', key: `day/${own}/${item.group}`, text: dayName(startOf(item), zone, present) })
      last = own
    }
    lines.push(item)
  }
  return lines
}
