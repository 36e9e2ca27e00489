import { expect, test } from 'vitest'
import { pan, share, ticks, zoomAt, zoomBetween, zoomTo } from './zoom'

const whole = { from: 1000, to: 2000 }

test('zooming keeps the place under the pointer, and never leaves the trace', () => {
  const near = zoomAt(whole, whole, 0.25, 0.5)
  expect(near).toEqual({ from: 1125, to: 1625 })
  expect(share(near, 1250)).toBe(0.25)
  expect(zoomAt(near, whole, 0.5, 100)).toEqual(whole)
  expect(zoomAt(near, whole, 0, 0.000001).to - zoomAt(near, whole, 0, 0.000001).from).toBe(5)
})

test('a stretch is chosen in either direction; a mere click chooses nothing', () => {
  expect(zoomBetween(whole, whole, 0.8, 0.3)).toEqual({ from: 1300, to: 1800 })
  expect(zoomBetween(whole, whole, 0.5, 0.501)).toBeUndefined()
  expect(zoomTo(1000, 1100, whole)).toEqual({ from: 1000, to: 1110 })
  expect(pan({ from: 1000, to: 1500 }, whole, -1)).toEqual({ from: 1000, to: 1500 })
  expect(pan({ from: 1000, to: 1500 }, whole, 0.5)).toEqual({ from: 1250, to: 1750 })
})

test('ticks are round distances from the start', () => {
  expect(ticks({ from: 0, to: 1000 }, 0, 5)).toEqual([0, 200, 400, 600, 800, 1000])
  expect(ticks({ from: 130, to: 230 }, 100, 4)).toEqual([150, 200])
})
