import { expect, test } from 'vitest'
import { ApiError } from './client'
import { detailsOf } from './problem'

test('a report of a failure has what one needs to find it', () => {
  const error = new ApiError(400, 'There is no column lvl.', 'did you mean level?', 12, 'r-1', 'POST /v2/query')
  expect(detailsOf(error, 'http://h/local/default', new Date('2026-11-26T11:00:00Z'))).toBe(
    'There is no column lvl.\nHint: did you mean level?\nRequest id: r-1\nRequest: POST /v2/query\nStatus: 400\nPage: http://h/local/default\nTime: 2026-11-26T11:00:00.000Z',
  )
  expect(detailsOf(new ApiError(0, 'Hearth does not answer.'), 'x', new Date(0))).toContain('Status: no answer')
})
