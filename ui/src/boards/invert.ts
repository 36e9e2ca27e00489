// From a point of a chart back to the records it was made of: what of a statement Live can show. Where a statement says more
// than a condition over records, nothing is said.

import { has } from '../sql/condition'
import { lex, type Token } from '../sql/lex'

/** A column of a statement's answer. */
interface Column {
  name: string
  /** As it is computed. */
  expression: string
}

export interface Inverted {
  /** What follows WHERE; empty for all records. */
  condition: string
  columns: Column[]
}

const clauses = new Set(['from', 'where', 'group', 'having', 'order', 'limit', 'offset', 'qualify'])
const unsound = new Set(['union', 'intersect', 'except', 'join', 'window', 'lateral'])
const aggregates = /\b(count|sum|avg|min|max|median|mode|quantile\w*|percentile\w*|approx\w*|any_value|arg_m\w+|string_agg|array_agg|list|first|last|stddev\w*|var\w*|metric_\w+)\s*\(/i

interface Placed extends Token {
  depth: number
}

function placedTokens(sql: string): Placed[] {
  let depth = 0
  return lex(sql).filter((token) => token.kind !== 'comment').map((token) => {
    if (token.text === ')' || token.text === ']') depth--
    const placed = { ...token, depth }
    if (token.text === '(' || token.text === '[') depth++
    return placed
  })
}

/** The text between two places, without comments. */
function textBetween(sql: string, from: number, to: number): string {
  const part = sql.slice(from, to)
  return lex(part).filter((token) => token.kind === 'comment').reduceRight((text, token) => `${text.slice(0, token.from)} ${text.slice(token.to)}`, part).trim()
}

const isWord = (token: Token | undefined, word: string): boolean => token?.kind === 'word' && token.text.toLowerCase() === word

/** Takes a statement apart; undefined where it is more than one SELECT of one condition over records. */
export function inverted(sql: string): Inverted | undefined {
  const tokens = placedTokens(sql.replace(/;\s*$/, ''))
  if (!isWord(tokens[0], 'select')) return undefined
  const top = tokens.filter((token) => token.depth === 0)
  if (top.some((token) => token.kind === 'word' && unsound.has(token.text.toLowerCase()))) return undefined
  const marks = top.filter((token, i) => token.kind === 'word' && clauses.has(token.text.toLowerCase()) && !(isWord(token, 'from') && isWord(top[i - 1], 'distinct')))
  const end = (i: number) => marks[i + 1]?.from ?? sql.replace(/;\s*$/, '').length
  const from = marks.findIndex((mark) => isWord(mark, 'from'))
  if (from < 0 || !/^(records|records_all)$/i.test(textBetween(sql, marks[from]!.to, end(from)))) return undefined
  const where = marks.findIndex((mark) => isWord(mark, 'where'))
  const condition = where < 0 ? '' : textBetween(sql, marks[where]!.to, end(where)).replace(/\s+/g, ' ')
  if (lex(condition).some((token) => isWord(token, 'select') || token.kind === 'parameter')) return undefined
  return { condition, columns: columnsOf(sql, tokens.slice(1, tokens.indexOf(marks[from]!))) }
}

function columnsOf(sql: string, tokens: Placed[]): Column[] {
  const start = isWord(tokens[0], 'distinct') ? 1 : 0
  const parts: Placed[][] = [[]]
  for (const token of tokens.slice(start)) {
    if (token.depth === 0 && token.text === ',') parts.push([])
    else parts.at(-1)!.push(token)
  }
  return parts.flatMap((part): Column[] => {
    const [last, as] = [part.at(-1), part.at(-2)]
    if (!last) return []
    const name = last.kind === 'quoted' ? last.text.slice(1, -1).replaceAll('""', '"') : last.text
    if (isWord(as, 'as')) return [{ name, expression: textBetween(sql, part[0]!.from, as!.from) }]
    return part.length === 1 ? [{ name, expression: last.text }] : []
  })
}

function expressionOf({ columns }: Inverted, name: string): string | undefined {
  return columns.find((column) => column.name.toLowerCase() === name.toLowerCase())?.expression
}

/** What FILTER says of an aggregate. */
function filterIn(expression: string): string | undefined {
  const tokens = placedTokens(expression)
  const at = tokens.findIndex((token, i) => token.depth === 0 && isWord(token, 'filter') && tokens[i + 1]?.text === '(' && isWord(tokens[i + 2], 'where'))
  if (at < 0 || tokens.at(-1)?.text !== ')' || tokens.slice(at + 2, -1).some((token) => token.depth === 0)) return undefined
  return expression.slice(tokens[at + 2]!.to, tokens.at(-1)!.from).trim()
}

/** A value of a column that names groups. */
export interface Group {
  column: string
  value: unknown
}

const grouped = (condition: string) => (/\bor\b/i.test(condition) ? `(${condition})` : condition)

/** The condition of the records of some groups, and of one of the numbers; undefined where it cannot be told. */
export function conditionOf(of: Inverted, groups: readonly Group[], metric?: string): string | undefined {
  const parts = of.condition === '' ? [] : [of.condition]
  for (const { column, value } of groups) {
    const expression = expressionOf(of, column)
    if (expression === undefined || aggregates.test(expression) || /\b(over|select)\b|\$/i.test(expression)) return undefined
    parts.push(has({ name: column, expression: simple(expression) ? expression : `(${expression})` }, value))
  }
  const filter = metric === undefined ? undefined : filterIn(expressionOf(of, metric) ?? '')
  if (filter !== undefined) parts.push(filter)
  return parts.length === 1 ? parts[0] : parts.map(grouped).join(' AND ')
}

/** A name, a key of the attributes or a call: what needs no brackets before an equals sign. */
function simple(expression: string): boolean {
  return /^[\w.]+(\s*->>?\s*'[^']*')*$/.test(expression) || /^\w+\([^()]*\)$/.test(expression)
}

/** Whether a column names what a row is of, rather than telling a number of it. */
export function namesGroups(of: Inverted, column: string): boolean {
  const expression = expressionOf(of, column)
  return expression !== undefined && !aggregates.test(expression)
}

/** Whether the times of a column are buckets of when records started. */
export function isBucket(of: Inverted, column: string): boolean {
  return /\bstart_timestamp\b/i.test(expressionOf(of, column) ?? '')
}
