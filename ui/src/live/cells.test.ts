import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '../api/client'
import type { Row } from '../api/record'
import { againMs, Cells, restMs, type CellRow } from './cells'
import { row } from './testing'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const line = (span: string, changes: Partial<CellRow> = {}): CellRow => ({ trace_id: 't', span_id: span, kind: 'span', attributes: 3, annotations: 0, v0: `of ${span}`, ...changes })
const fresh = (span: string): Row => row({ span, created: Date.now() * 1000 })

test('the lines in view are asked for once, when the view rests', async () => {
  const asked: string[][] = []
  const cells = new Cells(async (rows) => {
    asked.push(rows.map((one) => one.span))
    return rows.map((one) => line(one.span))
  }, ['x'])
  cells.want([fresh('a')])
  cells.want([fresh('a'), fresh('b')])
  await vi.advanceTimersByTimeAsync(restMs)
  expect(asked).toEqual([['a', 'b']])
  expect(cells.get(fresh('b'))).toEqual({ attributes: 3, annotations: 0, values: ['of b'] })
  cells.want([fresh('a'), fresh('c')])
  await vi.advanceTimersByTimeAsync(restMs)
  expect(asked[1]).toEqual(['c'])
})

test('a record in view of which something was said is read once more', async () => {
  let annotations = 0
  const asked: string[][] = []
  const cells = new Cells(async (rows) => {
    asked.push(rows.map((one) => one.span))
    return rows.map((one) => line(one.span, { annotations }))
  }, [])
  cells.want([fresh('a'), fresh('b')])
  await vi.advanceTimersByTimeAsync(restMs)
  annotations = 2
  cells.changedOf(['t/b', 't/elsewhere'])
  expect(cells.get(fresh('b'))?.annotations).toBe(0) // what is known stays until then
  await vi.advanceTimersByTimeAsync(restMs)
  expect(asked).toEqual([['a', 'b'], ['b']])
  expect([cells.get(fresh('a'))?.annotations, cells.get(fresh('b'))?.annotations]).toEqual([0, 2])
})

test('records that are not in the tables yet are asked for again, old ones are not', async () => {
  let asks = 0
  const cells = new Cells(async () => (++asks < 3 ? [] : [line('a')]), ['x'])
  cells.want([fresh('a')])
  await vi.advanceTimersByTimeAsync(restMs + 2 * againMs)
  expect(asks).toBe(3)
  expect(cells.get(fresh('a'))?.values).toEqual(['of a'])
  cells.want([row({ span: 'gone', created: 5 })])
  await vi.advanceTimersByTimeAsync(10 * againMs)
  expect(asks).toBe(4)
})

test('what a pending record said is not what the final one says', async () => {
  const cells = new Cells(async (rows) => rows.flatMap((one) => [line(one.span, { kind: 'pending_span', attributes: 1 }), line(one.span)]), ['x'])
  const pending = { ...fresh('a'), pending: true }
  cells.want([pending])
  await vi.advanceTimersByTimeAsync(restMs)
  expect(cells.get(pending)?.attributes).toBe(1)
  expect(cells.get(fresh('a'))).toBeUndefined()
})

test('a column that cannot be read is said, and the rest is read without it', async () => {
  const cells = new Cells(async (rows, expressions) => {
    if (expressions.length > 0) throw new ApiError(400, 'column "x" does not exist')
    return rows.map((one) => line(one.span, { v0: undefined }))
  }, ['x'])
  cells.want([fresh('a')])
  await vi.advanceTimersByTimeAsync(2 * restMs)
  expect(cells.error).toBe('column "x" does not exist')
  expect(cells.get(fresh('a'))).toEqual({ attributes: 3, annotations: 0, values: [undefined] })
})
