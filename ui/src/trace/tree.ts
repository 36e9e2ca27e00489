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

/** The records that are calls of models or runs of agents, and everything above them. */
export function talking(rows: Row[]): Set<string> {
  const bySpan = new Map(rows.map((row) => [row.span, row]))
  const found = new Set<string>()
  for (const row of rows) {
    if (row.operation === undefined) continue
    for (let at: Row | undefined = row; at && !found.has(at.span); at = bySpan.get(at.parent ?? '')) found.add(at.span)
  }
  return found
}

/** A node where it is drawn. */
export interface Placed {
  node: Node
  depth: number
  /** For each level above it, whether a line goes on below; the last one is its own. */
  lines: boolean[]
}

/** Lists the nodes that are visible when some are closed, in the order in which they are drawn. */
export function place(tops: Node[], isOpen: (row: Row) => boolean): Placed[] {
  const placed: Placed[] = []
  const waiting: Placed[] = tops.map((node) => ({ node, depth: 0, lines: [] })).reverse()
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    placed.push(next)
    if (!isOpen(next.node.row)) continue
    const { node, depth, lines } = next
    for (let i = node.children.length - 1; i >= 0; i--) {
      waiting.push({ node: node.children[i]!, depth: depth + 1, lines: [...lines, i < node.children.length - 1] })
    }
  }
  return placed
}
