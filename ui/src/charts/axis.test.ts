import { expect, test } from 'vitest'
import { axisTime, pointTime } from './axis'

const at = (text: string) => Date.parse(text) / 1000

test('ticks say the day where it changes', () => {
  expect(axisTime([at('2026-11-23T22:00:00Z'), at('2026-11-23T23:00:00Z'), at('2026-11-24T00:00:00Z')], 'UTC')).toEqual(['22:00\n23 Nov', '23:00', '00:00\n24 Nov'])
  expect(axisTime([at('2026-11-23T00:00:00Z'), at('2026-11-24T00:00:00Z')], 'UTC')).toEqual(['23 Nov', '24 Nov'])
  expect(axisTime([at('2026-11-23T14:00:00Z'), at('2026-11-23T14:00:15Z')], 'UTC')).toEqual(['14:00:00\n23 Nov', '14:00:15'])
})

test('the hour that comes twice has its offset', () => {
  expect(axisTime([at('2026-10-25T00:00:00Z'), at('2026-10-25T01:00:00Z')], 'Europe/Berlin')).toEqual(['02:00 +2\n25 Oct', '02:00 +1'])
  expect(pointTime(at('2026-10-25T00:30:00Z'), 'Europe/Berlin')).toBe('Sun 25 Oct 2026 02:30:00')
})
