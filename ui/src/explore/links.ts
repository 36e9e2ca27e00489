import type { AnswerField } from '../api/client'
import { stringifySearch } from '../search'

export interface Place {
  org: string
  project: string
}

const hex = /^[0-9a-f]+$/i

/** Where the value of a cell leads: trace ids, and span ids beside them, to the trace. */
export function traceHref({ org, project }: Place, fields: AnswerField[], row: unknown[], column: number): string | undefined {
  const name = fields[column]!.name
  if (name !== 'trace_id' && name !== 'span_id') return undefined
  const value = (of: string) => {
    const found = row[fields.findIndex((field) => field.name === of)]
    return typeof found === 'string' && hex.test(found) ? found : undefined
  }
  const trace = value('trace_id')
  if (!trace || (name === 'span_id' && !value('span_id'))) return undefined
  return `/${org}/${project}${stringifySearch({ traceId: trace, spanId: value('span_id') })}`
}
