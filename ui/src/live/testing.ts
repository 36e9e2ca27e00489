import type { Row } from '../api/record'

/** A row for tests: a span of trace t that starts at 1000. */
export function row(changes: Partial<Row> & { span: string }): Row {
  return {
    trace: 't', parent: undefined, start: 1000, end: 2000, created: 3000, pending: false, kind: 'span', level: 9,
    name: changes.span, message: changes.span, service: 'shop', tags: [], exception: undefined, scope: '', status: undefined,
    operation: undefined, model: undefined, tokensIn: undefined, tokensOut: undefined, ...changes,
  }
}
