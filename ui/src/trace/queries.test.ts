import { expect, test } from 'vitest'
import { around, readyQueries } from './queries'
import { span } from './testing'

test('questions are about the name, slower ones, what it shares, and its trace', () => {
  const made = readyQueries(span({ span: 'a1', trace: 'f00', name: "it's", service: 'shop', end: 2500 }), { 'http.route': '/pay', 'user.id': '', x: 1 })
  expect(made.map((query) => query.title)).toEqual(['This name over time', 'Slower than this one', 'The same http.route', 'This trace', 'This record'])
  expect(made[0]!.sql).toContain("span_name = 'it''s'")
  expect(made[1]!.sql).toContain('duration > 0.001500')
  expect(made[2]!.sql).toContain("attributes->>'http.route' = '/pay'")
  expect(made[4]!.sql).toContain("trace_id = 'f00'")
})

test('a log has no duration to compare', () => {
  expect(readyQueries(span({ span: 'l', kind: 'log' }), {}).map((query) => query.title)).not.toContain('Slower than this one')
})

test('questions reach half a day to both sides', () => {
  expect(around(span({ span: 'a', start: 43_200_000_000, end: 43_200_000_000 }))).toEqual({ since: '1970-01-01T00:00:00.000000Z', until: '1970-01-02T00:00:00.000000Z' })
})
