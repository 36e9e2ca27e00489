import { expect, test } from 'vitest'
import { changes, changeText, compareSQL, comparisonText, parseComparison, sumOf, wholeOf, type CompareRow } from './compare'

const second = 1_000_000

test('a comparison stands in the address', () => {
  const one = { since: 100 * second, until: 160 * second, with: 'before' } as const
  expect(parseComparison(comparisonText(one))).toEqual(one)
  expect(parseComparison(comparisonText({ ...one, with: 'rest' }))).toEqual({ ...one, with: 'rest' })
  for (const text of [undefined, '', 'x..y', comparisonText({ ...one, until: one.since })]) expect(parseComparison(text), text).toBeUndefined()
})

test('as long a time before is looked at, or the whole range', () => {
  const one = { since: 100 * second, until: 160 * second, with: 'before' } as const
  expect(wholeOf(one, { since: 0, until: 500 * second })).toEqual({ since: 40 * second, until: 160 * second })
  expect(wholeOf({ ...one, with: 'rest' }, { since: 0, until: 500 * second })).toEqual({ since: 0, until: 500 * second })
})

test('the question keeps the filter, whatever it ends with', () => {
  expect(compareSQL('level > 9 -- all', { since: 0, until: second })).toContain('WHERE (level > 9 -- all\n)')
  expect(compareSQL('', { since: 0, until: second })).toMatch(/FROM records {2}GROUP BY/)
})

const row = (span_name: string, counts: Partial<CompareRow>): CompareRow => ({
  service_name: 'shop', span_name, records: 0, errors: 0, median: null, records_other: 0, errors_other: 0, median_other: null, ...counts,
})

test('what changed most comes first, errors before all; times of another length are weighed', () => {
  const found = changes([row('same', { records: 10, records_other: 100 }), row('more', { records: 40, records_other: 100 }), row('fails', { records: 10, errors: 5, records_other: 100 })], 0.1)
  expect(found.map((one) => one.span_name)).toEqual(['fails', 'more', 'same'])
  expect(sumOf(found)).toEqual({ records: 60, expected: 30, errors: 5, expectedErrors: 0 })
})

test('a change in words', () => {
  expect([[12, 10], [10, 10], [5, 10], [0, 10], [3, 0], [0, 0], [31, 10], [1200, 10]].map(([now, was]) => changeText(now!, was!))).toEqual(['+20 %', '', '−50 %', 'gone', 'new', '', '×3.1', '×120'])
})
