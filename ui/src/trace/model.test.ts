import { expect, test } from 'vitest'
import { ancestors, buildModel, criticalPath, selfTime, sum } from './model'
import { span } from './testing'

test('a parent that has not come is a placeholder as long as what it holds, until it comes', () => {
  const children = [span({ span: 'a', parent: '27fd00', start: 100, end: 300 }), span({ span: 'b', parent: '27fd00', start: 50, end: 200 })]
  const model = buildModel([span({ span: 'root', start: 0, end: 400 }), ...children])
  const placeholder = model.nodes.get('27fd00')!
  expect(placeholder.row).toMatchObject({ message: 'parent 27fd… not received (yet)', start: 50, end: 300 })
  expect(placeholder.children.map((node) => node.row.span)).toEqual(['b', 'a'])
  expect(model.tops.map((node) => node.row.span)).toEqual(['root', '27fd00'])
  expect(model).toMatchObject({ records: 3, services: ['shop'] })
  const later = buildModel([span({ span: 'root', start: 0, end: 400 }), ...children, span({ span: '27fd00', parent: 'root', start: 40, end: 350 })])
  expect(later.missing.size).toBe(0)
  expect(ancestors(later, later.nodes.get('a')!).map((node) => node.row.span)).toEqual(['root', '27fd00'])
})

test('circles are counted and every record is there once', () => {
  const model = buildModel([span({ span: 'a', parent: 'b' }), span({ span: 'b', parent: 'a' }), span({ span: 'self', parent: 'self' })])
  expect(model.circles).toBe(2)
  expect(model.nodes.size).toBe(3)
})

test('self time is what no child covers, overlaps or not', () => {
  const model = buildModel([
    span({ span: 'p', start: 0, end: 100 }), span({ span: 'a', parent: 'p', start: 10, end: 40 }), span({ span: 'b', parent: 'p', start: 30, end: 60 }),
    span({ span: 'log', parent: 'p', kind: 'log', start: 70, end: 70 }), span({ span: 'late', parent: 'p', start: 90, end: 150 }),
  ])
  const free = selfTime(model.nodes.get('p')!)
  expect(free).toEqual([{ from: 0, to: 10 }, { from: 60, to: 90 }])
  expect(sum(free)).toBe(40)
})

test('the critical path covers the root from end to end, without gaps or overlaps', () => {
  const model = buildModel([
    span({ span: 'p', start: 0, end: 100 }), span({ span: 'a', parent: 'p', start: 10, end: 40 }), span({ span: 'b', parent: 'p', start: 20, end: 60 }),
    span({ span: 'b1', parent: 'b', start: 25, end: 50 }), span({ span: 'c', parent: 'p', start: 65, end: 95 }),
  ])
  const path = criticalPath(model)
  expect([...path.keys()].sort()).toEqual(['b', 'b1', 'c', 'p'])
  const all = [...path.values()].flat().sort((x, y) => x.from - y.from)
  expect(all[0]!.from).toBe(0)
  expect(all.at(-1)!.to).toBe(100)
  for (const [i, stretch] of all.entries()) if (i > 0) expect(stretch.from).toBe(all[i - 1]!.to)
})
