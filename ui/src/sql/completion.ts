// What can stand at a place of a statement: tables, columns, functions, keys of attributes, values.

import { literal } from '../api/client'
import { hasFewValues, type Catalogue, type Column, type Table } from './catalogue'
import { lex, unquoted, type Token } from './lex'

export interface Option {
  label: string
  kind: 'table' | 'column' | 'key' | 'function' | 'value' | 'word'
  /** Stands beside the label: a type, a count, a signature. */
  detail?: string
  /** A sentence for the chosen option. */
  info?: string
  /** What is written; the label when it is missing. */
  apply?: string
  /** Options of a higher rank come first, the better match before that. */
  rank: number
}

/** Values to be asked for: of an expression, in a table. */
export interface ValueQuestion {
  table: string
  expression: string
  /** Writes a value the way it is needed at the place. */
  write(value: unknown): string
}

export interface Completion {
  /** The options stand for the text from here to the cursor. */
  from: number
  /** And for the text up to here: quotes that are there already. */
  to: number
  options: Option[]
  values?: ValueQuestion
}

/** What is completed: a whole statement, or a condition over one table. */
export type Mode = { statement: true } | { statement: false; table: string }

const words = `SELECT FROM WHERE GROUP|BY ORDER|BY HAVING LIMIT OFFSET WITH AS DISTINCT AND OR NOT IN IS|NULL IS|NOT|NULL LIKE ILIKE BETWEEN CASE WHEN THEN
ELSE END JOIN LEFT|JOIN CROSS|JOIN ON USING UNION|ALL UNION EXISTS ASC DESC FILTER OVER PARTITION|BY WITHIN|GROUP QUALIFY INTERVAL CAST NULL TRUE FALSE ANY`
  .split(/\s+/).map((word) => word.replaceAll('|', ' '))
const conditionWords = new Set(['AND', 'OR', 'NOT', 'IN', 'IS NULL', 'IS NOT NULL', 'LIKE', 'ILIKE', 'BETWEEN', 'CASE', 'WHEN', 'THEN', 'ELSE', 'END', 'INTERVAL', 'CAST', 'NULL', 'TRUE', 'FALSE', 'ANY'])
const levels = ['trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal']
const kinds = ['span', 'log', 'span_event', 'annotation']
const clauses = new Set(['select', 'where', 'group', 'order', 'having', 'limit', 'on', 'using', 'union', 'qualify', 'window'])

/** Finds what can stand at a place. undefined: nothing is to be offered there. */
export function complete(text: string, place: number, catalogue: Catalogue, mode: Mode): Completion | undefined {
  const tokens = lex(text)
  const at = tokens.findIndex((token) => token.from < place && place <= token.to && (token.kind !== 'mark'))
  const current = tokens[at]
  const before = tokens.slice(0, at < 0 ? tokens.filter((token) => token.to <= place).length : at)
  if (current && (current.kind === 'comment' || current.kind === 'number' || current.kind === 'parameter')) return undefined
  if (current?.kind === 'string' && !current.open && place === current.to) return undefined
  const tables = tablesOf(tokens, catalogue, mode)
  if (current?.kind === 'string') return inString(current, before, place, tables, catalogue)
  const from = current ? current.from : place
  if (isMark(before.at(-1), '->>', '->', '?')) return keysAt(from, current?.to ?? place, before.slice(0, -1), catalogue, true)
  if (isMark(before.at(-1), '.')) return columnsOf(before.at(-2), from, current?.to ?? place, tables) ?? dottedKeys(before, current?.to ?? place, catalogue)
  const clause = lastClause(before)
  if (mode.statement && (clause === 'from' || clause === 'join')) {
    const complete = isName(before.at(-1)) && !isWord(before.at(-1), 'from', 'join')
    return { from, to: current?.to ?? place, options: complete ? wordOptions(mode) : tableOptions(tokens, catalogue) }
  }
  return { from, to: current?.to ?? place, options: [...tables.flatMap(columnOptions), ...keyOptions(catalogue), ...functionOptions(catalogue), ...wordOptions(mode)] }
}

function isMark(token: Token | undefined, ...marks: string[]): boolean {
  return token?.kind === 'mark' && marks.includes(token.text)
}

function isWord(token: Token | undefined, ...names: string[]): boolean {
  return token?.kind === 'word' && names.includes(token.text.toLowerCase())
}

function isName(token: Token | undefined): token is Token {
  return token?.kind === 'word' || token?.kind === 'quoted'
}

function nameOf(token: Token): string {
  return token.kind === 'quoted' ? token.text.replaceAll('"', '') : token.text.toLowerCase()
}

/** The word that says in which part of a statement the end of these tokens is. */
function lastClause(before: Token[]): string | undefined {
  let depth = 0
  let found: string | undefined
  for (let i = before.length - 1; i >= 0; i--) {
    const token = before[i]!
    if (isMark(token, ')')) depth++
    else if (isMark(token, '(') && depth-- <= 0 && found) return undefined // extract(epoch FROM …)
    if (depth > 0 || token.kind !== 'word') continue
    const word = token.text.toLowerCase()
    if (found && word === 'select') return found
    if (found || (word === 'from' && isWord(before[i - 1], 'distinct') && isWord(before[i - 2], 'is', 'not'))) continue
    if (word === 'from') found = word
    else if (word === 'join' || clauses.has(word)) return word
  }
  return found
}

interface NamedTable extends Table {
  /** The names by which the statement calls it. */
  called: string[]
}

/** The tables that a statement reads; records where it does not say yet. */
function tablesOf(tokens: Token[], catalogue: Catalogue, mode: Mode): NamedTable[] {
  const known = (name: string) => catalogue.tables.find((table) => table.name === name)
  const found = new Map<string, NamedTable>()
  if (mode.statement) {
    tokens.forEach((token, i) => {
      const table = isName(token) && (isWord(tokens[i - 1], 'from', 'join') || isMark(tokens[i - 1], ',')) ? known(nameOf(token)) : undefined
      if (!table) return
      const alias = isWord(tokens[i + 1], 'as') ? tokens[i + 2] : tokens[i + 1]
      const called = isName(alias) && !clauses.has(nameOf(alias)) ? [nameOf(alias)] : []
      const old = found.get(table.name)
      found.set(table.name, { ...table, called: [...(old?.called ?? [table.name]), ...called] })
    })
  }
  if (found.size > 0) return [...found.values()]
  const table = known(mode.statement ? 'records' : mode.table)
  return table ? [{ ...table, called: [table.name] }] : []
}

// What most statements name comes before the other columns.
const often = new Set(['start_timestamp', 'service_name', 'message', 'span_name', 'level', 'duration', 'attributes', 'trace_id', 'kind', 'is_exception', 'recorded_timestamp', 'metric_name', 'scalar_value'])

function columnOption(column: Column): Option {
  return { label: column.name, kind: 'column', detail: column.type, info: column.description, rank: often.has(column.name) ? 4 : 3 }
}

function columnOptions(table: Table): Option[] {
  return table.columns.map(columnOption)
}

function columnsOf(qualifier: Token | undefined, from: number, to: number, tables: NamedTable[]): Completion | undefined {
  const table = isName(qualifier) ? tables.find((t) => t.called.includes(nameOf(qualifier))) : undefined
  return table && { from, to, options: columnOptions(table) }
}

/** Keys of attributes contain dots: what looks like a qualifier may be the beginning of one. */
function dottedKeys(before: Token[], to: number, catalogue: Catalogue): Completion | undefined {
  let first = before.length - 1
  while (isMark(before[first], '.') && before[first - 1]?.kind === 'word') first -= 2
  const start = before[first + 1]
  return start?.kind === 'word' && start.text.toLowerCase() !== 'select' ? { from: start.from, to, options: keyOptions(catalogue) } : undefined
}

function tableOptions(tokens: Token[], catalogue: Catalogue): Option[] {
  const named = tokens.filter((token, i) => isName(token) && isWord(tokens[i + 1], 'as') && isMark(tokens[i + 2], '(')).map(nameOf)
  return [
    ...catalogue.tables.map((table): Option => ({ label: table.name, kind: 'table', info: table.description, rank: 3 })),
    ...named.map((name): Option => ({ label: name, kind: 'table', detail: 'of this statement', rank: 3 })),
  ]
}

function keyExpression(column: string, key: string): string {
  return `${column}->>${literal(key)}`
}

function keyOptions(catalogue: Catalogue): Option[] {
  return Object.entries(catalogue.keys).flatMap(([column, keys]) => keys.map((key): Option => ({
    label: key.name, kind: 'key', detail: `${key.type} · ${key.count}`, info: keyExpression(column, key.name), apply: keyExpression(column, key.name),
    rank: column === 'attributes' ? 2 : 1,
  })))
}

/** The keys of the column that the tokens end with. */
function keysAt(from: number, to: number, before: Token[], catalogue: Catalogue, quote: boolean): Completion | undefined {
  const column = before.at(-1)
  const keys = isName(column) ? catalogue.keys[nameOf(column)] : undefined
  return keys && {
    from, to,
    options: keys.map((key): Option => ({
      label: key.name, kind: 'key', detail: `${key.type} · ${key.count}`, apply: quote ? literal(key.name) : key.name.replaceAll("'", "''"), rank: 2,
    })),
  }
}

function functionOptions(catalogue: Catalogue): Option[] {
  return catalogue.routines.map((routine) => ({
    label: routine.name, kind: 'function', detail: routine.signature.slice(routine.name.length), info: `${routine.signature}\n${routine.description}`, rank: routine.kind === 'aggregate' ? 1 : 0,
  }))
}

function wordOptions(mode: Mode): Option[] {
  return words.filter((word) => mode.statement || conditionWords.has(word)).map((word) => ({ label: word, kind: 'word', rank: 0 }))
}

/** Inside quotes: a key after an arrow, else a value of what it is compared with. */
function inString(current: Token, before: Token[], place: number, tables: NamedTable[], catalogue: Catalogue): Completion | undefined {
  const inner = current.from + 1
  const to = current.open ? place : current.to - 1
  if (isMark(before.at(-1), '->>', '->', '?')) return keysAt(inner, to, before.slice(0, -1), catalogue, false)
  const operand = comparedWith(before)
  return operand && valuesOf(operand, inner, to, tables)
}

/** The tokens of the left side, where the end of the tokens is the right side of a comparison or a list of IN. */
function comparedWith(before: Token[]): Token[] | undefined {
  let end = before.length - 1
  if (isMark(before[end], '(', ',')) {
    while (end >= 0 && (isMark(before[end], ',') || before[end]!.kind === 'string')) end--
    if (!isMark(before[end], '(') || !isWord(before[end - 1], 'in')) return undefined
    end -= isWord(before[end - 2], 'not') ? 3 : 2
  } else if (isMark(before[end], '=', '<>', '!=', '>', '<', '>=', '<=')) end--
  else if (isWord(before[end], 'from') && isWord(before[end - 1], 'distinct')) {
    while (isWord(before[end], 'from', 'distinct', 'not', 'is')) end--
  } else return undefined
  return before.slice(0, end + 1)
}

function valuesOf(left: Token[], from: number, to: number, tables: NamedTable[]): Completion | undefined {
  const last = left.at(-1)
  const fixed = (values: string[]): Completion => ({ from, to, options: values.map((label, i) => ({ label, kind: 'value', rank: -i })) })
  const ask = (table: Table, expression: string): Completion => ({
    from, to, options: [], values: { table: table.name, expression, write: (value) => String(value).replaceAll("'", "''") },
  })
  if (last?.kind === 'string' && isMark(left.at(-2), '->>') && isName(left.at(-3))) {
    const name = nameOf(left.at(-3)!)
    const table = tables.find((t) => t.columns.some((column) => column.name === name && column.type === 'json'))
    return table && ask(table, keyExpression(name, unquoted(last)))
  }
  if (!isName(last)) return undefined
  if (nameOf(last) === 'level') return fixed(levels)
  if (nameOf(last) === 'kind') return fixed(kinds)
  for (const table of tables) {
    const column = table.columns.find((c) => c.name === nameOf(last))
    if (column && hasFewValues(column)) return ask(table, column.name)
  }
  return undefined
}
