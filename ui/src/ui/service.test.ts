import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Service } from '../api/client'
import { ServiceColors } from './service'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Colours over a server that knows what the test says. */
function setUp(known: Record<string, Service[]>) {
  const asked: string[] = []
  const painted = new Map<string, string>()
  const colors = new ServiceColors(
    async (project) => {
      asked.push(project)
      if (!known[project]) throw new Error('no such project')
      return known[project]
    },
    (property, value) => void (value ? painted.set(property, value) : painted.delete(property)),
  )
  return { colors, asked, painted }
}

const shop = '--service-73686f70'

test('what is drawn before the server answers takes its colour then', async () => {
  const { colors, asked, painted } = setUp({ default: [{ service_name: 'shop', hue: 7 }] })
  colors.follow('default')
  expect(colors.color('shop')).toMatch(new RegExp(`^var\\(${shop}, var\\(--series-\\d+\\)\\)$`))
  await vi.advanceTimersByTimeAsync(0)
  expect(painted.get(shop)).toBe('var(--series-7)')
  await vi.advanceTimersByTimeAsync(120_000)
  expect(asked).toEqual(['default'])
})

test('a name that the server has not told of makes it ask again, and less often in vain', async () => {
  const known = { default: [{ service_name: 'shop', hue: 1 }] }
  const { colors, asked, painted } = setUp(known)
  colors.follow('default')
  await vi.advanceTimersByTimeAsync(0)
  for (let second = 0; second < 60; second++) {
    colors.color('api')
    colors.color('shop')
    await vi.advanceTimersByTimeAsync(1000)
  }
  expect(asked).toHaveLength(1 + 5) // after 1, 2, 4, 8 and 16 seconds
  known.default.push({ service_name: 'api', hue: 2 })
  colors.color('api')
  await vi.advanceTimersByTimeAsync(32_000)
  expect(painted.get('--service-617069')).toBe('var(--series-2)')
  colors.color('cron')
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toHaveLength(8)
})

test('another project has colours of its own', async () => {
  const { colors, painted } = setUp({ a: [{ service_name: 'shop', hue: 1 }], b: [] })
  colors.follow('a')
  await vi.advanceTimersByTimeAsync(0)
  colors.follow('b')
  await vi.advanceTimersByTimeAsync(0)
  expect(painted.size).toBe(0)
  colors.follow('forbidden')
  await vi.advanceTimersByTimeAsync(0)
  expect(colors.color('shop')).toContain(shop)
})
