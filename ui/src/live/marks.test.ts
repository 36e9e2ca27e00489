import { expect, test } from 'vitest'
import { markedSQL, mostMarks, parseMarks, toggledMark } from './marks'

test('a mark is set and taken away, in its project alone', () => {
  const one = toggledMark('', 'acme/shop', 't/a')
  const two = toggledMark(toggledMark(one, 'acme/shop', 't/b'), 'acme/mail', 't/c')
  expect(parseMarks(two)).toEqual({ 'acme/shop': ['t/a', 't/b'], 'acme/mail': ['t/c'] })
  expect(parseMarks(toggledMark(two, 'acme/shop', 't/a'))).toEqual({ 'acme/shop': ['t/b'], 'acme/mail': ['t/c'] })
})

test('of too many marks the oldest are forgotten', () => {
  let text = ''
  for (let i = 0; i <= mostMarks; i++) text = toggledMark(text, 'p', `t/${i}`)
  expect(parseMarks(text)['p']).toHaveLength(mostMarks)
  expect(parseMarks(text)['p']![0]).toBe('t/1')
})

test('what cannot be read is as if nothing was marked', () => {
  for (const text of ['', 'x', '[1]', '{"p":1}', '{"p":[1]}']) expect(Object.values(parseMarks(text)).flat(), text).toEqual([])
})

test('the search for what is marked names the spans', () => {
  expect(markedSQL(['t/a1', 't/b2'])).toBe("span_id IN ('a1', 'b2')")
})
