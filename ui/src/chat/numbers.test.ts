import { expect, test } from 'vitest'
import { money, sourceOf, unusualFinish, usageRows, warningsOf } from './numbers'
import { talk } from './testing'

test('money has the digits that count', () => {
  expect([0, 2_358_000, 199, 20_000_000, 1_234_000_000, 9_900_000].map(money)).toEqual(['$0', '$0.0024', '$0.00000020', '$0.0200', '$1.23', '$0.0099'])
})

test('the table shows what was reported, parts below what they are part of', () => {
  const rows = usageRows({ input: 100, output: 20, cache_read: 60, reasoning: 5 }, { total: 30, input: 10, source: 'computed' })
  expect(rows.map(({ name, tokens, cost, part }) => [name, tokens, cost, part])).toEqual([
    ['Input', 100, 10, false], ['from cache', 60, undefined, true], ['Output', 20, undefined, false], ['reasoning', 5, undefined, true], ['Total', 120, 30, false],
  ])
  expect(usageRows({}, undefined)).toEqual([])
})

test('a price says where it comes from', () => {
  expect([{ total: 1, source: 'reported' as const }, { total: 1, source: 'computed' as const }, { total: 1, source: 'override' as const }, undefined].map(sourceOf))
    .toEqual(['from span', 'price list', 'override', 'unknown model'])
})

test('a usual end is not worth a word', () => {
  expect(unusualFinish(['stop', 'length', 'tool_call', 'content_filter'])).toEqual(['length', 'content_filter'])
})

test('warnings of the whole stand at the top, those of a call do not', () => {
  const warnings = [{ code: 'truncated', message: 'cut' }, { code: 'answer_cut', message: 'length', span_id: 'a1' }]
  expect(warningsOf(talk([], { warnings, records_truncated: true }))).toEqual(['The trace has more records than are read for a conversation.', 'cut'])
})
