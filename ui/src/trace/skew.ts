// Clocks that disagree. A call lies inside its caller; where a record of another host does not, one of the clocks is wrong.

import type { Micros } from '../lib/time'
import type { Model, SpanNode } from './model'
import { isPoint, type Span } from './span'

/** Differences up to this are no sign of anything. */
const tolerance: Micros = 1000

/** A pair of hosts across which spans call. */
interface Call {
  parent: Span
  child: Span
}

/** What begins after its parent has ended was handed over, as by a queue, and says nothing of the clocks. */
function calls(model: Model): Call[] {
  const found: Call[] = []
  for (const [child, parent] of model.parents) if (across(parent, child)) found.push({ parent: parent.row, child: child.row })
  return found
}

function across({ row: parent }: SpanNode, { row: child }: SpanNode): boolean {
  if (parent.host === undefined || child.host === undefined || parent.host === child.host) return false
  return !parent.pending && !child.pending && !isPoint(child) && child.start < parent.end
}

/** How far a record sticks out of its parent of another host, in words; undefined when it does not. */
export function sticksOut({ parent, child }: Call): Micros | undefined {
  const before = parent.start - child.start
  const after = child.end - parent.end
  if (before <= tolerance && after <= tolerance) return undefined
  return before > after ? -before : after
}

/** The records that lie outside of their parents by more than can be: by how much, negative for too early. */
export function skewed(model: Model): Map<string, Micros> {
  const found = new Map<string, Micros>()
  for (const call of calls(model)) {
    const by = sticksOut(call)
    if (by !== undefined) found.set(call.child.span, by)
  }
  return found
}

/**
 * By how much each host's clock is to be moved, starting from the root's host, so that its calls lie inside their callers:
 * as little as does it. Hosts that need nothing are left out.
 */
export function offsets(model: Model): Map<string, Micros> {
  const pairs = new Map<string, Call[]>()
  for (const call of calls(model)) {
    const key = `${call.parent.host}\n${call.child.host}`
    pairs.set(key, [...(pairs.get(key) ?? []), call])
  }
  const fixed = new Map<string, Micros>()
  const first = model.root?.host
  if (first === undefined) return fixed
  fixed.set(first, 0)
  for (let grown = true; grown; ) {
    grown = false
    for (const group of pairs.values()) {
      const [parent, child] = [group[0]!.parent.host!, group[0]!.child.host!]
      if (!fixed.has(parent) || fixed.has(child)) continue
      fixed.set(child, fixed.get(parent)! + shift(group))
      grown = true
    }
  }
  for (const [host, by] of fixed) if (by === 0) fixed.delete(host)
  return fixed
}

/** The smallest move of the children that puts all of them inside; where none does, the middle of what each would need. */
function shift(group: Call[]): Micros {
  if (group.every((call) => sticksOut(call) === undefined)) return 0
  let [least, most] = [-Infinity, Infinity]
  const middles: Micros[] = []
  for (const { parent, child } of group) {
    const early = parent.start - child.start
    const late = Math.max(early, parent.end - child.end) // one that takes longer than its parent can only start with it
    least = Math.max(least, early)
    most = Math.min(most, late)
    middles.push((early + late) / 2)
  }
  if (least <= most) return Math.round(Math.min(Math.max(0, least), most))
  return Math.round(middles.sort((a, b) => a - b)[Math.floor(middles.length / 2)]!)
}

/** The records with their hosts' clocks moved. */
export function adjust(spans: Span[], by: ReadonlyMap<string, Micros>): Span[] {
  if (by.size === 0) return spans
  return spans.map((span) => {
    const move = by.get(span.host ?? '')
    if (move === undefined) return span
    return { ...span, start: span.start + move, end: span.end + move, marks: span.marks.map((mark) => ({ ...mark, at: mark.at + move })) }
  })
}
