import { expect, test } from 'vitest'
import { andAlso, attribute, choose, chosen, column, conjuncts, has, hasNot, splitList, without, withoutField, type Choice } from './condition'

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

test('a choice of values is written into the box and read back from it', () => {
  const service = column('service_name')
  const tags = column('tags')
  const key = attribute("it's (odd)")
  const cases: [typeof service, Choice, string][] = [
    [service, { only: ['api'], not: [] }, "service_name = 'api'"],
    [service, { only: ['api', "o'brien"], not: [] }, "service_name IN ('api', 'o''brien')"],
    [service, { only: [], not: ['api', 'web'] }, "service_name IS DISTINCT FROM 'api' AND service_name IS DISTINCT FROM 'web'"],
    [service, { only: [null], not: [] }, 'service_name IS NULL'],
    [service, { only: ['a', null], not: [] }, "(service_name = 'a' OR service_name IS NULL)"],
    [service, { only: ['a', 'b', null], not: [] }, "(service_name IN ('a', 'b') OR service_name IS NULL)"],
    [service, { only: [], not: [null] }, 'service_name IS NOT NULL'],
    [tags, { only: ['x', 'y'], not: ['z'] }, "('x' = ANY(tags) OR 'y' = ANY(tags)) AND NOT ('z' = ANY(tags))"],
    [key, { only: ['1'], not: [] }, "attributes->>'it''s (odd)' = '1'"],
    [service, { only: [], not: [] }, ''],
  ]
  for (const [field, choice, want] of cases) {
    expect(choose('', field, choice)).toBe(want)
    expect(chosen(want, field)).toEqual(choice)
    const among = choose('level > 5', field, choice)
    expect(chosen(among, field)).toEqual(choice)
    expect(choose(among, field, { only: [], not: [] })).toBe('level > 5')
  }
})

test('only what is a choice of that field is read and replaced', () => {
  const service = column('service_name')
  const rest = `service_name LIKE 'x%' AND (service_name = 'b' OR level > 3) AND "service_name" = 'c'`
  const q = `service_name NOT IN ('a') AND ${rest}`
  expect(chosen(q, service)).toEqual({ only: [], not: ['a'] })
  expect(withoutField(q, service)).toBe(rest)
  expect(chosen("service_name = 'a' OR level > 3", service)).toEqual({ only: [], not: [] })
  expect(chosen("message = 'service_name = ''a'''", service)).toEqual({ only: [], not: [] })
  expect(choose('pay', service, { only: ['a'], not: [] })).toBe("message ILIKE '%pay%' AND service_name = 'a'")
})

test('a list of expressions falls apart at its own commas only', () => {
  expect(splitList("duration, coalesce(a, b), attributes->>'x,y', [1,2]")).toEqual(['duration', 'coalesce(a, b)', "attributes->>'x,y'", '[1,2]'])
  expect(splitList(' , ')).toEqual([])
})
