import { expect, test } from 'vitest'
import { andAlso, attribute, column, conjuncts, has, hasNot, without } from './condition'

test('a field and a value make a condition', () => {
  expect(has(column('service_name'), "o'brien")).toBe("service_name = 'o''brien'")
  expect(has(column('http_response_status_code'), 500)).toBe('http_response_status_code = 500')
  expect(has(attribute('retries'), 3)).toBe("attributes->>'retries' = '3'")
  expect(has(attribute('ok'), true)).toBe("attributes->>'ok' = 'true'")
  expect(has(column('tags'), 'urgent')).toBe("'urgent' = ANY(tags)")
  expect(has(column('exception_type'), null)).toBe('exception_type IS NULL')
  expect(hasNot(column('service_name'), 'api')).toBe("service_name IS DISTINCT FROM 'api'")
  expect(hasNot(column('tags'), 'urgent')).toBe("NOT ('urgent' = ANY(tags))")
  expect(hasNot(attribute('k'), null)).toBe("attributes->>'k' IS NOT NULL")
})

test('a condition falls apart at its own ANDs only', () => {
  expect(conjuncts("a = 1 AND b = 'x AND y' and (c OR d AND e)")).toEqual(['a = 1', "b = 'x AND y'", '(c OR d AND e)'])
  expect(conjuncts('d BETWEEN 1 AND 2 AND e')).toEqual(['d BETWEEN 1 AND 2', 'e'])
  expect(conjuncts('CASE WHEN a AND b THEN c END AND d')).toEqual(['CASE WHEN a AND b THEN c END', 'd'])
  expect(conjuncts('a OR b AND c')).toEqual(['a OR b AND c'])
  expect(conjuncts('')).toEqual([])
})

test('conditions are added once and taken out again', () => {
  const pay = "message ILIKE '%pay%'"
  expect(andAlso('', 'a = 1')).toBe('a = 1')
  expect(andAlso('pay', 'a = 1')).toBe(`${pay} AND a = 1`)
  expect(andAlso('b = 2 OR c = 3', 'a = 1')).toBe('(b = 2 OR c = 3) AND a = 1')
  expect(andAlso('a = 1 AND b = 2', 'a = 1')).toBe('a = 1 AND b = 2')
  expect(without('a = 1 AND b = 2', 'a = 1')).toBe('b = 2')
  expect(without('a = 1', 'a = 1')).toBe('')
})
