import { expect, test } from 'vitest'
import { row } from '../live/testing'
import { buildTrees, type Node } from './tree'

function draw(nodes: Node[], depth = 0): string[] {
  return nodes.flatMap((node) => [`${'  '.repeat(depth)}${node.row.span}${node.orphan ? '?' : ''} ${node.descendants}`, ...draw(node.children, depth + 1)])
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
