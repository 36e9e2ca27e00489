import { expect, test } from 'vitest'
import { keyOf, LiveStore } from './store'
import { row } from './testing'

function texts(store: LiveStore): string[] {
  return store.list().map((item) => `${'  '.repeat(item.depth)}${item.row.span}${item.row.pending ? '…' : ''} ${item.below}`)
}

test('a pending span turns final in place, and never back', () => {
  const store = new LiveStore()
  store.merge([row({ span: 'a', pending: true }), row({ trace: 'u', span: 'b', start: 5000 })], true)
  expect(texts(store)).toEqual(['a… 0', 'b 0'])
  store.merge([row({ span: 'a', message: 'done' })], true)
  store.merge([row({ span: 'a', pending: true })], true)
  expect(texts(store)).toEqual(['a 0', 'b 0'])
  expect(store.list()[0]?.row.message).toBe('done')
  expect(store.size).toBe(2)
})

test('traces stand by their start, newest last; a late record does not move its trace to the end', () => {
  const store = new LiveStore()
  store.merge([row({ trace: 'new', span: 'n', start: 9000 }), row({ trace: 'old', span: 'o', start: 10 })], true)
  store.merge([row({ trace: 'old', span: 'late', parent: 'o', start: 20, created: 99_000 })], true)
  expect(texts(store)).toEqual(['o 1', 'n 0'])
})

test('children that come before their parent move under it', () => {
  const store = new LiveStore()
  store.merge([row({ span: 'child', parent: 'root', start: 1100 })], true)
  expect(texts(store)).toEqual(['child 0'])
  store.merge([row({ span: 'root' })], true)
  expect(texts(store)).toEqual(['root 1'])
  store.setOpen(keyOf(row({ span: 'root' })), true)
  expect(texts(store)).toEqual(['root 1', '  child 0'])
})

test('a trace is lacking while a record is here without the one above it, until it was fetched whole', () => {
  const store = new LiveStore()
  store.merge([row({ span: 'root' }), row({ trace: 'u', span: 'whole' })], false)
  expect(store.lacking).toEqual([])
  store.merge([row({ span: 'grandchild', parent: 'child', start: 1200 })], true)
  expect(store.lacking).toEqual([{ trace: 't', start: 1000 }])
  store.merge([row({ span: 'child', parent: 'root', start: 1100 })], false)
  expect(store.lacking).toEqual([])
  store.merge([row({ span: 'orphan', parent: 'never sent', start: 1300 })], true)
  expect(store.lacking).toHaveLength(1)
  store.complete('t')
  expect(store.lacking).toEqual([])
})

test('the count below a root is the server\'s until all records are here', () => {
  const store = new LiveStore()
  store.merge([row({ span: 'root' })], false)
  store.count([{ trace: 't', records: 20, level: 17 }])
  expect(texts(store)).toEqual(['root 19'])
  expect(store.list()[0]?.level).toBe(17)
  store.merge([row({ span: 'fresh', parent: 'root' })], true)
  expect(texts(store)).toEqual(['root 20'])
  store.merge([row({ span: 'fresh', parent: 'root' })], false)
  expect(texts(store)).toEqual(['root 20'])
  store.merge([row({ span: 'x', parent: 'root' })], false)
  store.complete('t')
  expect(texts(store)).toEqual(['root 2'])
  expect(store.list()[0]?.level).toBe(9)
})

test('opening all opens what is below', () => {
  const store = new LiveStore()
  store.merge([row({ span: 'root' }), row({ span: 'a', parent: 'root' }), row({ span: 'b', parent: 'a' })], false)
  store.openAll(store.list()[0]!.node)
  expect(texts(store)).toEqual(['root 2', '  a 1', '    b 0'])
  store.closeAll()
  expect(texts(store)).toEqual(['root 2'])
})

test('the list is the same until something changes', () => {
  const store = new LiveStore()
  let told = 0
  store.subscribe(() => told++)
  store.merge([row({ span: 'a' })], true)
  expect(store.list()).toBe(store.list())
  expect(told).toBe(1)
})

test('memory is bounded: the oldest traces go', () => {
  const store = new LiveStore()
  store.merge(Array.from({ length: 20_001 }, (_, i) => row({ trace: String(i), span: String(i), start: i })), true)
  expect(store.size).toBe(18_000)
  expect(store.list()[0]?.row.span).toBe('2001')
})

test('new errors are told', () => {
  const store = new LiveStore()
  expect(store.merge([row({ span: 'a', level: 17 }), row({ trace: 'u', span: 'b' })], true)).toEqual({ traces: 2, errors: 1 })
  expect(store.merge([row({ span: 'a', level: 17 })], true)).toEqual({ traces: 0, errors: 0 })
})
