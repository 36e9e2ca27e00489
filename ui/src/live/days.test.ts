import { expect, test } from 'vitest'
import { parseTimestamp } from '../lib/time'
import { withDays } from './days'
import { LiveStore } from './store'
import { row } from './testing'

const at = (text: string) => parseTimestamp(`2026-11-${text}Z`)

test('a line stands before each day, in the zone that is shown', () => {
  const store = new LiveStore()
  store.edges = { start: true, end: true }
  const starts = ['20T10:00:00', '24T22:59:00', '24T23:30:00', '25T12:00:00']
  store.merge(starts.map((start, i) => row({ trace: `${i}`, span: `${i}`, start: at(start) })), true)
  const texts = (zone: string) => withDays(store.list(), zone, at('25T13:00:00')).map((line) => (line.kind === 'day' ? line.text : line.kind === 'record' ? line.row.span : ''))
  expect(texts('UTC')).toEqual(['Fri 20 Nov 2026', '0', 'Yesterday', '1', '2', 'Today', '3'])
  expect(texts('Europe/Berlin')).toEqual(['Fri 20 Nov 2026', '0', 'Yesterday', '1', 'Today', '2', '3'])
})

test('what lies below a record of yesterday is no new day', () => {
  const store = new LiveStore()
  store.edges = { start: true, end: true }
  store.merge([row({ span: 'root', start: at('24T23:59:59') }), row({ span: 'child', parent: 'root', start: at('25T00:00:01') })], true)
  store.setOpen(store.list()[0]!, true)
  expect(withDays(store.list(), 'UTC', at('25T13:00:00')).map((line) => line.kind)).toEqual(['day', 'record', 'record'])
})
