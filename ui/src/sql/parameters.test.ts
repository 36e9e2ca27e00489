import { expect, test } from 'vitest'
import { fill, lineOf, parametersOf, placeOf, valueLiteral } from './parameters'

test('parameters are found where they are code', () => {
  expect(parametersOf("SELECT $a, '$b', $c -- $d\n, $a, $$ $e $$, x$f, ${g}")).toEqual(['a', 'c', 'g'])
})

test('what the server knows by itself is no parameter', () => {
  expect(parametersOf('SELECT $__from, $__range, $mine')).toEqual(['mine'])
  expect(fill('SELECT $__from, $mine', { mine: '1' }).sql).toBe('SELECT $__from, 1')
})

test('values become literals', () => {
  const cases: [string, string][] = [['500', '500'], [' -1.5 ', '-1.5'], ['true', 'true'], ['NULL', 'NULL'], ["o'brien", "'o''brien'"], ["'500'", "'500'"], ['', "''"], ['1; DROP', "'1; DROP'"]]
  for (const [value, want] of cases) expect(valueLiteral(value)).toBe(want)
})

test('a place in the filled statement leads back to the text', () => {
  const text = 'SELECT $service, lvl, $n'
  const filled = fill(text, { service: 'api', n: '12345' })
  expect(filled.sql).toBe("SELECT 'api', lvl, 12345")
  expect(filled.origin(filled.sql.indexOf('lvl'))).toBe(text.indexOf('lvl'))
  expect(filled.origin(filled.sql.indexOf('api'))).toBe(text.indexOf('$service'))
  expect(filled.origin(filled.sql.indexOf('345'))).toBe(text.indexOf('$n'))
  expect(filled.origin(filled.sql.length)).toBe(text.length)
  expect(fill('SELECT $x', {}).sql).toBe('SELECT $x')
  expect(fill('SELECT ${x}', { x: '1' }).sql).toBe('SELECT 1')
})

test('positions count characters, places count UTF-16 units', () => {
  expect(placeOf("'🔥' x", 5)).toBe(5)
  expect(placeOf("'🔥' x", 4)).toBe(4)
  expect(placeOf('abc', 1)).toBe(0)
  expect(placeOf('abc', 9)).toBe(3)
  expect(lineOf('a\nbc d', 5)).toEqual({ line: 2, column: 4 })
})
