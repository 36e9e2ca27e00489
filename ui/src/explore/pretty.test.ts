import { expect, test } from 'vitest'
import { pretty } from './pretty'

test('statements get lines, and say the same', () => {
  expect(pretty("select a->>'x y', $n from records where level >= 'warn' -- why")).toBe("SELECT\n  a ->> 'x y',\n  $n\nFROM\n  records\nWHERE\n  level >= 'warn' -- why")
  expect(pretty("select 'it")).toBeUndefined()
})
