import { expect, test } from 'vitest'
import { initials } from './Avatar'

test('people have one or two letters', () => {
  expect(['Ada', 'Ada Lovelace', 'Ana de la Cruz', ' éva  nagy ', '𝒜da B', ''].map(initials)).toEqual(['A', 'AL', 'AC', 'ÉN', '𝒜B', '?'])
})
