import { expect, test } from 'vitest'
import { annotationCounts } from '../api/record'
import { annotationsOf, attach } from './annotations'
import { buildModel } from './model'
import { span } from './testing'

const said = (id: string, parent: string, start: number) => span({ span: id, parent, kind: 'annotation', start, end: start, message: id })
const trace = [span({ span: 'root', start: 0, end: 100 }), span({ span: 'call', parent: 'root', start: 10, end: 90 }), said('late', 'call', 9_000_000), said('early', 'call', 95)]

test('annotations stand with their record, and are no part of the tree', () => {
  const model = buildModel([...trace, said('lost', 'nowhere', 50)])
  expect([...model.annotations].map(([of, all]) => [of, all.map((one) => one.span)])).toEqual([['call', ['early', 'late']]])
  expect(model.nodes.get('call')?.children).toEqual([])
  // One that is about nothing that is here is shown by itself.
  expect(model.nodes.get('nowhere')?.children.map((node) => node.row.span)).toEqual(['lost'])
  expect([model.records, model.root?.span]).toEqual([3, 'root'])
})

test('what was said a day later does not stretch the trace', () => {
  const model = buildModel(trace)
  expect([model.start, model.end]).toEqual([0, 100])
})

test('records are counted by what was said of them', () => {
  expect(annotationCounts(trace)).toEqual(new Map([['call', 2]]))
  expect(attach(trace.slice(0, 2)).spans).toHaveLength(2)
})

const record = (id: string, created: string, attributes: Record<string, unknown>) => ({
  span_id: id, created_at: `2026-11-26T10:00:${created}Z`, start_timestamp: `2026-11-26T09:00:${created}Z`, message: `feedback ${id}`, service_name: 'desk', attributes,
})

test('a value is found under the name of the feedback', () => {
  const [thumbs, words] = annotationsOf([
    record('a', '01', { 'logfire.feedback.name': 'thumbs', thumbs: 1, 'logfire.feedback.comment': 'warm', 'user.id': 'ada', table: 7, 'code.filepath': 'x.py' }),
    record('b', '02', { cups: 1 }),
  ])
  expect(thumbs).toMatchObject({ name: 'thumbs', value: 1, comment: 'warm', user: 'ada', service: 'desk', rest: [['table', 7]] })
  expect(words).toMatchObject({ name: undefined, value: undefined, message: 'feedback b', user: undefined, rest: [['cups', 1]] })
})

test('the last version counts, and may take it away', () => {
  const version = (id: string, created: string, more: Record<string, unknown>) => record(id, created, { 'logfire.feedback.name': 'UI Feedback', 'logfire.feedback.id': 'one', ...more })
  const [first, second, gone] = [version('a', '01', { 'UI Feedback': 0 }), version('b', '02', { 'UI Feedback': 1 }), version('c', '03', { 'logfire.feedback.deleted': true })]
  expect(annotationsOf([second, first]).map((one) => one.value)).toEqual([1])
  expect(annotationsOf([gone, first, second])).toEqual([])
})
