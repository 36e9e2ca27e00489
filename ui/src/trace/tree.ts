import type { Row } from '../api/record'

/** A record in its trace. */
export interface Node<R extends Row = Row> {
  row: R
  children: Node<R>[]
  /** How many records lie below it, of those that are known. */
  descendants: number
  /** The highest level at and below it. */
  level: number
  /** Its parent is named but not known (yet). */
  orphan: boolean
}

function byStart<R extends Row>(a: Node<R>, b: Node<R>): number {
  return a.row.start - b.row.start || (a.row.span < b.row.span ? -1 : 1)
}

/**
 * Builds the trees of one trace: children under their parents, by start. Records whose parent is not known are tops; a
 * circle of parents is cut at its earliest record, so that every record is in the answer exactly once.
 */
export function buildTrees<R extends Row>(rows: Iterable<R>): Node<R>[] {
  const nodes = new Map<string, Node<R>>()
  for (const row of rows) nodes.set(row.span, { row, children: [], descendants: 0, level: row.level, orphan: false })
  const tops: Node<R>[] = []
  for (const node of nodes.values()) {
    const parent = node.row.parent === undefined ? undefined : nodes.get(node.row.parent)
    if (parent && parent !== node) parent.children.push(node)
    else {
      node.orphan = node.row.parent !== undefined
      tops.push(node)
    }
  }
  const seen = new Set<Node<R>>()
  for (const top of tops) finish(top, seen)
  if (seen.size < nodes.size) {
    for (const node of [...nodes.values()].sort(byStart)) {
      if (seen.has(node)) continue
      const parent = nodes.get(node.row.parent ?? '')
      if (parent) parent.children = parent.children.filter((child) => child !== node)
      node.orphan = true
      tops.push(node)
      finish(node, seen)
    }
  }
  return tops.sort(byStart)
}

/** Sorts and counts below a node, without recursion: traces may be deeper than the stack. */
function finish<R extends Row>(top: Node<R>, seen: Set<Node<R>>): void {
  const order: Node<R>[] = []
  const waiting = [top]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    seen.add(node)
    order.push(node)
    node.children = node.children.filter((child) => !seen.has(child)).sort(byStart)
    waiting.push(...node.children)
  }
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!
    node.descendants = 0
    for (const child of node.children) {
      node.descendants += 1 + child.descendants
      node.level = Math.max(node.level, child.level)
    }
  }
}
