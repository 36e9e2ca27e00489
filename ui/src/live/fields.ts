// Which field of a record a part of its line shows: what the menus of values ask for.

import { levelName, type Row } from '../api/record'
import { column, type Field } from '../sql/condition'
import type { Column } from './columns'

export interface Shown {
  field: Field
  value: unknown
}

export const levelField: Field = { name: 'level', expression: 'level_name(level)' }

const modelField: Field = { name: 'model', expression: `coalesce(attributes->>'gen_ai.response.model', attributes->>'gen_ai.request.model')` }

/** Reads the name that a part of a line carries as data-field. added: the values of the added columns. */
export function shownBy(name: string | undefined, row: Row, columns: readonly Column[], added: readonly unknown[] | undefined): Shown {
  const [kind = '', rest = ''] = (name ?? '').split(/:([\s\S]*)/)
  switch (kind) {
    case 'service': return { field: column('service_name'), value: row.service }
    case 'level': return { field: levelField, value: levelName(row.level) }
    case 'tag': return { field: column('tags'), value: rest }
    case 'exception': return { field: column('exception_type'), value: row.exception }
    case 'status': return { field: column('http_response_status_code'), value: row.status }
    case 'model': return { field: modelField, value: row.model }
    case 'scope': return { field: column('otel_scope_name'), value: row.scope || null }
    case 'added': {
      const expressions = columns.filter((one) => one.expression !== undefined)
      const at = expressions.findIndex((one) => one.expression === rest)
      if (at >= 0) return { field: { name: expressions[at]!.title, expression: rest }, value: added?.[at] ?? null }
      break
    }
  }
  return { field: column('span_name'), value: row.name }
}
