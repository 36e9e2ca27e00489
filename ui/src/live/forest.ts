// The tree of one trace as far as it is known: rows that are here, and stubs for what only its outline tells of.

import type { Row } from '../api/record'

/** What the outline of a trace says of a record that need not be here itself. */
export interface Stub {
  span: string
  parent: string | undefined
  level: number
  pending: boolean
}

/** Tokens and cost of model calls. */
export interface Usage {
  input: number
  output: number
  /** In dollars. */
  cost: number
  calls: number
}

/** A record in its trace. */
export interface Branch {
  span: string
  parent: string | undefined
  /** undefined: only the outline tells of it. */
  row: Row | undefined
  children: Branch[]
  /** How many records lie below: here or not. */
  below: number
  /** How many of them are not here. */
  absent: number
  /** The highest level at and below it. */
  level: number
  /** Something below it runs. */
  runsBelow: boolean
  /** Of the calls at and below it that are here. */
  usage: Usage
  /** Its parent is named, but neither here nor in the outline. */
  orphan: boolean
}

/** Operations of spans that are one call of a model; what stands on agents and workflows repeats their sums. */
const callOperations = new Set(['chat', 'text_completion', 'generate_content', 'embeddings'])

/** The usage of a record by itself: of model calls only, so that sums count each once. */
export function usageOf(row: Row): Usage {
  const call = row.cost !== undefined || (row.operation !== undefined && callOperations.has(row.operation))
  if (!call) return { input: 0, output: 0, cost: 0, calls: 0 }
  return { input: row.tokensIn ?? 0, output: row.tokensOut ?? 0, cost: row.cost ?? 0, calls: 1 }
}

function branch(span: string, parent: string | undefined, row: Row | undefined): Branch {
  return { span, parent, row, children: [], below: 0, absent: 0, level: 0, runsBelow: false, usage: { input: 0, output: 0, cost: 0, calls: 0 }, orphan: false }
}

/** By start; what is not here comes last. */
function byStart(a: Branch, b: Branch): number {
  if (!a.row || !b.row) return Number(!a.row) - Number(!b.row) || (a.span < b.span ? -1 : 1)
  return a.row.start - b.row.start || (a.span < b.span ? -1 : 1)
}

/**
 * Builds the trees of one trace. A circle of parents is cut at its earliest record: every record is in the answer
 * exactly once.
 */
export function buildForest(rows: Iterable<Row>, outline: ReadonlyMap<string, Stub> = new Map()): Branch[] {
  const all = new Map<string, Branch>()
  for (const row of rows) all.set(row.span, branch(row.span, row.parent, row))
  for (const stub of outline.values()) if (!all.has(stub.span)) all.set(stub.span, branch(stub.span, stub.parent, undefined))
  const tops: Branch[] = []
  for (const one of all.values()) {
    const parent = one.parent === undefined ? undefined : all.get(one.parent)
    if (parent && parent !== one) parent.children.push(one)
    else {
      one.orphan = one.parent !== undefined
      tops.push(one)
    }
  }
  const seen = new Set<Branch>()
  for (const top of tops) finish(top, seen, outline)
  if (seen.size < all.size) {
    for (const one of [...all.values()].sort(byStart)) {
      if (seen.has(one)) continue
      const parent = all.get(one.parent ?? '')
      if (parent) parent.children = parent.children.filter((child) => child !== one)
      one.orphan = true
      tops.push(one)
      finish(one, seen, outline)
    }
  }
  return tops.sort(byStart)
}

/** Sorts and counts below a branch, without recursion: traces may be deeper than the stack. */
function finish(top: Branch, seen: Set<Branch>, outline: ReadonlyMap<string, Stub>): void {
  const order: Branch[] = []
  const waiting = [top]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    order.push(next)
    next.children = next.children.filter((child) => !seen.has(child)).sort(byStart)
    for (const child of next.children) waiting.push(child)
  }
  for (let i = order.length - 1; i >= 0; i--) sum(order[i]!, outline)
}

function sum(at: Branch, outline: ReadonlyMap<string, Stub>): void {
  at.level = at.row?.level ?? outline.get(at.span)?.level ?? 0
  if (at.row) at.usage = usageOf(at.row)
  for (const child of at.children) {
    at.below += 1 + child.below
    at.absent += (child.row ? 0 : 1) + child.absent
    at.level = Math.max(at.level, child.level)
    at.runsBelow ||= child.runsBelow || (child.row?.pending ?? outline.get(child.span)?.pending ?? false)
    at.usage.input += child.usage.input
    at.usage.output += child.usage.output
    at.usage.cost += child.usage.cost
    at.usage.calls += child.usage.calls
  }
}

/** Reads the outline of a trace as the server writes it; see outlineSQL. What has ended wins over what has only begun. */
export function parseOutline(text: string): Map<string, Stub> {
  const outline = new Map<string, Stub>()
  for (const entry of text.split(',')) {
    const [span = '', level, pending, parent = ''] = entry.split(' ')
    if (!span) continue
    const before = outline.get(span)
    outline.set(span, {
      span, parent: parent || undefined, level: Math.max(Number(level), before?.level ?? 0),
      pending: pending === '1' && (before?.pending ?? true),
    })
  }
  return outline
}

/** What parseOutline reads, for each trace. */
export const outlineSQL = `string_agg(DISTINCT span_id || ' ' || level::text || (CASE kind WHEN 'pending_span' THEN ' 1 ' ELSE ' 0 ' END) || coalesce(parent_span_id, ''), ',')`

/** The records above some others, of those that an outline tells of. */
export function above(outline: ReadonlyMap<string, Stub>, spans: Iterable<string>): Set<string> {
  const found = new Set<string>()
  for (const span of spans) {
    for (let at = outline.get(span)?.parent; at !== undefined && outline.has(at) && !found.has(at); at = outline.get(at)?.parent) found.add(at)
  }
  return found
}
