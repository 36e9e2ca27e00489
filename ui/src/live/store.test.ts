import { expect, test } from 'vitest'
import type { Row } from '../api/record'
import { keyOf, LiveStore, type Counted, type Page, type RecordItem } from './store'
import { outlineOf, row } from './testing'

function texts(store: LiveStore): string[] {
  return store.list().map((item) => {
    const indent = '  '.repeat(item.depth)
    if (item.kind === 'more') return `${indent}+ ${item.count} more`
    if (item.kind === 'messages') return `${indent}${item.below} messages`
    if (item.kind === 'missing') return `${indent}? ${item.span} ${item.below}`
    return `${indent}${item.skips ? '~' : ''}${item.dimmed ? '(' : ''}${item.row.span}${item.row.pending ? '…' : ''}${item.dimmed ? ')' : ''} ${item.below}`
  })
}

function record(store: LiveStore, span: string): RecordItem {
  return store.list().find((item): item is RecordItem => item.kind === 'record' && item.row.span === span)!
}

function open(store: LiveStore, span: string): void {
  store.setOpen(store.list().find((item) => item.key.endsWith(`/${span}`))!, true)
}

function counted(changes: Partial<Counted> & { trace: string }): Counted {
  return { start: 1000, seen: 3000, records: 1, matches: 1, running: 0, level: 9, usage: { input: 0, output: 0, cost: 0, calls: 0 }, ...changes }
}

function page(changes: Partial<Page>): Page {
  return { rows: [], context: [], counts: [], outlines: new Map(), ...changes }
}

function atEnd(options?: ConstructorParameters<typeof LiveStore>[0]): LiveStore {
  const store = new LiveStore(options)
  store.edges = { start: true, end: true }
  return store
}

const filtered = { flat: false, filtered: true, newestFirst: false }

test('a pending span turns final in place, and never back', () => {
  const store = atEnd()
  store.merge([row({ span: 'a', pending: true }), row({ trace: 'u', span: 'b', start: 5000 })], true)
  expect(texts(store)).toEqual(['a… 0', 'b 0'])
  store.merge([row({ span: 'a', message: 'done' })], true)
  store.merge([row({ span: 'a', pending: true })], true)
  expect(texts(store)).toEqual(['a 0', 'b 0'])
  expect(record(store, 'a').row.message).toBe('done')
  expect(record(store, 'a').ended).toBeGreaterThan(0)
  expect(record(store, 'b').ended).toBe(0)
  expect(store.size).toBe(2)
})

test('traces stand by their start, newest last; a late record does not move its trace, which says that it came', () => {
  const store = atEnd()
  store.merge([row({ trace: 'new', span: 'n', start: 9000 }), row({ trace: 'old', span: 'o', start: 10 })], true)
  store.merge([row({ trace: 'old', span: 'late', parent: 'o', start: 20, created: 99_000_000 })], true)
  expect(texts(store)).toEqual(['o 1', 'n 0'])
  expect(record(store, 'o').touched).toBeGreaterThan(0)
  expect(record(store, 'n').touched).toBe(0)
  store.merge([row({ trace: 'new', span: 'earlier', start: 5 })], true)
  expect(store.list()[0]!.trace).toBe('old')
})

test('the newest may come first; a trace reads downwards all the same', () => {
  const store = atEnd({ flat: false, filtered: false, newestFirst: true })
  store.merge([row({ trace: 'old', span: 'o', start: 10 }), row({ trace: 'new', span: 'n', start: 90 }), row({ trace: 'new', span: 'c', parent: 'n', start: 95 })], true)
  open(store, 'n')
  expect(texts(store)).toEqual(['n 1', '  c 0', 'o 0'])
})

test('a flat list has a line for each record, by its own start', () => {
  const store = atEnd({ flat: true, filtered: false, newestFirst: false })
  store.merge([row({ span: 'root', start: 10 }), row({ span: 'child', parent: 'root', start: 30 }), row({ trace: 'u', span: 'b', start: 20 })], true)
  expect(texts(store)).toEqual(['root 0', 'b 0', 'child 0'])
  store.merge([row({ span: 'later', parent: 'root', start: 40, pending: true }), row({ span: 'later', parent: 'root', start: 40 })], true)
  expect(texts(store).at(-1)).toBe('later 0')
})

test('children that come before their parent move under it', () => {
  const store = atEnd()
  store.merge([row({ span: 'child', parent: 'root', start: 1100 })], true)
  expect(texts(store)).toEqual(['child 0'])
  store.merge([row({ span: 'root' })], true)
  expect(texts(store)).toEqual(['root 1'])
  open(store, 'root')
  expect(texts(store)).toEqual(['root 1', '  child 0'])
})

test('records that wait for the same parent stand below a line in its place', () => {
  const store = atEnd()
  store.merge([row({ span: 'a', parent: 'late', start: 1100 }), row({ span: 'b', parent: 'late', start: 1200 }), row({ span: 'c', parent: 'b', start: 1300 })], true)
  expect(texts(store)).toEqual(['? late 3'])
  open(store, 'late')
  expect(texts(store)).toEqual(['? late 3', '  a 0', '  b 1'])
  store.merge([row({ span: 'late' })], true)
  expect(texts(store)).toEqual(['late 3', '  a 0', '  b 1'])
})

test('the server counts what lies below a root; what the tail brings from further down is not drawn beside it', () => {
  const store = atEnd()
  store.addPage(page({ rows: [row({ span: 'root' })], counts: [counted({ trace: 't', records: 20, level: 17, running: 2 })] }))
  expect(texts(store)).toEqual(['root 19'])
  expect(record(store, 'root')).toMatchObject({ level: 17, runsBelow: true })
  store.merge([row({ span: 'deep', parent: 'unknown', start: 1500 })], true)
  expect(texts(store)).toEqual(['root 19'])
  expect(store.stale).toEqual(['t'])
  store.addPage(page({ counts: [counted({ trace: 't', records: 21, seen: 4000 })] }))
  expect(texts(store)).toEqual(['root 20'])
  expect(store.stale).toEqual([])
})

test('counts that lag behind what the tail brought are asked for again', () => {
  const store = atEnd()
  store.addPage(page({ rows: [row({ span: 'root' })], counts: [counted({ trace: 't', records: 2, running: 1 })] }))
  store.merge([row({ span: 'child', parent: 'root', created: 9000 })], true)
  store.addPage(page({ counts: [counted({ trace: 't', records: 2, running: 1, seen: 8000 })] }))
  expect(store.stale).toEqual(['t'])
  store.addPage(page({ counts: [counted({ trace: 't', records: 2, seen: 9000 })] }))
  expect(store.stale).toEqual([])
  expect(record(store, 'root')).toMatchObject({ runsBelow: false })
})

test('older counts do not replace newer ones', () => {
  const store = atEnd()
  store.addPage(page({ rows: [row({ span: 'root' })], counts: [counted({ trace: 't', records: 9, seen: 50 })] }))
  store.addPage(page({ counts: [counted({ trace: 't', records: 5, seen: 40 })] }))
  expect(texts(store)).toEqual(['root 8'])
})

test('a trace that was read whole needs no counts', () => {
  const store = atEnd()
  store.addPage(page({ rows: [row({ span: 'root' })], counts: [counted({ trace: 't', records: 3 })] }))
  open(store, 'root')
  expect(store.isComplete('t')).toBe(false)
  store.complete('t', [row({ span: 'root' }), row({ span: 'a', parent: 'root' }), row({ span: 'b', parent: 'a' })])
  expect(store.isComplete('t')).toBe(true)
  expect(texts(store)).toEqual(['root 2', '  a 1'])
  expect(record(store, 'a')).toMatchObject({ place: 1, siblings: 1 })
  store.merge([row({ span: 'c', parent: 'root', start: 1900 })], true)
  expect(texts(store)).toEqual(['root 3', '  a 1', '  c 0'])
})

test('a match opens its trace, and what stands above it is dimmed; the count is of all that is below', () => {
  const store = atEnd(filtered)
  const rows = [row({ span: 'root' }), row({ span: 'mid', parent: 'root' }), row({ span: 'hit', parent: 'mid' }), row({ span: 'x', parent: 'hit' }), row({ span: 'y', parent: 'root' })]
  store.addPage(page({
    rows: [rows[2]!], context: [rows[0]!, rows[1]!], counts: [counted({ trace: 't', records: 5, matches: 1 })], outlines: new Map([['t', outlineOf(rows)]]),
  }))
  expect(texts(store)).toEqual(['(root) 4', '  (mid) 2', '    hit 1'])
  expect(record(store, 'root').absent).toBe(1)
  store.setOpen(record(store, 'root'), false)
  expect(texts(store)).toEqual(['(root) 4'])
})

test('without context a match hangs below the nearest record that is here', () => {
  const store = atEnd(filtered)
  const rows = [row({ span: 'root' }), row({ span: 'mid', parent: 'root' }), row({ span: 'hit', parent: 'mid' }), row({ span: 'alone', parent: 'lost' })]
  store.addPage(page({ rows: [rows[0]!, rows[2]!], counts: [counted({ trace: 't', records: 3 })], outlines: new Map([['t', outlineOf(rows.slice(0, 3))]]) }))
  expect(texts(store)).toEqual(['root 2', '  ~hit 0'])
})

test('of a large trace the levels that are here are drawn, and what is missing is said at its parent', () => {
  const store = atEnd()
  const children = Array.from({ length: 5 }, (_, i) => row({ span: `c${i}`, parent: 'root', start: 1100 + i }))
  const deep = row({ span: 'deep', parent: 'c1', start: 1500 })
  store.addPage(page({ rows: [row({ span: 'root' })], counts: [counted({ trace: 't', records: 7 })] }))
  store.addPage(page({ context: children.slice(0, 2), outlines: new Map([['t', outlineOf([row({ span: 'root' }), ...children, deep])]]) }))
  open(store, 'root')
  expect(texts(store)).toEqual(['root 6', '  c0 0', '  c1 1', '  + 3 more'])
  expect(record(store, 'c0').siblings).toBe(-1)
  expect(store.childrenOf('t', 'root').map((one) => one.span)).toEqual(['c0', 'c1'])
})

test('all below opens at once, and all closes at once', () => {
  const store = atEnd()
  store.merge([row({ span: 'root' }), row({ span: 'a', parent: 'root' }), row({ span: 'b', parent: 'a' }), row({ span: 'c', parent: 'root', start: 1500 })], true)
  store.openAll(record(store, 'root'))
  expect(texts(store)).toEqual(['root 3', '  a 1', '    b 0', '  c 0'])
  store.closeAll()
  expect(texts(store)).toEqual(['root 3'])
})

test('the messages of a model call are one line below it, the first one; a match opens it', () => {
  const message = (span: string, start: number) => row({ span, parent: 'chat', start, kind: 'log', name: 'gen_ai.user.message' })
  const rows = [row({ span: 'chat' }), row({ span: 'tool', parent: 'chat', start: 1050 }), message('m1', 1100), message('m2', 1200), row({ span: 'log', parent: 'chat', start: 1300, kind: 'log' })]
  const store = atEnd()
  store.merge(rows, true)
  open(store, 'chat')
  expect(texts(store)).toEqual(['chat 4', '  2 messages', '  tool 0', '  log 0'])
  expect(record(store, 'log')).toMatchObject({ place: 3, siblings: 3 })
  open(store, 'chat/messages')
  expect(texts(store)).toEqual(['chat 4', '  2 messages', '    m1 0', '    m2 0', '  tool 0', '  log 0'])
  const found = atEnd(filtered)
  found.addPage(page({ rows: [rows[3]!], context: [rows[0]!], counts: [counted({ trace: 't', records: 5, matches: 1 })], outlines: new Map([['t', outlineOf(rows)]]) }))
  expect(texts(found)).toEqual(['(chat) 4', '  1 messages', '    m2 0'])
  found.addPage(page({ rows: [rows[0]!] }))
  expect(texts(found)).toEqual(['chat 4', '  1 messages'])
})

test('the list is the same until something changes, and so are the items of traces that do not change', () => {
  const store = atEnd()
  let told = 0
  store.subscribe(() => told++)
  store.merge([row({ span: 'a' })], true)
  expect(store.list()).toBe(store.list())
  expect(told).toBe(1)
  const before = store.list()[0]
  store.merge([row({ trace: 'u', span: 'b' })], true)
  expect(store.list()[0]).toBe(before)
})

const many = (from: number, count: number): Row[] => Array.from({ length: count }, (_, i) => row({ trace: String(from + i).padStart(6, '0'), span: String(from + i), start: from + i }))

test('memory is bounded: what is farthest from the reader goes, and is known to be missing', () => {
  const store = atEnd()
  store.merge(many(0, 10_001), true)
  expect(store.size).toBe(9000)
  expect(store.first).toEqual({ at: 1001, id: '001001' })
  expect(store.edges).toEqual({ start: false, end: true })
  store.reader = '001100'
  store.addPage(page({ rows: many(0, 1001) }))
  expect(store.size).toBe(9000)
  expect(store.first?.at).toBe(0)
  expect(store.edges).toEqual({ start: false, end: false })
})

test('what the tail brings for outside of the window is told, not kept', () => {
  const store = new LiveStore()
  store.addPage(page({ rows: many(100, 10) }))
  expect(store.merge([row({ trace: 'new', span: 'n', start: 900, level: 17 }), row({ trace: 'old', span: 'o', start: 5 }), row({ trace: 'mid', span: 'm', start: 105 })], true)
    .map((placed) => [placed.where, placed.error])).toEqual([['after', true], ['before', false], ['here', false]])
  expect(store.size).toBe(11)
})

test('new traces are told once, with their errors; those that are here already are not', () => {
  const store = atEnd()
  expect(store.merge([row({ span: 'a' }), row({ span: 'b', parent: 'a', level: 17 }), row({ trace: 'u', span: 'c' })], true).map((placed) => placed.error)).toEqual([true, false])
  expect(store.merge([row({ span: 'd', parent: 'a', level: 17 })], true)).toEqual([])
})

test('a list of what runs loses what has ended', () => {
  const store = atEnd(filtered)
  store.merge([row({ span: 'a', pending: true }), row({ trace: 'u', span: 'b', pending: true })], true)
  expect(store.holds(row({ span: 'a' }))).toBe(true)
  store.merge([row({ span: 'a' })], true)
  expect(texts(store)).toEqual(['a 0', 'b… 0'])
  store.dropEnded(Date.now())
  expect(texts(store)).toEqual(['b… 0'])
  expect(store.size).toBe(1)
})

test('after a gap, traces that were at work are counted by the server again', () => {
  const store = atEnd()
  store.merge([row({ span: 'a', created: 9000 }), row({ trace: 'u', span: 'b', created: 100 })], true)
  store.doubt(5000)
  expect(store.stale).toEqual(['t'])
  expect(store.isComplete('u')).toBe(true)
  store.addPage(page({ counts: [counted({ trace: 't', records: 4, seen: 9500 })] }))
  expect(texts(store)).toEqual(['a 3', 'b 0'])
})

test('a process that sends anything gives a sign for all that runs in it', () => {
  const store = atEnd()
  store.merge([row({ span: 'a', created: 100 }), row({ trace: 'u', span: 'b', created: 900 }), row({ trace: 'v', span: 'c', created: 990, process: 'other' })], true)
  expect(store.lastSign(row({ span: 'a', created: 100 }))).toBe(900)
})

test('a process that was started again has ended what it began; of what a filter leaves out the server tells', () => {
  const minute = 60_000_000
  const begun = row({ span: 'a', pending: true, created: minute, instance: 'i', pid: 1, process: 'i/1' })
  const store = atEnd(filtered)
  store.merge([begun], true)
  expect(store.waitingServices()).toEqual(['shop'])
  const own = { service: 'shop', instance: 'i', host: undefined, pid: 1, first: 1, last: 3 * minute }
  expect(store.stateOf(begun, 3.5 * minute, undefined)).toBe('quiet')
  store.processes = [own]
  expect(store.stateOf(begun, 3.5 * minute, undefined)).toBe('running')
  store.processes = [own, { ...own, pid: 2, first: 2 * minute }]
  expect(store.stateOf(begun, 3.5 * minute, undefined)).toBe('running')
  store.processes = [own, { ...own, pid: 2, first: 3.2 * minute }]
  expect(store.stateOf(begun, 3.5 * minute, undefined)).toBe('unfinished')
})

test('usage is summed over calls, not over the agents that repeat it', () => {
  const store = atEnd()
  const calls = [row({ span: 'c1', parent: 'agent', operation: 'chat', tokensIn: 10, tokensOut: 2, cost: 0.5 }), row({ span: 'c2', parent: 'agent', operation: 'chat', tokensIn: 5, tokensOut: 1 })]
  store.merge([row({ span: 'agent', operation: 'invoke_agent', tokensIn: 15, tokensOut: 3 }), ...calls], true)
  expect(record(store, 'agent').usage).toEqual({ input: 15, output: 3, cost: 0.5, calls: 2 })
})

test('keys of records hold trace and span', () => {
  expect(keyOf(row({ span: 'a' }))).toBe('t/a')
})

