// A trace as it is drawn: its tree with placeholders for what has not come, its extent, its critical path. No React in here.

import type { Micros } from '../lib/time'
import { attach } from './annotations'
import { isPoint, type Span } from './span'
import { buildTrees, type Node } from './tree'

export type SpanNode = Node<Span>

export interface Model {
  tops: SpanNode[]
  nodes: Map<string, SpanNode>
  parents: Map<SpanNode, SpanNode>
  /** Spans that are only named as parents: drawn as placeholders. */
  missing: ReadonlySet<string>
  /** Records that name each other as parents. */
  circles: number
  /** What was said of records afterwards, by the record, in the order of saying. It may have been said much later, and is no part of the tree. */
  annotations: ReadonlyMap<string, Span[]>
  /** The record that the trace is named after. */
  root: Span | undefined
  records: number
  services: string[]
  errors: number
  pending: Span[]
  start: Micros
  /** The end of the latest record that has ended; later than start. */
  end: Micros
  /** When the newest record arrived at the server. */
  newest: Micros
}

/** A row in the place of a parent that has not come: as long as what it holds. */
function placeholder(id: string, children: Span[]): Span {
  const first = children.reduce((a, b) => (b.start < a.start ? b : a))
  return {
    ...first, span: id, parent: undefined, pending: false, kind: 'span', level: 0, name: '', tags: [], marks: [],
    message: `parent ${id.slice(0, 4)}… not received (yet)`, service: '', exception: undefined, status: undefined, operation: undefined,
    model: undefined, tokensIn: undefined, tokensOut: undefined, host: undefined, instance: undefined, pid: undefined,
    end: Math.max(...children.map((child) => child.end)), created: 0,
  }
}

function placeholders(spans: Span[]): Span[] {
  const known = new Set(spans.map((span) => span.span))
  const lost = new Map<string, Span[]>()
  for (const span of spans) {
    if (span.parent === undefined || known.has(span.parent)) continue
    const siblings = lost.get(span.parent)
    if (siblings) siblings.push(span)
    else lost.set(span.parent, [span])
  }
  return [...lost].map(([id, children]) => placeholder(id, children))
}

/** Builds a trace from its records. */
export function buildModel(all: Span[]): Model {
  const { spans, annotations } = attach(all)
  const lost = placeholders(spans)
  const tops = buildTrees([...spans, ...lost])
  const nodes = new Map<string, SpanNode>()
  const parents = new Map<SpanNode, SpanNode>()
  const waiting = [...tops]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    nodes.set(node.row.span, node)
    for (const child of node.children) {
      parents.set(child, node)
      waiting.push(child)
    }
  }
  const missing = new Set(lost.map((span) => span.span))
  let start = Infinity
  let end = -Infinity
  let newest = 0
  for (const span of spans) {
    start = Math.min(start, span.start)
    end = Math.max(end, span.end)
    newest = Math.max(newest, span.created)
  }
  const root = (tops.find((node) => !missing.has(node.row.span) && !isPoint(node.row)) ?? tops.find((node) => !missing.has(node.row.span)))?.row
  return {
    tops, nodes, parents, missing, annotations, start, newest,
    end: Math.max(end, start + 1),
    circles: tops.filter((node) => node.orphan).length,
    root: root ?? spans[0],
    records: spans.length,
    services: [...new Set(spans.map((span) => span.service))],
    errors: spans.filter((span) => span.level >= 17).length,
    pending: spans.filter((span) => span.pending),
  }
}

/** The nodes above a node, outermost first. */
export function ancestors(model: Model, node: SpanNode): SpanNode[] {
  const above: SpanNode[] = []
  for (let at = model.parents.get(node); at; at = model.parents.get(at)) above.push(at)
  return above.reverse()
}

/** A stretch of time. */
export interface Stretch {
  from: Micros
  to: Micros
}

/** The parts of a span in which none of its children runs, in order. */
export function selfTime(node: SpanNode): Stretch[] {
  const { start, end } = node.row
  const free: Stretch[] = []
  let at = start
  for (const { row } of node.children) { // sorted by start
    if (isPoint(row)) continue
    if (row.start > at) free.push({ from: at, to: Math.min(row.start, end) })
    at = Math.max(at, row.pending ? end : row.end)
    if (at >= end) return free
  }
  if (at < end) free.push({ from: at, to: end })
  return free
}

export function sum(stretches: Stretch[]): number {
  return stretches.reduce((total, { from, to }) => total + to - from, 0)
}

/**
 * What the duration of a trace is made of: walking back from the end of the root, at each moment the child that ended last
 * is what its parent waited for; where none ran, the parent itself is on the path. Per span its stretches, in order.
 */
export function criticalPath(model: Model): Map<string, Stretch[]> {
  const path = new Map<string, Stretch[]>()
  const root = model.root && model.nodes.get(model.root.span)
  if (!root) return path
  const add = (node: SpanNode, from: Micros, to: Micros) => {
    if (to <= from) return
    const stretches = path.get(node.row.span)
    if (stretches) stretches.unshift({ from, to })
    else path.set(node.row.span, [{ from, to }])
  }
  const waiting: { node: SpanNode; to: Micros }[] = [{ node: root, to: root.row.end }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node } = next
    let at = next.to
    const ended = node.children.filter(({ row }) => !isPoint(row) && !row.pending && row.end > row.start).sort((a, b) => b.row.end - a.row.end)
    for (const child of ended) {
      const { start, end } = child.row
      if (end > at || start < node.row.start) continue
      add(node, end, at)
      waiting.push({ node: child, to: end })
      at = start
    }
    add(node, node.row.start, at)
  }
  return path
}
