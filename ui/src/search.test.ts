import { expect, test } from 'vitest'
import { liveSearch, parseSearch, stringifySearch } from './search'

test('an address says the same after a round trip', () => {
  const search = { q: "message = 'a&b=ü'", last: '15m', traceId: '01234567890123456789012345678901', spanId: '0123456789012345' }
  expect(liveSearch(parseSearch(stringifySearch(search)))).toEqual(search)
})

test('nothing of a parameter that cannot be meant gets through', () => {
  expect(liveSearch(parseSearch("?traceId='x'&spanId=12&other=1&q="))).toEqual({ spanId: '12', q: '' })
  expect(stringifySearch({ q: '', env: undefined })).toBe('')
})
