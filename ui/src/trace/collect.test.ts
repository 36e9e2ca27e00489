import { expect, test } from 'vitest'
import { Collected } from './collect'
import { span } from './testing'

test('a final record takes the place of its pending one, in whichever order they come', () => {
  const pending = span({ span: 'a', pending: true, end: 1000, host: 'h' })
  const final = span({ span: 'a', host: undefined, whole: false })
  for (const order of [[pending, final], [final, pending]]) {
    const all = new Collected()
    all.merge(order)
    expect(all.list().map((s) => [s.pending, s.end])).toEqual([[false, 2000]])
  }
  const all = new Collected()
  all.merge([pending, final])
  expect(all.list()[0]?.host).toBe('h')
  expect(all.merge([span({ span: 'a' })])).toBe(true)
  expect(all.list()[0]?.whole).toBe(true)
})

test('what is read again changes nothing; another record of the same id is told', () => {
  const all = new Collected()
  expect(all.merge([span({ span: 'a' })])).toBe(true)
  expect(all.merge([span({ span: 'a' })])).toBe(false)
  expect(all.duplicates.size).toBe(0)
  expect(all.merge([span({ span: 'a', end: 9000 })])).toBe(true)
  expect(all.merge([span({ span: 'a', end: 9000 })])).toBe(false)
  expect(all.duplicates.size).toBe(1)
  expect(all.list()).toHaveLength(1)
})
