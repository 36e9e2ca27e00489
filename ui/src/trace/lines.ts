// The lines of the waterfall: which records are drawn, in which order, under which signs. No React in here.

import { isMessage } from '../api/record'
import { ancestors, type Model, type SpanNode } from './model'

/** Larger traces are open at first only as far as they stay readable. */
export const openAllBelow = 2000
/** Deeper records are indented no further. */
const mostIndent = 24
/** More neighbours of one name than this make one line. */
const groupAbove = 20

export interface SpanLine {
  kind: 'span'
  key: string
  node: SpanNode
  depth: number
  /** For each level above it, as far as it is indented, whether a line goes on below; the last one is its own. */
  lines: boolean[]
  open: boolean
  /** Its place among its siblings, from 1, and how many they are. */
  position: number
  siblings: number
  /** The line of its parent; -1 for a top. */
  parent: number
}

/** Siblings in one line: neighbours of one name, or the messages of a model call. */
export interface GroupLine {
  kind: 'group'
  of: 'repeated' | 'messages'
  key: string
  nodes: SpanNode[]
  depth: number
  lines: boolean[]
  open: boolean
  position: number
  siblings: number
  parent: number
}

export type Line = SpanLine | GroupLine

export interface View {
  /** What was opened (true) or closed by hand: keys of lines. */
  toggled: ReadonlyMap<string, boolean>
  group: boolean
  errorsOnly: boolean
}

/** How many levels are open at first: all of a small trace, of a large one those that fit. */
export function openDepth(model: Model): number {
  if (model.records <= openAllBelow) return Infinity
  let depth = 1
  let level = model.tops.flatMap((node) => node.children)
  let shown = model.tops.length + level.length
  while (level.length > 0) {
    level = level.flatMap((node) => node.children)
    shown += level.length
    if (shown > openAllBelow) break
    depth++
  }
  return depth
}

/** Siblings that are drawn together: one alone, or those that a line stands for while it is closed. */
interface Run {
  nodes: SpanNode[]
  of: 'single' | GroupLine['of']
}

function single(node: SpanNode): Run {
  return { nodes: [node], of: 'single' }
}

/** Neighbours of one name together, where they are many. */
function repeated(nodes: SpanNode[], view: View): Run[] {
  if (!view.group || nodes.length <= groupAbove) return nodes.map(single)
  const found: SpanNode[][] = []
  for (const node of nodes) {
    const last = found.at(-1)
    if (last?.[0] && last[0].row.name === node.row.name && last[0].row.service === node.row.service) last.push(node)
    else found.push([node])
  }
  return found.flatMap((run): Run[] => (run.length > groupAbove ? [{ nodes: run, of: 'repeated' }] : run.map(single)))
}

/** The runs below a record: first its messages, which belong to it, wherever among its children they were written. */
function runs(nodes: SpanNode[], view: View): Run[] {
  const messages = nodes.filter(({ row }) => isMessage(row))
  if (messages.length === 0) return repeated(nodes, view)
  return [{ nodes: messages, of: 'messages' }, ...repeated(nodes.filter(({ row }) => !isMessage(row)), view)]
}

/** Messages may come in any order: their line is known by the record that they belong to. */
function groupKey({ nodes, of }: Run): string {
  const { row } = nodes[0]!
  return of === 'messages' ? `messages/${row.parent}` : `group/${row.span}`
}

interface Frame {
  run: Run
  depth: number
  lines: boolean[]
  position: number
  siblings: number
  parent: number
}

/** Lists what is drawn. Without recursion: traces may be deeper than the stack. */
export function drawnLines(model: Model, view: View, depthOpen: number): Line[] {
  const shown = (node: SpanNode) => !view.errorsOnly || node.level >= 17
  const drawn: Line[] = []
  const waiting: Frame[] = []
  // apart: what stands below an open group is not grouped again.
  const push = (nodes: SpanNode[], depth: number, above: boolean[], parent: number, apart: boolean) => {
    const kept = nodes.filter(shown)
    const all = apart ? kept.map(single) : runs(kept, view)
    for (let i = all.length - 1; i >= 0; i--) {
      waiting.push({ run: all[i]!, depth, lines: depth === 0 ? [] : [...above.slice(1 - mostIndent), i < all.length - 1], position: i + 1, siblings: all.length, parent })
    }
  }
  push(model.tops, 0, [], -1, true)
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { run, depth, lines, position, siblings, parent } = next
    const node = run.nodes[0]!
    const at = drawn.length
    if (run.of !== 'single') {
      const key = groupKey(run)
      const open = view.toggled.get(key) ?? false
      drawn.push({ kind: 'group', of: run.of, key, nodes: run.nodes, depth, lines, open, position, siblings, parent })
      if (open) push(run.nodes, depth + 1, lines, at, true)
      continue
    }
    const open = node.children.length > 0 && (view.toggled.get(node.row.span) ?? depth < depthOpen)
    drawn.push({ kind: 'span', key: node.row.span, node, depth, lines, open, position, siblings, parent })
    if (open) push(node.children, depth + 1, lines, at, false)
  }
  return drawn
}

/** What must be opened so that a record is drawn. */
export function reveal(model: Model, view: View, depthOpen: number, span: string): ReadonlyMap<string, boolean> {
  const node = model.nodes.get(span)
  if (!node) return view.toggled
  const toggled = new Map(view.toggled)
  const path = [...ancestors(model, node), node]
  let depth = 0
  for (const [i, at] of path.entries()) {
    const below = path[i + 1]
    if (!below) break
    if (!(toggled.get(at.row.span) ?? depth < depthOpen)) toggled.set(at.row.span, true)
    depth++
    const run = runs(at.children, view).find(({ nodes }) => nodes.includes(below))
    if (run && run.of !== 'single') {
      toggled.set(groupKey(run), true)
      depth++
    }
  }
  return toggled
}

/** The lines above the first line in view that stand still while one scrolls: its ancestors, the nearest ones. */
export function stickyLines(lines: Line[], first: number, most: number): Line[] {
  let sticky: Line[] = []
  for (let covered = 0; covered <= most; covered++) {
    const above: Line[] = []
    for (let at = lines[first + covered]?.parent ?? -1; at >= 0; at = lines[at]!.parent) if (at < first + covered) above.unshift(lines[at]!)
    sticky = above.slice(-most)
    if (sticky.length <= covered) return sticky
  }
  return sticky
}

/** The records in the order of the tree, open or not. */
export function inOrder(model: Model): SpanNode[] {
  const found: SpanNode[] = []
  const waiting = model.tops.toReversed()
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    found.push(node)
    for (let i = node.children.length - 1; i >= 0; i--) waiting.push(node.children[i]!)
  }
  return found
}

/** The records that hold the words in what lists show of them, and those in which they were found inside, in the order of the tree. */
export function findIn(model: Model, text: string, inside: ReadonlySet<string> = new Set()): string[] {
  const words = text.trim().toLowerCase()
  if (words === '') return []
  return inOrder(model)
    .filter(({ row }) => !model.missing.has(row.span) && (inside.has(row.span) || [row.message, row.name, row.service, row.exception, row.model, row.span, row.scope, ...row.tags].some((part) => part?.toLowerCase().includes(words))))
    .map(({ row }) => row.span)
}
