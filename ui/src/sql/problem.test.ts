import { expect, test } from 'vitest'
import { ApiError } from '../api/client'
import { isMistake, wordsOf } from './problem'

test('the place and the hint are not said twice', () => {
  const hint = 'did you mean level?'
  expect(wordsOf(new ApiError(400, `column "lvl" does not exist (at character 8). ${hint}`, hint, 8))).toEqual({ message: 'Column "lvl" does not exist', hint })
  expect(wordsOf(new ApiError(400, 'division by zero'))).toEqual({ message: 'Division by zero', hint: undefined })
})

test('a server that fails is nobody\'s mistake', () => {
  expect([400, 422, 401, 500, 0].map((status) => isMistake(new ApiError(status, '')))).toEqual([true, true, false, false, false])
})
