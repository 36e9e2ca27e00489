import { expect, test } from 'vitest'
import { pathOf } from './Spark'

test('a line breaks where there is no value, and a value alone is a dot', () => {
  expect(pathOf([0, 10, null, 5, null], [0, 1, 2, 3, 4], 10, 0)).toBe('M0.0 60.0L50.0 0.0M150.0 30.0h.1')
})
