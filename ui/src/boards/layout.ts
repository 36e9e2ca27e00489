// Where panels stand in a group: a grid of 24 columns in which nothing overlaps and nothing hangs in the air.

import type { Item } from './definition'

export const columns = 24
/** In pixels: a row, and the room between panels. */
export const rowHeight = 40
export const gap = 8
export const least = { width: 3, height: 2 }
const mostHeight = 40

function within(item: Item): Item {
  const width = Math.min(columns, Math.max(1, item.width))
  return { ...item, width, height: Math.min(mostHeight, Math.max(1, item.height)), x: Math.min(columns - width, Math.max(0, item.x)), y: Math.max(0, item.y) }
}

function collide(a: Item, b: Item): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

const byPlace = (a: Item, b: Item): number => a.y - b.y || a.x - b.x

/** Lets an item rise as far as it can, and sink below what it would cover. */
function dropped(item: Item, placed: readonly Item[]): Item {
  let y = item.y
  while (y > 0 && !placed.some((other) => collide({ ...item, y: y - 1 }, other))) y--
  for (;;) {
    const below = placed.find((other) => collide({ ...item, y }, other))
    if (!below) return y === item.y ? item : { ...item, y }
    y = below.y + below.height
  }
}

/** The items as they are drawn: inside the grid and beside each other, wherever the definition puts them. Gaps stay. */
export function drawn(items: readonly Item[]): Item[] {
  const placed: Item[] = []
  for (const item of items.map(within).toSorted(byPlace)) {
    let y = item.y
    for (let below = placed.find((other) => collide({ ...item, y }, other)); below; below = placed.find((other) => collide({ ...item, y }, other))) y = below.y + below.height
    placed.push({ ...item, y })
  }
  return placed
}

/** Closes the gaps. */
export function packed(items: readonly Item[]): Item[] {
  const placed: Item[] = []
  for (const item of items.map(within).toSorted(byPlace)) placed.push(dropped(item, placed))
  return placed
}

/**
 * Puts one item somewhere, or gives it another size; the others make room, and everything rises as far as it can. from is
 * where it was: what it passes on its way down takes its place.
 */
export function placed(items: readonly Item[], wanted: Item, from?: Item): Item[] {
  const one = within(wanted)
  const down = from !== undefined && one.y > from.y
  const settled: Item[] = [one]
  for (const item of items.map(within).toSorted(byPlace)) {
    const above = down && collide(item, one) ? { ...item, y: one.y - item.height } : undefined
    const passed = above && above.y >= 0 && !settled.some((other) => collide(above, other)) ? above : item
    settled.push(dropped(passed, settled))
  }
  return packed(settled)
}

/** A group's items without one. */
export function removed(items: readonly Item[], ref: string): Item[] {
  return packed(items.filter((item) => item.content.$ref !== ref))
}

export function moved(items: readonly Item[], ref: string, x: number, y: number): Item[] {
  const item = items.find((one) => one.content.$ref === ref)
  return item ? placed(items.filter((one) => one !== item), { ...item, x, y }, item) : [...items]
}

export function sized(items: readonly Item[], ref: string, width: number, height: number): Item[] {
  const item = items.find((one) => one.content.$ref === ref)
  if (!item) return [...items]
  return placed(items.filter((one) => one !== item), { ...item, width: Math.min(columns - item.x, Math.max(least.width, width)), height: Math.max(least.height, height) }, item)
}

const placeOf = (items: readonly Item[], ref: string) => items.find((one) => one.content.$ref === ref)

/** Moves an item by keys: a step aside, or up and down as far as it takes to pass what is in the way. */
export function nudged(items: readonly Item[], ref: string, dx: number, dy: number): Item[] {
  const item = placeOf(items, ref)
  if (!item) return [...items]
  if (dy === 0) return moved(items, ref, item.x + dx, item.y)
  for (let n = 1; n <= mostHeight; n++) {
    const next = moved(items, ref, item.x, item.y + n * dy)
    if (placeOf(next, ref)!.y !== item.y) return next
    if (item.y + n * dy < 0) break
  }
  return [...items]
}

/** How tall a group is, in pixels. */
export function heightOf(items: readonly Item[]): number {
  return span(Math.max(0, ...items.map((item) => item.y + item.height)))
}

/** The pixels that so many rows take. */
export function span(rows: number): number {
  return rows === 0 ? 0 : rows * (rowHeight + gap) - gap
}

/** The cell that a distance in pixels from the corner of a grid falls on. */
export function cellAt(px: number, size: number): number {
  return Math.round(px / (size + gap))
}
