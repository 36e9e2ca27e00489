import { expect, test } from 'vitest'
import { basic } from './manage'

test('a password may hold any letters', () => {
  expect(basic('öffne:dich')).toBe(`Basic ${Buffer.from('hearth:öffne:dich').toString('base64')}`)
})
