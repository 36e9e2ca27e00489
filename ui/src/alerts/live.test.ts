import { expect, test } from 'vitest'
import { likeIt } from './live'

test('a row leads to the records that it names', () => {
  expect(likeIt(['service_name', 'n', 'exception_type'], ["bob's", 3, 'KeyError'])).toBe("service_name = 'bob''s' AND exception_type = 'KeyError'")
  expect(likeIt(['service_name', 'n'], [null, 3])).toBe('')
  expect(likeIt(['n'], [3])).toBe('')
})
