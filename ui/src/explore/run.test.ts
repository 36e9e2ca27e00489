import { expect, test, vi } from 'vitest'
import { cutTo, questionOf, Runner, type Asked } from './run'

const asked: Asked = { project: 'p', text: 'SELECT 1; SELECT $n, lvl', from: 10, to: 24, values: { n: '12345' }, time: { last: '1h' }, environment: undefined, zone: 'UTC', limit: 2 }
const present = 7_200_000_000

test('a question holds the part that runs, the range and one row more', () => {
  expect(questionOf(asked, present).question).toEqual({ project: 'p', sql: 'SELECT 12345, lvl', since: 3_600_000_000, environment: undefined, timezone: 'UTC', limit: 3 })
  expect(questionOf({ ...asked, time: { last: 'all' }, limit: 10_000 }, present).question).toMatchObject({ since: 0, limit: 10_000 })
})

test('the row too many tells that the limit cuts', () => {
  const answer = (n: number) => ({ fields: [], rows: Array.from({ length: n }, () => []) })
  expect(cutTo(answer(3), 2)).toEqual({ answer: answer(2), cut: 'yes' })
  expect(cutTo(answer(2), 2)).toEqual({ answer: answer(2), cut: 'no' })
  expect(cutTo(answer(10_000), 10_000).cut).toBe('maybe')
})

function answering(status: number, body: unknown): void {
  vi.stubGlobal('sessionStorage', { getItem: () => null })
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status }))
}

test('an error is marked where its text stands in the editor, and the answer before it stays', async () => {
  const runner = new Runner()
  answering(200, { schema: { fields: [{ name: 'a', data_type: 'Int64', nullable: true }] }, data: [{ a: 1 }] })
  expect((await runner.run(asked)).answer?.rows).toEqual([[1]])
  answering(400, { detail: 'column "lvl" does not exist (at character 15)', position: 15 })
  const state = await runner.run(asked)
  expect(state).toMatchObject({ phase: 'failed', place: asked.text.indexOf('lvl'), answer: { rows: [[1]] } })
})

test('what is cancelled or replaced does not answer', async () => {
  vi.stubGlobal('sessionStorage', { getItem: () => null })
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => new Promise((_, reject) => init.signal!.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))))
  const runner = new Runner()
  const first = runner.run(asked)
  runner.cancel()
  expect((await first).phase).toBe('cancelled')
  const second = runner.run(asked)
  answering(200, { schema: { fields: [] }, data: [] })
  expect((await runner.run(asked)).phase).toBe('done')
  await second
  expect(runner.get().phase).toBe('done')
})
