import { expect, test } from 'vitest'
import { buildModel } from './model'
import type { Process } from '../live/processes'
import { lifeOf } from './signs'
import { span } from './testing'

const minute = 60_000_000
const began = 1000 * minute
const pending = (changes = {}) => span({ span: 'p', pending: true, start: began, end: began, created: began, instance: 'i1', pid: 7, ...changes })
const process = (changes: Partial<Process> = {}): Process => ({ service: 'shop', instance: 'i1', host: 'a', pid: 7, first: began - 1, last: began, ...changes })

function state(row: ReturnType<typeof pending>, processes: Process[], present: number, others: ReturnType<typeof span>[] = []): string {
  return lifeOf(row, buildModel([row, ...others]), processes, present).state
}

test('a span runs while its process gives signs of life', () => {
  const present = began + 30 * minute
  expect(state(pending(), [process({ last: present - 5 })], present)).toBe('running')
  expect(state(pending(), [process({ last: present - 3 * minute })], present)).toBe('quiet')
  expect(state(pending(), [process({ instance: 'i2', first: began - 9, last: present })], present)).toBe('unfinished')
  expect(state(pending({ pending: false }), [], present)).toBe('done')
})

test('it will not end once its process was started again, or its parent is long gone', () => {
  const present = began + 2 * minute
  expect(state(pending(), [process(), process({ pid: 8, first: present - 1, last: present })], present)).toBe('unfinished')
  expect(state(pending({ instance: undefined }), [process({ instance: undefined, pid: 9, first: present - 1, last: present })], present)).toBe('unfinished')
  expect(state(pending(), [process(), process({ service: 'other', pid: 8, first: present - 1, last: present })], present)).toBe('quiet')
  const later = began + 10 * minute
  const parent = span({ span: 'up', start: began, end: began + minute })
  expect(state(pending({ parent: 'up' }), [process({ last: later })], later, [parent])).toBe('unfinished')
  expect(state(pending({ parent: 'up' }), [process({ last: later })], began + 3 * minute, [parent])).toBe('running')
})
