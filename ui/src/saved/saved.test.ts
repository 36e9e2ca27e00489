import { expect, test } from 'vitest'
import { addressOf, hrefOf, nameOf } from './saved'

const place = { org: 'acme', project: 'shop' }

test('what ends now is kept with a search, moments and selections are not', () => {
  expect(addressOf('live', { q: 'x', last: '6h', since: '2026-11-26T10:00:00Z', cols: 'a', env: '', traceId: 'ab', live: '1' })).toEqual({ last: '6h', cols: 'a' })
  expect(addressOf('explore', { sql: 'SELECT 1', limit: '100', view: 'chart', chart: 'type=pie', q: 'x' })).toEqual({ limit: '100', view: 'chart', chart: 'type=pie' })
})

test('a search leads to its page; what is not known of its address is not taken', () => {
  expect(hrefOf(place, { kind: 'live', query: "level >= 'error'", address: { last: '1h', traceId: 'ab' } })).toBe('/acme/shop?q=level+%3E%3D+%27error%27&last=1h')
  expect(hrefOf(place, { kind: 'explore', query: 'SELECT 1', address: { view: 'chart' } })).toBe('/acme/shop/explore?sql=SELECT+1&view=chart')
  expect(hrefOf(place, { kind: 'explore', query: 'x'.repeat(2000), address: {} })).toMatch(/^\/acme\/shop\/explore#sql=x+$/)
})

test('a name to begin with is short, on one line', () => {
  expect(nameOf(' SELECT\n  1 ')).toBe('SELECT 1')
  expect(nameOf('x'.repeat(100))).toHaveLength(60)
})
