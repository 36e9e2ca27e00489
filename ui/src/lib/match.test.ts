import { expect, test } from 'vitest'
import { matching, pastedId, score } from './match'

test('the beginning counts most, letters in order least', () => {
  const order = ['Live', 'Go live', 'Olive', 'List of views']
  const points = order.map((text) => score(text, 'live'))
  expect(points).toEqual([...points].sort((a, b) => b - a))
  expect(new Set(points.slice(0, 3)).size).toBe(3)
  expect(score('Settings', 'live')).toBe(0)
})

test('every word that is typed must find something, in any order', () => {
  const zones = ['America/New York', 'America/New_York/Other', 'Europe/Berlin', 'Asia/Tokyo']
  const find = (typed: string) => matching(zones, typed, (zone) => zone)
  expect(find('york new')[0]).toBe('America/New York')
  expect(find('berlin')).toEqual(['Europe/Berlin'])
  expect(find('  ')).toEqual(zones)
  expect(find('europe york')).toEqual([])
  expect(find('ebln')).toEqual(['Europe/Berlin'])
})

test('ids are known by their length', () => {
  const trace = '19fc11a0b2c3d4e5f60718293a4b5c6d'
  expect(pastedId(` ${trace.toUpperCase()}\n`)).toEqual({ trace })
  expect(pastedId('19fc11a0-b2c3-d4e5-f607-18293a4b5c6d')).toEqual({ trace })
  expect(pastedId('0x19fc11a0b2c3d4e5')).toEqual({ span: '19fc11a0b2c3d4e5' })
  expect(pastedId(`00-${trace}-19fc11a0b2c3d4e5-01`)).toEqual({ trace, span: '19fc11a0b2c3d4e5' })
  expect(pastedId('19fc11')).toBeUndefined()
  expect(pastedId(`${trace}0`)).toBeUndefined()
})
