import type { Row } from '../api/record'
import type { Micros } from '../lib/time'

/** What is known of a span that may still run; see docs of the live view. */
export type State = 'done' | 'running' | 'quiet' | 'unfinished'

const minute: Micros = 60_000_000

/** A pending record alone says only that a span began: without signs of life it is not called running for ever. */
export function stateOf(row: Row, lastSign: Micros, present: Micros): State {
  if (!row.pending) return 'done'
  const silent = present - Math.max(lastSign, row.created)
  if (silent < minute) return 'running'
  return silent < 15 * minute ? 'quiet' : 'unfinished'
}
