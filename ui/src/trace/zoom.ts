import type { Micros } from '../lib/time'

/** The stretch of time that is shown. */
export interface Window {
  from: Micros
  to: Micros
}

const shortest: Micros = 5

/** Where a moment lies in the window: 0 is its start, 1 its end. */
export function share(window: Window, at: Micros): number {
  return (at - window.from) / (window.to - window.from)
}

export function moment(window: Window, at: number): Micros {
  return window.from + (window.to - window.from) * at
}

/** The window, kept inside of what there is and not shorter than can be read. */
function inside(window: Window, whole: Window): Window {
  const length = Math.min(whole.to - whole.from, Math.max(shortest, window.to - window.from))
  const from = Math.min(Math.max(whole.from, window.from), whole.to - length)
  return { from, to: from + length }
}

/** Makes the window so many times as long around a place in it, which stays where it is. */
export function zoomAt(window: Window, whole: Window, at: number, factor: number): Window {
  const pivot = moment(window, at)
  const length = Math.max(shortest, (window.to - window.from) * factor)
  return inside({ from: pivot - at * length, to: pivot + (1 - at) * length }, whole)
}

/** The window between two places in it, whichever way they were drawn; undefined when they are too near. */
export function zoomBetween(window: Window, whole: Window, a: number, b: number): Window | undefined {
  const [left, right] = a < b ? [a, b] : [b, a]
  if (right - left < 0.005) return undefined
  return inside({ from: moment(window, Math.max(0, left)), to: moment(window, Math.min(1, right)) }, whole)
}

/** The window that shows a record with some room at its sides. */
export function zoomTo(start: Micros, end: Micros, whole: Window): Window {
  const room = Math.max(end - start, 100) * 0.05
  return inside({ from: start - room, to: end + room }, whole)
}

/** The window moved by a share of its length. */
export function pan(window: Window, whole: Window, by: number): Window {
  const move = (window.to - window.from) * by
  return inside({ from: window.from + move, to: window.to + move }, whole)
}

/** Round distances from a start for the ruler, about so many of them. */
export function ticks(window: Window, origin: Micros, count: number): Micros[] {
  const rough = (window.to - window.from) / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((n) => n * power >= rough) ?? 10)
  const found: Micros[] = []
  for (let n = Math.ceil((window.from - origin) / step - 1e-9); origin + n * step <= window.to; n++) found.push(origin + n * step)
  return found
}
