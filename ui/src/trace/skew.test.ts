import { expect, test } from 'vitest'
import { buildModel } from './model'
import { adjust, offsets, skewed } from './skew'
import { span } from './testing'

const ms = 1000

test('a host that is ahead is found, and moved inside', () => {
  const rows = [
    span({ span: 'p', host: 'a', start: 0, end: 100 * ms }),
    span({ span: 'c1', parent: 'p', host: 'b', start: 60 * ms, end: 130 * ms }), span({ span: 'c2', parent: 'p', host: 'b', start: 52 * ms, end: 90 * ms }),
    span({ span: 'below', parent: 'c1', host: 'b', start: 70 * ms, end: 80 * ms }),
  ]
  const model = buildModel(rows)
  expect([...skewed(model)]).toEqual([['c1', 30 * ms]])
  const by = offsets(model)
  expect([...by]).toEqual([['b', -30 * ms]])
  const moved = buildModel(adjust(rows, by))
  expect(skewed(moved).size).toBe(0)
  expect(moved.nodes.get('below')!.row.start).toBe(40 * ms)
})

test('what is only a little outside, of the same host, or handed over, is no skew', () => {
  const model = buildModel([
    span({ span: 'p', host: 'a', start: 1000 * ms, end: 1100 * ms }),
    span({ span: 'near', parent: 'p', host: 'b', start: 1000 * ms - 900, end: 1050 * ms }), span({ span: 'same', parent: 'p', host: 'a', start: 0, end: 5 }),
    span({ span: 'queue', parent: 'p', host: 'c', start: 1200 * ms, end: 1300 * ms }), span({ span: 'nobody', parent: 'p', host: undefined, start: 0, end: 5 }),
  ])
  expect(skewed(model).size).toBe(0)
  expect(offsets(model).size).toBe(0)
})

test('moving clocks twice moves nothing more, whatever the skew', () => {
  let seed = 7
  const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n
  for (let round = 0; round < 200; round++) {
    const skew = random(200 * ms) - 100 * ms
    const rows = [span({ span: 'p', host: 'a', start: 1000 * ms, end: 1500 * ms })]
    for (let i = 0; i < 5; i++) {
      const start = 1000 * ms + random(300 * ms)
      rows.push(span({ span: `c${i}`, parent: 'p', host: 'b', start: start + skew, end: start + random(150 * ms) + skew }))
    }
    const moved = buildModel(adjust(rows, offsets(buildModel(rows))))
    expect(skewed(moved).size).toBe(0)
    expect(offsets(moved).size).toBe(0)
  }
})
