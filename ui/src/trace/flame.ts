import type { Model, SpanNode } from './model'
import { isPoint } from './span'

export interface FlameBar {
  node: SpanNode
  row: number
  start: number
  end: number
}

/** A row's bars, by their start, without overlaps. */
class FlameRow {
  private bars: FlameBar[] = []

  /** Where a stretch would stand; undefined when it is taken. */
  place(start: number, end: number): number | undefined {
    let [low, high] = [0, this.bars.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.bars[middle]!.start < start) low = middle + 1
      else high = middle
    }
    const [before, after] = [this.bars[low - 1], this.bars[low]]
    return (before && before.end > start) || (after && after.start < end) ? undefined : low
  }

  add(at: number, bar: FlameBar): void {
    this.bars.splice(at, 0, bar)
  }
}

/** Lays spans out by time: each below its parent, those at the same time in rows of their own. */
export function flameBars(model: Model, present: number): { bars: FlameBar[]; rows: number } {
  const bars: FlameBar[] = []
  const rows: FlameRow[] = []
  const waiting: { node: SpanNode; least: number }[] = model.tops.toReversed().map((node) => ({ node, least: 0 }))
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, least } = next
    if (isPoint(node.row)) {
      waiting.push(...node.children.toReversed().map((child) => ({ node: child, least })))
      continue
    }
    const { start } = node.row
    const end = Math.max(start + 1, node.row.pending ? present : node.row.end)
    let row = least
    let at = (rows[row] ??= new FlameRow()).place(start, end)
    while (at === undefined) at = (rows[++row] ??= new FlameRow()).place(start, end)
    const bar = { node, row, start, end }
    rows[row]!.add(at, bar)
    bars.push(bar)
    for (let i = node.children.length - 1; i >= 0; i--) waiting.push({ node: node.children[i]!, least: row + 1 })
  }
  return { bars, rows: rows.length }
}
