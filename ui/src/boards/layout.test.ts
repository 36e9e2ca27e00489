import { expect, test } from 'vitest'
import type { Item } from './definition'
import { cellAt, drawn, heightOf, moved, nudged, packed, placed, removed, sized } from './layout'

const item = (name: string, x: number, y: number, width: number, height: number): Item => ({ x, y, width, height, content: { $ref: name } })

/** The items as they are drawn in words: name@x,y widthxheight, in reading order. */
const words = (items: readonly Item[]) => items.toSorted((a, b) => a.y - b.y || a.x - b.x).map((one) => `${one.content.$ref}@${one.x},${one.y} ${one.width}x${one.height}`).join(' ')

const two = [item('a', 0, 0, 12, 6), item('b', 12, 0, 12, 6)]
const stack = [item('a', 0, 0, 12, 6), item('b', 0, 6, 12, 4), item('c', 0, 10, 12, 2)]

test('what overlaps or sticks out of the grid is drawn beside each other, and gaps stay', () => {
  expect(words(drawn([item('a', 0, 0, 12, 6), item('b', 6, 2, 12, 4), item('c', 20, 30, 12, 2)]))).toBe('a@0,0 12x6 b@6,6 12x4 c@12,30 12x2')
  expect(words(drawn([item('wide', -3, -2, 80, 500)]))).toBe('wide@0,0 24x40')
})

test('packing closes gaps', () => {
  expect(words(packed([item('a', 0, 5, 12, 2), item('b', 0, 20, 6, 2), item('c', 18, 9, 6, 2)]))).toBe('a@0,0 12x2 c@18,0 6x2 b@0,2 6x2')
})

test('a panel that moves pushes the others down, and nothing hangs in the air', () => {
  expect(words(moved(two, 'b', 6, 0))).toBe('b@6,0 12x6 a@0,6 12x6')
  expect(words(moved(two, 'b', 0, 40))).toBe('a@0,0 12x6 b@0,6 12x6')
  expect(words(removed(stack, 'a'))).toBe('b@0,0 12x4 c@0,4 12x2')
})

test('a panel that moves down past another takes its place', () => {
  expect(words(moved(stack, 'a', 0, 4))).toBe('b@0,0 12x4 a@0,4 12x6 c@0,10 12x2')
  expect(words(moved(stack, 'c', 0, 0))).toBe('c@0,0 12x2 a@0,2 12x6 b@0,8 12x4')
})

test('a panel comes in from another group where it is dropped', () => {
  expect(words(placed(stack, item('new', 0, 6, 24, 3)))).toBe('a@0,0 12x6 new@0,6 24x3 b@0,9 12x4 c@0,13 12x2')
})

test('sizes stay within the grid and above the least', () => {
  expect(words(sized(two, 'a', 20, 2))).toBe('a@0,0 20x2 b@12,2 12x6')
  expect(words(sized(two, 'b', 99, 0))).toBe('a@0,0 12x6 b@12,0 12x2')
  expect(words(sized(two, 'b', 1, 6))).toBe('a@0,0 12x6 b@12,0 3x6')
})

test('arrow keys always move a panel where it can go', () => {
  expect(words(nudged(stack, 'a', 0, 1))).toBe('b@0,0 12x4 a@0,4 12x6 c@0,10 12x2')
  expect(words(nudged(stack, 'c', 0, -1))).toBe('a@0,0 12x6 c@0,6 12x2 b@0,8 12x4')
  expect(words(nudged(stack, 'c', 0, 1))).toBe(words(stack))
  expect(words(nudged(two, 'b', 1, 0))).toBe(words(two))
  expect(words(nudged(two, 'a', 1, 0))).toBe('a@1,0 12x6 b@12,6 12x6')
})

test('no order of moves makes panels overlap', () => {
  let items = stack
  let seed = 7
  const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n
  for (let i = 0; i < 300; i++) {
    const name = 'abc'[random(3)]!
    items = random(2) ? moved(items, name, random(24), random(20)) : sized(items, name, random(26), random(9))
    for (const one of items) {
      expect(one.x >= 0 && one.x + one.width <= 24 && one.y >= 0 && one.height >= 2).toBe(true)
      for (const other of items) if (other !== one) expect(one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height).toBe(false)
    }
  }
})

test('pixels and cells', () => {
  expect([heightOf([]), heightOf(two)]).toEqual([0, 6 * 48 - 8])
  expect([cellAt(0, 40), cellAt(30, 40), cellAt(48 * 5, 40)]).toEqual([0, 1, 5])
})
