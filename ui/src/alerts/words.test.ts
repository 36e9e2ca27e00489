import { expect, test } from 'vitest'
import type { Alert } from '../api/alerts'
import { countStates, everyText, inOrder, isoOf, lastText, listed, runText, secondsOf, sentenceOf, spanText } from './words'

const draft = { time_window: 'PT15M', frequency: 'PT5M', watermark: 'PT0S', notify_when: 'starts_having_matches' as const, environments: [], active: true }

test('lengths of time are read as the server writes them', () => {
  expect(['PT5M', 'PT1H30M', 'P1D', 'P1W', 'PT0S', 'P1DT1S'].map(secondsOf)).toEqual([300, 5400, 86_400, 604_800, 0, 86_401])
  expect(secondsOf('5 minutes')).toBeNaN()
  expect(secondsOf(isoOf(300))).toBe(300)
})

test('and said in the largest unit that fits', () => {
  expect([60, 90, 3600, 5400, 172_800].map(spanText)).toEqual(['1 minute', '90 seconds', '1 hour', '90 minutes', '2 days'])
  expect([60, 300].map(everyText)).toEqual(['every minute', 'every 5 minutes'])
  expect([3600, 300].map(lastText)).toEqual(['the last hour', 'the last 5 minutes'])
})

test('a sentence says what an alert does', () => {
  expect(sentenceOf(draft, [])).toBe('Every 5 minutes Hearth looks at the last 15 minutes. When the query starts having rows, it is shown here, and nobody is told.')
  expect(sentenceOf({ ...draft, watermark: 'PT30S', notify_when: 'no_matches', environments: ['production', ''], active: false }, [{ label: '#ops' }, { label: 'mail' }]))
    .toBe('Every 5 minutes Hearth looks at the last 15 minutes of production and no environment, up to 30 seconds ago. When the query has no rows, and when it has some again, it tells #ops and mail. It is switched off.')
})

test('lists have an and', () => {
  expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c'])
})

test('what matters comes first', () => {
  const of = (name: string, state: Alert['state']) => ({ name, state }) as Alert
  const list = [of('b', 'ok'), of('a', 'ok'), of('z', 'firing'), of('y', 'broken')]
  expect(inOrder(list).map(({ name }) => name)).toEqual(['z', 'y', 'a', 'b'])
  expect(countStates(list)).toMatchObject({ firing: 1, broken: 1, ok: 2, snoozed: 0 })
})

test('runs in words', () => {
  const run = { status: 'matched' as const, rows: 1, missed: 0, notified: true }
  expect(runText(run)).toBe('1 row, told')
  expect(runText({ ...run, status: 'ok', rows: 0, notified: false })).toBe('No rows')
  expect(runText({ ...run, rows: 10_000, notified: false })).toBe('10,000 or more rows')
  expect(runText({ ...run, status: 'missed', missed: 3 })).toBe('3 runs that did not take place')
  expect(runText({ ...run, status: 'error' })).toBe('The query failed')
})
