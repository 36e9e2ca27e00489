import { row } from '../live/testing'
import type { Span } from './span'

/** A span for tests: of trace t, from 1000 to 2000, on one host. */
export function span(changes: Partial<Span> & { span: string }): Span {
  return { ...row(changes), host: 'a', marks: [], whole: true, ...changes }
}
