import { expect, test } from 'vitest'
import { beside, changed, closed, opened, readTabs, shown } from './tabs'

const names = (tabs: { list: { name: string }[]; active: string }) => `${tabs.list.map((tab) => tab.name.slice(6)).join()}:${tabs.active}`

test('there is always a tab', () => {
  for (const text of ['', '{', 'null', '{"list": []}', '{"list": [{"id": 1}]}']) expect(names(readTabs(text))).toBe('1:1')
  expect(names(closed(readTabs(''), '1'))).toBe('1:1')
})

test('tabs open, close and change places', () => {
  const three = opened(opened(readTabs(''), 'SELECT 2'), 'SELECT 3')
  expect(names(three)).toBe('1,2,3:3')
  expect(readTabs(JSON.stringify(three))).toEqual(three)
  expect(names(closed(three, '3'))).toBe('1,2:2')
  expect(names(closed(three, '1'))).toBe('2,3:3')
  expect(names(opened(closed(three, '2')))).toBe('1,3,2:2')
  expect([beside(three, 1).active, beside(three, -1).active]).toEqual(['1', '2'])
  expect(changed(three, '2', { sql: 'x' }).list[1]!.sql).toBe('x')
})

test('a statement of the address finds its tab', () => {
  const one = readTabs('')
  expect(names(shown(one, 'SELECT 1'))).toBe('1:1')
  const two = opened(shown(one, 'SELECT 1'), 'SELECT 2')
  expect(shown(two, 'SELECT 2')).toBe(two)
  expect(names(shown(two, 'SELECT 1'))).toBe('1,2:1')
  expect(names(shown(two, 'SELECT 3'))).toBe('1,2,3:3')
})
