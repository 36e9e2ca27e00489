import { expect, test } from 'vitest'
import type { Answer } from '../api/client'
import { guess, readForm, turned, writeForm, type ChartForm } from './form'
import { plot, short, slices, stacked } from './series'

const types = { time: { Timestamp: [] }, number: 'Int64', text: 'Utf8' }

function answer(columns: Record<string, keyof typeof types>, rows: unknown[][]): Answer {
  return { fields: Object.entries(columns).map(([name, kind]) => ({ name, data_type: types[kind], nullable: true })), rows }
}

const minute = (n: number) => `2026-11-23T14:${String(n).padStart(2, '0')}:00.000000Z`
const base = Date.parse(minute(0)) / 1000

test('the columns suggest a chart', () => {
  const rows = [[minute(0), 'a', 1], [minute(0), 'b', 2], [minute(1), 'a', 3]]
  expect(guess(answer({ t: 'time', service: 'text', n: 'number' }, rows))).toEqual({ type: 'line', x: 't', y: ['n'], by: 'service' })
  expect(guess(answer({ t: 'time', n: 'number', m: 'number' }, []))).toEqual({ type: 'line', x: 't', y: ['n', 'm'] })
  expect(guess(answer({ service: 'text', newest: 'time', n: 'number' }, [['a', minute(0), 1], ['b', minute(0), 2]]))).toEqual({ type: 'ranking', x: 'service', y: ['n'] })
  expect(guess(answer({ t: 'time', id: 'text', n: 'number' }, Array.from({ length: 60 }, (_, i) => [minute(i), `id${i}`, i])))).toEqual({ type: 'line', x: 't', y: ['n'] })
  expect(guess(answer({ service: 'text', n: 'number' }, []))).toEqual({ type: 'ranking', x: 'service', y: ['n'] })
  expect(guess(answer({ a: 'number', b: 'number' }, []))).toEqual({ type: 'line', x: 'a', y: ['b'] })
  expect(guess(answer({ service: 'text' }, []))).toBeUndefined()
})

test('a form comes back from the address, unless its columns are gone', () => {
  const form: ChartForm = { type: 'area', x: 't', y: ['a&b', 'n=1'], by: 'x,y', stack: true }
  const columns = { t: 'time', 'a&b': 'number', 'n=1': 'number', 'x,y': 'text' } as const
  expect(readForm(writeForm(form), answer(columns, []))).toEqual(form)
  expect(readForm(writeForm(form), answer({ t: 'time', 'a&b': 'number' }, []))).toEqual({ type: 'area', x: 't', y: ['a&b'], stack: true })
  expect(readForm(writeForm(form), answer({ t: 'time' }, []))).toBeUndefined()
  expect(readForm('', answer(columns, []))).toBeUndefined()
})

test('another type takes its names from the same columns', () => {
  const of = answer({ t: 'time', s: 'text', n: 'number' }, [])
  const lines: ChartForm = { type: 'line', x: 't', y: ['n'], by: 's' }
  expect(turned(lines, 'bars', of)).toEqual({ ...lines, type: 'bars' })
  expect(turned(lines, 'pie', of)).toEqual({ type: 'pie', x: 's', y: ['n'] })
  expect(turned({ type: 'line', x: 't', y: ['n'] }, 'pie', of)).toEqual({ type: 'pie', x: 's', y: ['n'] })
  expect(turned({ type: 'pie', x: 's', y: ['n'] }, 'line', of)).toEqual(lines)
})

test('rows become series over an ascending axis, split by a column', () => {
  const rows = [[minute(1), 'a', 3], [minute(0), 'b', 2], [minute(0), 'a', 1], [minute(0), 'a', 10], [null, 'a', 5], [minute(1), null, '7']]
  expect(plot(answer({ t: 'time', s: 'text', n: 'number' }, rows), { type: 'line', x: 't', y: ['n'], by: 's' })).toEqual({
    x: [base, base + 60], time: true,
    series: [{ name: 'a', values: [11, 3] }, { name: 'b', values: [2, null] }, { name: '(none)', values: [null, 7] }],
  })
})

test('a hole in a grid of equal steps breaks the line; other axes stay as they are', () => {
  const times = (...minutes: number[]) => plot(answer({ t: 'time', n: 'number' }, minutes.map((n) => [minute(n), 1])), { type: 'line', x: 't', y: ['n'] })
  expect(times(0, 1, 2, 6, 7).x.map((x) => (x - base) / 60)).toEqual([0, 1, 2, 3, 6, 7])
  expect(times(0, 1, 2, 6, 7).series[0]!.values).toEqual([1, 1, 1, null, 1, 1])
  expect(times(0, 1, 5, 20, 50).x).toHaveLength(5)
  expect(plot(answer({ a: 'number', n: 'number' }, [[1, 1], [2, 1], [9, 1], [10, 1]]), { type: 'line', x: 'a', y: ['n'] }).x).toEqual([1, 2, 9, 10])
})

test('more than twenty series are the largest twenty and the others', () => {
  const rows = Array.from({ length: 23 }, (_, i) => [minute(0), `s${i}`, i])
  const { series } = plot(answer({ t: 'time', s: 'text', n: 'number' }, rows), { type: 'line', x: 't', y: ['n'], by: 's' })
  expect(series).toHaveLength(21)
  expect([series[0]!.name, series.at(-1)!]).toEqual(['s22', { name: 'other 3', values: [3] }])
})

test('stacked series stand on each other; there is a gap where none has a value', () => {
  expect(stacked([{ name: 'a', values: [1, null, 3, null] }, { name: 'b', values: [1, 2, null, null] }, { name: 'c', values: [5, 5, 5, null] }])).toEqual([
    { name: 'a', values: [1, 0, 3, null] }, { name: 'b', values: [2, 2, 3, null] }, { name: 'c', values: [7, 7, 8, null] },
  ])
})

test('amounts are added up by name, the largest first', () => {
  const rows = [['a', 1], ['b', 5], ['a', 7], ['', 2], ['c', null]]
  expect(slices(answer({ s: 'text', n: 'number' }, rows), { type: 'pie', x: 's', y: ['n'] })).toEqual([{ name: 'a', value: 8 }, { name: 'b', value: 5 }, { name: '(empty)', value: 2 }])
})

test('numbers are short', () => {
  expect([0, 7, 0.123456, 1234.5678, 12345, 1.5e6, -2e9, 3e12, 0.00001].map(short)).toEqual(['0', '7', '0.1235', '1235', '12.35k', '1.5M', '-2G', '3T', '1.00e-5'])
})
