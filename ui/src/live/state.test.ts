import { expect, test } from 'vitest'
import { stateOf } from './state'
import { row } from './testing'

const minute = 60_000_000

test('a span that has only begun is running, then quiet, then unfinished', () => {
  const begun = row({ span: 'a', pending: true, created: 0 })
  expect(stateOf(begun, 0, minute - 1)).toBe('running')
  expect(stateOf(begun, 0, minute)).toBe('quiet')
  expect(stateOf(begun, 0, 15 * minute)).toBe('unfinished')
  expect(stateOf(begun, 14 * minute + 30_000_000, 15 * minute)).toBe('running')
  expect(stateOf(row({ span: 'a' }), 0, 99 * minute)).toBe('done')
})

test('a span whose parent ended long ago will not end any more', () => {
  const begun = row({ span: 'a', pending: true, created: 0 })
  expect(stateOf(begun, 10 * minute, 10 * minute, 6 * minute)).toBe('running')
  expect(stateOf(begun, 10 * minute, 10 * minute, 4 * minute)).toBe('unfinished')
})
