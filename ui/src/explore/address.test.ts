import { expect, test } from 'vitest'
import { exploreSearch, limitOf, placed, statementOf } from './address'

test('a statement comes back from the address, long ones from the fragment', () => {
  for (const sql of ["SELECT 'ü&=#%+' AS x", `SELECT ${'x + 1, '.repeat(400)}1`]) {
    const at = placed(sql)
    expect(statementOf(exploreSearch({ sql: at.sql }), at.hash && `#${at.hash}`)).toBe(sql)
    expect((at.sql ?? '').length).toBeLessThanOrEqual(1500)
  }
  expect(placed('')).toEqual({ sql: undefined, hash: '' })
  expect(statementOf({}, '')).toBeUndefined()
})

test('what cannot be meant is left out', () => {
  expect(exploreSearch({ view: 'pie', limit: '5', other: 'x', sql: 3 })).toEqual({ limit: '5' })
  expect([limitOf('5'), limitOf(undefined), limitOf('0'), limitOf('10001'), limitOf('1.5'), limitOf('x')]).toEqual([5, 1000, 1000, 1000, 1000, 1000])
})
