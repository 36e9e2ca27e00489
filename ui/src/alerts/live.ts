// From a row of an alert to the records that it is of.

import { column, has } from '../sql/condition'

/** Columns whose values name records, when a row has them under the same name. */
const telling = ['service_name', 'span_name', 'exception_type', 'http_route', 'http_method', 'deployment_environment', 'otel_scope_name', 'kind']

/** The condition of records like those that a row is of; empty where it names none. */
export function likeIt(names: readonly string[], row: readonly unknown[]): string {
  return telling.flatMap((name) => {
    const value = row[names.indexOf(name)]
    return typeof value === 'string' ? [has(column(name), value)] : []
  }).join(' AND ')
}
