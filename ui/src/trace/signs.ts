// Whether a span that has not ended still runs: told from the signs of life of the process that began it.

import { isOf, isRestarted, type Process } from '../live/processes'
import { stateOf, type State } from '../live/state'
import type { Micros } from '../lib/time'
import type { Model } from './model'
import type { Span } from './span'

/** What is known of a span, and when there was the last sign of it. */
export interface Life {
  state: State
  lastSign: Micros
}

export function lifeOf(span: Span, model: Model, processes: readonly Process[], present: Micros): Life {
  const lastSign = Math.max(span.created, processes.find((process) => isOf(process, span))?.last ?? 0)
  const parent = span.parent === undefined ? undefined : model.nodes.get(span.parent)?.row
  const parentEnded = parent !== undefined && !model.missing.has(parent.span) && !parent.pending ? parent.end : undefined
  return { state: stateOf(span, lastSign, present, parentEnded, isRestarted(processes, span, lastSign)), lastSign }
}
