import { expect, test } from 'vitest'
import { insideSQL } from './inside'

test('words are looked for as JSON has them, and mean nothing to SQL', () => {
  expect(insideSQL('t1', 'tea')).toContain("attributes::text ILIKE '%tea%'")
  expect(insideSQL('t1', '50%_o\'hara')).toContain("'%50\\%\\_o''hara%'")
  expect(insideSQL('t1', 'say "hi"')).toContain('%say \\\\"hi\\\\"%')
})
