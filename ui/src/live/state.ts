import type { Row } from '../api/record'
import type { Micros } from '../lib/time'

/** What is known of a span that may still run; see docs of the live view. */
export type State = 'done' | 'running' | 'quiet' | 'unfinished'

const minute: Micros = 60_000_000

/** After its parent has ended for so long, a span will not end any more. */
const parentGone: Micros = 5 * minute

/**
 * A pending record alone says only that a span began: without signs of life of its process it is not called running for
 * ever, nor long after the span above it has ended, nor once its process was started again.
 */
export function stateOf(row: Pick<Row, 'pending' | 'created'>, lastSign: Micros, present: Micros, parentEnded?: Micros, restarted = false): State {
  if (!row.pending) return 'done'
  if (restarted) return 'unfinished'
  if (parentEnded !== undefined && present - parentEnded > parentGone) return 'unfinished'
  const silent = present - Math.max(lastSign, row.created)
  if (silent < minute) return 'running'
  return silent < 15 * minute ? 'quiet' : 'unfinished'
}
