import { expect, test } from 'vitest'
import { row } from '../live/testing'
import { buildTrees, place, talking, type Node } from './tree'

function draw(tops: Node[]): string[] {
  return place(tops, () => true).map(({ node, depth }) => `${'  '.repeat(depth)}${node.row.span}${node.orphan ? '?' : ''} ${node.descendants}`)
}

test('children stand under their parents by start, whatever the order of arrival', () => {
  const rows = [
    row({ span: 'root' }), row({ span: 'b', parent: 'root', start: 1200 }), row({ span: 'a', parent: 'root', start: 1100 }),
    row({ span: 'a1', parent: 'a', start: 1150 }), row({ span: 'log', start: 900 }),
  ]
  const want = ['log 0', 'root 3', '  a 1', '    a1 0', '  b 0']
  expect(draw(buildTrees(rows))).toEqual(want)
  expect(draw(buildTrees(rows.toReversed()))).toEqual(want)
})

test('a record whose parent is missing is a top until the parent comes', () => {
  const child = row({ span: 'child', parent: 'root', start: 1100 })
  expect(draw(buildTrees([child]))).toEqual(['child? 0'])
  expect(draw(buildTrees([child, row({ span: 'root' })]))).toEqual(['root 1', '  child 0'])
})

test('circles and self-parents end, with every record once', () => {
  const rows = [
    row({ span: 'self', parent: 'self' }), row({ span: 'x', parent: 'z', start: 10 }), row({ span: 'y', parent: 'x' }),
    row({ span: 'z', parent: 'y' }), row({ span: 'w', parent: 'z' }),
  ]
  expect(draw(buildTrees(rows)).map((line) => line.trim())).toEqual(['x? 3', 'y 2', 'z 1', 'w 0', 'self? 0'])
})

test('a very deep trace needs no deep stack', () => {
  const rows = Array.from({ length: 50_000 }, (_, i) => row({ span: String(i), parent: i ? String(i - 1) : undefined, start: i }))
  expect(buildTrees(rows)[0]?.descendants).toBe(49_999)
})

test('a node knows the highest level below it', () => {
  const [root] = buildTrees([row({ span: 'root' }), row({ span: 'a', parent: 'root' }), row({ span: 'bad', parent: 'a', level: 17 })])
  expect(root?.level).toBe(17)
  expect(root?.row.level).toBe(9)
})

test('what is closed hides what is below, and lines go on to later siblings', () => {
  const tops = buildTrees([
    row({ span: 'root' }), row({ span: 'a', parent: 'root', start: 1 }), row({ span: 'a1', parent: 'a' }), row({ span: 'b', parent: 'root', start: 2 }),
  ])
  expect(place(tops, (r) => r.span === 'root').map((p) => p.node.row.span)).toEqual(['root', 'a', 'b'])
  expect(place(tops, () => true).map((p) => p.lines)).toEqual([[], [true], [true, false], [false]])
})

test('a conversation is offered for model calls and what they lie below, also in circles', () => {
  const rows = [
    row({ span: 'root' }), row({ span: 'sql', parent: 'root' }), row({ span: 'agent', parent: 'root' }),
    row({ span: 'chat', parent: 'agent', operation: 'chat' }), row({ span: 'x', parent: 'y', operation: 'chat' }), row({ span: 'y', parent: 'x' }),
  ]
  expect([...talking(rows)].sort()).toEqual(['agent', 'chat', 'root', 'x', 'y'])
})
