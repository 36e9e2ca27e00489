import type { Row } from '../api/record'
import type { Stub } from './forest'

/** A row for tests: a span of trace t that starts at 1000. */
export function row(changes: Partial<Row> & { span: string }): Row {
  return {
    trace: 't', parent: undefined, start: 1000, end: 2000, created: 3000, pending: false, kind: 'span', level: 9,
    name: changes.span, message: changes.span, service: 'shop', tags: [], exception: undefined, scope: '', status: undefined,
    operation: undefined, model: undefined, tokensIn: undefined, tokensOut: undefined, cost: undefined, process: 'shop/1', instance: undefined, pid: undefined, environment: undefined, ...changes,
  }
}

/** The outline of a trace that has these rows. */
export function outlineOf(rows: Row[]): Map<string, Stub> {
  return new Map(rows.map((one) => [one.span, { span: one.span, parent: one.parent, level: one.level, pending: one.pending }]))
}
