import { expect, test } from 'vitest'
import { traceHref } from './links'

const fields = ['message', 'trace_id', 'span_id'].map((name) => ({ name, data_type: 'Utf8', nullable: false }))
const place = { org: 'local', project: 'default' }

test('ids lead to their trace, nothing else does', () => {
  const row = ['hello', 'ab12', 'cd34']
  expect(fields.map((_, column) => traceHref(place, fields, row, column))).toEqual([undefined, '/local/default?traceId=ab12&spanId=cd34', '/local/default?traceId=ab12&spanId=cd34'])
  expect(traceHref(place, fields.slice(2), ['cd34'], 0)).toBeUndefined()
  expect(traceHref(place, fields, ['hello', 'ab12?x', 'cd34'], 1)).toBeUndefined()
  expect(traceHref(place, fields, ['hello', 'ab12', null], 2)).toBeUndefined()
})
