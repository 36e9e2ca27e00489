import { expect, test } from 'vitest'
import { drawnLines, findIn, openDepth, reveal, stickyLines, type Line, type View } from './lines'
import { buildModel } from './model'
import type { Span } from './span'
import { span } from './testing'

const view: View = { toggled: new Map(), group: true, errorsOnly: false }
const many = (n: number, parent: string, name: string) => Array.from({ length: n }, (_, i) => span({ span: `${parent}.${i}`, parent, name, start: 2000 + i }))
const names = (lines: Line[]) => lines.map((line) => (line.kind === 'group' ? `${line.of === 'messages' ? 'messages' : line.nodes[0]!.row.name} × ${line.nodes.length}` : line.key))

test('more than twenty neighbours of one name are one line, that opens', () => {
  const model = buildModel([span({ span: 'r' }), span({ span: 'first', parent: 'r', start: 1500 }), ...many(21, 'r', 'SELECT')])
  const closed = drawnLines(model, view, Infinity)
  expect(names(closed)).toEqual(['r', 'first', 'SELECT × 21'])
  expect(closed.map((line) => [line.position, line.siblings])).toEqual([[1, 1], [1, 2], [2, 2]])
  const open = drawnLines(model, { ...view, toggled: reveal(model, view, Infinity, 'r.7') }, Infinity)
  expect(open).toHaveLength(24)
  expect(open[3]).toMatchObject({ key: 'r.0', depth: 2, parent: 2, siblings: 21 })
  expect(drawnLines(model, { ...view, group: false }, Infinity)).toHaveLength(23)
  expect(names(drawnLines(buildModel([span({ span: 'r' }), ...many(20, 'r', 'SELECT')]), view, Infinity))).toHaveLength(21)
})

test('the messages of a call are one line below it, that opens', () => {
  const message = (id: string, changes: Partial<Span> = {}) => span({ span: id, parent: 'chat', kind: 'log', name: 'gen_ai.user.message', start: 1100, ...changes })
  const rows = [
    span({ span: 'chat' }), message('system'), span({ span: 'POST', parent: 'chat', start: 1200 }),
    message('choice', { name: 'gen_ai.choice', start: 1900, message: 'It is hot' }), span({ span: 'note', parent: 'chat', kind: 'log', start: 1950 }),
  ]
  const model = buildModel(rows)
  const closed = drawnLines(model, { ...view, group: false }, Infinity)
  expect(names(closed)).toEqual(['chat', 'messages × 2', 'POST', 'note'])
  expect(closed.map((line) => [line.position, line.siblings])).toEqual([[1, 1], [1, 3], [2, 3], [3, 3]])
  const [hit] = findIn(model, 'hot')
  const opened = reveal(model, view, Infinity, hit!)
  const open = drawnLines(model, { ...view, toggled: opened }, Infinity)
  expect(names(open)).toEqual(['chat', 'messages × 2', 'system', 'choice', 'POST', 'note'])
  expect(open[3]).toMatchObject({ key: 'choice', depth: 2, parent: 1, position: 2, siblings: 2 })
  const later = buildModel([...rows, message('before', { start: 1050 })])
  expect(names(drawnLines(later, { ...view, toggled: opened }, Infinity))).toContain('choice') // an earlier one closes nothing
})

test('messages whose call has not come wait below its placeholder', () => {
  const model = buildModel([span({ span: 'm1', parent: 'lost', kind: 'log', name: 'gen_ai.choice' })])
  expect(names(drawnLines(model, view, Infinity))).toEqual(['lost', 'messages × 1'])
})

test('only errors keeps what leads to them', () => {
  const model = buildModel([span({ span: 'r' }), span({ span: 'ok', parent: 'r' }), span({ span: 'on', parent: 'r' }), span({ span: 'bad', parent: 'on', level: 17 })])
  expect(names(drawnLines(model, { ...view, errorsOnly: true }, Infinity))).toEqual(['r', 'on', 'bad'])
})

test('a large trace opens as many levels as fit', () => {
  const rows = [span({ span: 'r' }), ...many(100, 'r', 'a')]
  for (let i = 0; i < 100; i++) rows.push(...many(30, `r.${i}`, 'b'))
  const model = buildModel(rows)
  expect(openDepth(model)).toBe(1)
  expect(drawnLines(model, { ...view, group: false }, openDepth(model))).toHaveLength(101)
  expect(openDepth(buildModel(rows.slice(0, 101)))).toBe(Infinity)
  const seen = drawnLines(model, { ...view, toggled: reveal(model, view, 1, 'r.5.3') }, 1)
  expect(seen.some((line) => line.key === 'r.5.3')).toBe(true)
})

test('the nearest ancestors of the first line in view stand still', () => {
  const chain = Array.from({ length: 8 }, (_, i) => span({ span: String(i), parent: i ? String(i - 1) : undefined, start: 1000 + i }))
  const lines = drawnLines(buildModel([...chain, ...Array.from({ length: 30 }, (_, i) => span({ span: `x${i}`, name: `x${i}`, parent: '7', start: 3000 + i }))]), view, Infinity)
  expect(stickyLines(lines, 0, 4)).toEqual([])
  expect(stickyLines(lines, 20, 4).map((line) => line.key)).toEqual(['4', '5', '6', '7'])
  expect(stickyLines(lines, 2, 4).map((line) => line.key)).toEqual(['2', '3', '4', '5'])
})

test('words are found in the order of the tree, in what is closed too', () => {
  const model = buildModel([span({ span: 'r', message: 'Pay' }), span({ span: 'b', parent: 'r', start: 1200, exception: 'PayError' }), span({ span: 'a', parent: 'r', start: 1100, tags: ['pay'] }), span({ span: 'c', parent: 'lost', name: 'parent' })])
  expect(findIn(model, ' pay ')).toEqual(['r', 'a', 'b'])
  expect(findIn(model, 'not received')).toEqual([])
  expect(findIn(model, 'pay', new Set(['b', 'elsewhere']))).toEqual(['r', 'a', 'b'])
  expect(findIn(model, 'xyz', new Set(['b', 'elsewhere']))).toEqual(['b'])
  expect(findIn(model, ' ')).toEqual([])
})
