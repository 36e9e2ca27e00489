// What statements can ask for, as completion and the schema tree show it.

import type { Schemas } from '../api/client'

export interface Column {
  name: string
  /** text, timestamp, json, text[]: short, in lower case. */
  type: string
  description: string
}

export interface Table {
  name: string
  description: string
  columns: Column[]
}

export interface Routine {
  name: string
  kind: 'scalar' | 'aggregate' | 'window'
  signature: string
  description: string
}

/** A key seen in a column of attributes, in the newest records of a time range. */
export interface Key {
  name: string
  type: string
  /** How many of these records have it. */
  count: number
}

export interface Catalogue {
  tables: Table[]
  routines: Routine[]
  /** By the name of the column: attributes, otel_resource_attributes. */
  keys: Record<string, Key[]>
}

export const noCatalogue: Catalogue = { tables: [], routines: [], keys: {} }

const shortNames: Record<string, string> = { 'TIMESTAMP WITH TIME ZONE': 'timestamp', 'DOUBLE PRECISION': 'double' }

function typeName(name: string, json: boolean): string {
  if (json) return 'json'
  const [, element, list] = /^(.*?)(\[\])?$/.exec(name)!
  return (shortNames[element!] ?? element!.toLowerCase()) + (list ?? '')
}

/** Turns the server's list into tables whose columns stand in their order. */
export function catalogueOf(schemas: Schemas): Pick<Catalogue, 'tables' | 'routines'> {
  const tables = schemas.tables.map((table) => ({
    name: table.name,
    description: table.description,
    columns: Object.entries(table.schema)
      .toSorted(([, a], [, b]) => (a.position ?? 0) - (b.position ?? 0))
      .map(([name, column]) => ({ name, type: typeName(column.data_type, column.is_json), description: column.description })),
  }))
  return { tables, routines: schemas.functions ?? [] }
}

const jsonTypes: Record<string, string> = { VARCHAR: 'text', BIGINT: 'integer', UBIGINT: 'integer', HUGEINT: 'integer', DOUBLE: 'double', BOOLEAN: 'boolean', ARRAY: 'list', OBJECT: 'object', NULL: 'null' }

/** The name of a type as json_typeof says it, for people. */
export function jsonTypeName(name: string | null): string {
  return jsonTypes[name ?? 'NULL'] ?? name!.toLowerCase()
}

/** The newest records are enough to know the keys: all of them would take seconds. */
export const keySample = 2000

/** Finds the keys of a column of attributes with their types and counts. */
export function keysStatement(column: string): string {
  return `WITH newest AS (SELECT ${column} AS a FROM records ORDER BY start_timestamp DESC LIMIT ${keySample}),
  keys AS (SELECT unnest(json_object_keys(a)) AS k, a FROM newest)
SELECT k AS name, mode(json_typeof(a, k)) AS type, count(*) AS count FROM keys GROUP BY k ORDER BY count DESC, k LIMIT 500`
}

const manyValues = /(^|_)(trace_id|span_id|message|stacktrace|statement|query|full|body|attributes|events|links|schema|timestamp|duration)$|^exemplars$|^value$/

/** Whether a column's values are worth a list: not those that hardly repeat. */
export function hasFewValues(column: Column): boolean {
  return (column.type === 'text' || column.type === 'integer') && !manyValues.test(column.name)
}

/** The most frequent values of an expression over the rows of a table. */
export function valuesStatement(table: string, expression: string): string {
  return `SELECT ${expression} AS value, count(*) AS count FROM ${table} WHERE ${expression} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50`
}
