import { beforeEach, expect, test, vi } from 'vitest'
import { Recent } from './kept'

const storage = new Map<string, string>()
vi.stubGlobal('localStorage', { getItem: (key: string) => storage.get(key) ?? null, setItem: (key: string, value: string) => storage.set(key, value) })
beforeEach(() => storage.clear())

test('the newest stands first, repeats move up, the oldest falls out', () => {
  const list = new Recent<{ text: string; at: number }>('x', 3)
  for (const [at, text] of ['a', 'b', 'a', 'c', 'd'].entries()) list.add({ text, at })
  expect(list.list().map((e) => `${e.text}${e.at}`)).toEqual(['d4', 'c3', 'a2'])
  expect(list.list()).toBe(list.list())
  expect(new Recent('x', 3).list()).toHaveLength(3)
})

test('storage that holds something else is empty', () => {
  for (const text of ['{', '{}', '[1, null, {"text": 2}]', 'null']) {
    storage.set('x', text)
    expect(new Recent('x', 3).list()).toEqual([])
  }
})
