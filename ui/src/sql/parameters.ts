// Parameters of a statement, written $name or ${name}. Their values are put in here, as people mean them: 500 is a number. The server
// takes variables too, but as texts; those that begin with __, such as $__from, it knows by itself.

import { literal } from '../api/client'
import { lex, parameterName } from './lex'

/** The names of the parameters in the order in which they first appear. */
export function parametersOf(sql: string): string[] {
  const names = lex(sql).flatMap((token) => parameterName(token) ?? [])
  return [...new Set(names)].filter((name) => !name.startsWith('__'))
}

/** A value as SQL: numbers, true, false and NULL as they are, everything else as text. Quotes around it make it text. */
export function valueLiteral(value: string): string {
  const text = value.trim()
  if (/^-?\d+(\.\d+)?$/.test(text) || /^(true|false|null)$/i.test(text)) return text
  const quoted = /^'(.*)'$/s.exec(text)
  return literal(quoted ? quoted[1]! : value)
}

/** A statement with its values in place. */
export interface Filled {
  sql: string
  /** Turns a place in sql into the place of the text it was made from; both count UTF-16 units from 0. */
  origin(place: number): number
}

/** Puts the values of parameters in place. A parameter without a value stays, and the server says so. */
export function fill(sql: string, values: Readonly<Record<string, string>>): Filled {
  let filled = ''
  let at = 0
  const moves: { from: number; made: number; put: number; length: number }[] = []
  for (const token of lex(sql)) {
    const name = parameterName(token)
    const value = name === undefined ? undefined : values[name]
    if (value === undefined) continue
    filled += sql.slice(at, token.from)
    const put = valueLiteral(value)
    moves.push({ from: token.from, made: filled.length, put: put.length, length: token.text.length })
    filled += put
    at = token.to
  }
  filled += sql.slice(at)
  const origin = (place: number): number => {
    let shift = 0
    for (const move of moves) {
      if (place < move.made) break
      if (place < move.made + move.put) return move.from
      shift += move.length - move.put
    }
    return place + shift
  }
  return { sql: filled, origin }
}

/** The place, in UTF-16 units from 0, of a position that the server counts in characters from 1. */
export function placeOf(sql: string, position: number): number {
  let place = 0
  for (let n = 1; n < position && place < sql.length; n++) place += sql.codePointAt(place)! > 0xffff ? 2 : 1
  return place
}

/** Line and column, both from 1, of a place. */
export function lineOf(text: string, place: number): { line: number; column: number } {
  const before = text.slice(0, place).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}
