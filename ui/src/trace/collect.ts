// The records of one trace as they come: from the tables in pages, from the tail one by one, some of them twice. No React in here.

import type { Span } from './span'

/** Collected keeps one record of each span: the final one once it is there. */
export class Collected {
  private spans = new Map<string, Span>()
  /** Ids that more than one final record has. */
  readonly duplicates = new Set<string>()

  get size(): number {
    return this.spans.size
  }

  list(): Span[] {
    return [...this.spans.values()]
  }

  /** Takes records in; false when they changed nothing. */
  merge(spans: Span[]): boolean {
    let changed = false
    for (const span of spans) {
      const known = this.spans.get(span.span)
      const merged = known ? this.better(known, span) : span
      if (merged === known) continue
      this.spans.set(span.span, merged)
      changed = true
    }
    return changed
  }

  private better(known: Span, span: Span): Span {
    if (span.pending !== known.pending) return span.pending ? known : { ...span, host: span.host ?? known.host, instance: span.instance ?? known.instance, pid: span.pid ?? known.pid }
    if (!span.pending && (span.start !== known.start || span.end !== known.end || span.name !== known.name)) {
      if (this.duplicates.has(span.span)) return known
      this.duplicates.add(span.span)
      return { ...known }
    }
    return span.whole && !known.whole ? span : known
  }
}
