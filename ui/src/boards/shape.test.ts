import { expect, test } from 'vitest'
import type { Answer } from '../api/client'
import { shares } from '../charts/series'
import { panelOf } from './newPanel'
import { amountsOf, calculated, changeOf, colourAt, columnsOf, figuresOf, meaningOf, namesBut, seriesOf, thresholdsOf } from './shape'

const types = { time: { Timestamp: [] }, number: 'Int64', text: 'Utf8' }
const answer = (columns: Record<string, keyof typeof types>, rows: unknown[][]): Answer => ({ fields: Object.entries(columns).map(([name, kind]) => ({ name, data_type: types[kind], nullable: true })), rows })
const minute = (n: number) => `2026-11-23T14:0${n}:00.000000Z`

const rows = answer({ x: 'time', route: 'text', n: 'number', ms: 'number' }, [[minute(0), 'b', 1, 10], [minute(0), 'a', 2, 20], [minute(1), null, '3', 30]])

test('columns are what the query names, else what the types suggest', () => {
  expect(columnsOf(rows, panelOf({ name: '', kind: 'TimeSeriesChart' }))).toEqual({ time: 'x', by: 'route', values: ['n', 'ms'] })
  expect(columnsOf(rows, panelOf({ name: '', kind: 'TimeSeriesChart', metrics: ['ms', 'gone'], groupBy: 'n' }))).toEqual({ time: 'x', by: 'n', values: ['ms'] })
  expect(columnsOf(answer({ a: 'text' }, []), panelOf({ name: '', kind: 'PieChart' }))).toBeUndefined()
})

test('series come by name, and each says what it stands for', () => {
  const columns = { time: 'x', by: 'route', values: ['n'] }
  expect(seriesOf(rows, columns).series).toEqual([{ name: '(none)', values: [null, 3] }, { name: 'a', values: [2, null] }, { name: 'b', values: [1, null] }])
  expect(meaningOf(rows, columns, '(none)')).toEqual({ group: { column: 'route', value: null }, metric: 'n' })
  expect(meaningOf(rows, { ...columns, values: ['n', 'ms'] }, 'a · ms')).toEqual({ group: { column: 'route', value: 'a' }, metric: 'ms' })
  expect(meaningOf(rows, columns, 'other 3')).toBeUndefined()
  expect(namesBut(rows, panelOf({ name: '', kind: 'TimeSeriesChart', metrics: ['n'] }), 'a')).toEqual(['(none)', 'b'])
})

test('figures: of rows, of groups, and over time', () => {
  expect(figuresOf(answer({ errors: 'number', rate: 'number' }, [[3, null]]), { values: ['errors', 'rate'] }, 'last').map(({ name, value }) => [name, value])).toEqual([['errors', 3], ['rate', null]])
  expect(figuresOf(answer({ s: 'text', n: 'number' }, [['a', 1], ['b', 2]]), { by: 's', values: ['n'] }, 'last').map(({ name, value }) => [name, value])).toEqual([['a', 1], ['b', 2]])
  expect(figuresOf(rows, { time: 'x', values: ['n'] }, 'sum')).toEqual([{ name: 'n', value: 6, line: [3, 3] }])
})

test('several values become one', () => {
  const values = [null, 4, 1, null, 7, null]
  expect(['last', 'last-number', 'first', 'mean', 'sum', 'min', 'max'].map((name) => calculated(values, name))).toEqual([7, 7, 4, 4, 12, 1, 7])
  expect(calculated([null], 'sum')).toBeNull()
})

test('amounts are in the order that is asked for; the smallest of many are one', () => {
  const of = answer({ s: 'text', n: 'number' }, [['a', 1], ['b', 5], ['a', 2], ['c', null]])
  const columns = { by: 's', values: ['n'] }
  expect(amountsOf(of, columns, 'sum', '')).toEqual([{ name: 'a', value: 3 }, { name: 'b', value: 5 }])
  expect(amountsOf(of, columns, 'sum', 'desc')[0]).toEqual({ name: 'b', value: 5 })
  expect(amountsOf(of, columns, 'sum', 'ascending')[0]).toEqual({ name: 'a', value: 3 })
  const many = answer({ s: 'text', n: 'number' }, Array.from({ length: 33 }, (_, i) => [`s${i}`, i]))
  expect(amountsOf(many, columns, 'sum', '').at(-1)).toEqual({ name: 'other 3', value: 3 })
})

test('a change is a part of what it was', () => {
  expect([changeOf(15, 10), changeOf(5, 10), changeOf(5, -10), changeOf(5, 0), changeOf(null, 1), changeOf(1, undefined)]).toEqual([0.5, -0.5, 1.5, undefined, undefined, undefined])
})

test('thresholds: the lowest first, as numbers or parts of the most, in colours of the app', () => {
  const steps = [{ value: 80, color: 'red', name: 'full' }, { value: 50, color: 'url(x)' }, { value: 0, color: '#0a0' }, { color: 'red' }]
  const absolute = thresholdsOf({ steps })
  expect(absolute).toEqual([{ value: 0, color: '#0a0' }, { value: 50, color: 'var(--state-lost)' }, { value: 80, color: 'var(--state-lost)', name: 'full' }])
  expect(thresholdsOf({ mode: 'percentage', steps }, 10).map(({ value }) => value)).toEqual([0, 5, 8])
  expect([colourAt(60, absolute), colourAt(-1, absolute), colourAt(null, absolute)]).toEqual(['var(--state-lost)', undefined, undefined])
  expect([thresholdsOf(undefined), thresholdsOf({ steps: 'many' })]).toEqual([[], []])
})

test('shares of the sum at each place', () => {
  expect(shares([{ name: 'a', values: [1, null, 0] }, { name: 'b', values: [3, 5, 0] }])).toEqual([{ name: 'a', values: [25, null, null] }, { name: 'b', values: [75, 100, null] }])
})
