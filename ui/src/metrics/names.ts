// The list of names: found by words, in groups of the same beginning.

import type { Metric } from './kinds'

export interface NameGroup {
  /** What the names begin with; empty for those that share nothing. */
  prefix: string
  metrics: Metric[]
}

/** Metrics whose name or description holds all words. */
export function found(metrics: readonly Metric[], text: string): Metric[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '')
  return metrics.filter(({ name, description }) => words.every((word) => `${name} ${description}`.toLowerCase().includes(word)))
}

/** Where the parts of a name end: at dots and slashes; in names that have none, as Prometheus writes them, at underscores. */
function signsOf(name: string): RegExp {
  return /[./]/.test(name) ? /[./]/ : /_/
}

/** The beginning of a name of so many parts, with the sign that ends it. */
function headOf(name: string, parts: number): string {
  let at = -1
  for (let i = 0; i < parts; i++) at = at + 1 + name.slice(at + 1).search(signsOf(name))
  return name.slice(0, at + 1)
}

/** The longest beginning that a metric shares with another one: of at most two parts, and never the whole name. */
function prefixOf({ name }: Metric, metrics: readonly Metric[]): string {
  const most = Math.min(2, name.split(signsOf(name)).length - 1)
  for (let parts = most; parts > 0; parts--) {
    const head = headOf(name, parts)
    if (metrics.some((other) => other.name !== name && other.name.startsWith(head))) return head
  }
  return ''
}

/** Puts metrics with the same beginning together; the order stays, and what stands alone comes last. */
export function groupsOf(metrics: readonly Metric[]): NameGroup[] {
  const groups = new Map<string, Metric[]>()
  for (const metric of metrics) {
    const prefix = prefixOf(metric, metrics)
    groups.set(prefix, [...(groups.get(prefix) ?? []), metric])
  }
  return [...groups].map(([prefix, members]) => ({ prefix, metrics: members })).toSorted((a, b) => Number(a.prefix === '') - Number(b.prefix === ''))
}
