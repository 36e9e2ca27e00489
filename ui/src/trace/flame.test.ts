import { expect, test } from 'vitest'
import { flameBars } from './flame'
import { buildModel } from './model'
import { span } from './testing'

test('bars never lie on each other, and each is below its parent', () => {
  let seed = 3
  const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n
  const spans = Array.from({ length: 500 }, (_, i) => {
    const start = random(10_000)
    return span({ span: String(i), parent: i ? String(random(i)) : undefined, start, end: start + random(3000), pending: i % 50 === 9, ...(i % 7 === 6 ? { kind: 'log' as const } : {}) })
  })
  const { bars, rows } = flameBars(buildModel(spans), 20_000)
  const place = new Map(bars.map((bar) => [bar.node.row.span, bar]))
  for (const bar of bars) {
    const parent = place.get(bar.node.row.parent ?? '')
    if (parent) expect(bar.row).toBeGreaterThan(parent.row)
  }
  for (let row = 0; row < rows; row++) {
    const inRow = bars.filter((bar) => bar.row === row).sort((a, b) => a.start - b.start)
    for (const [i, bar] of inRow.entries()) if (i > 0) expect(bar.start).toBeGreaterThanOrEqual(inRow[i - 1]!.end)
  }
})
