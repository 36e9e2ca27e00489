import { expect, test } from 'vitest'
import { filterOf } from './filter'

test('plain words become a condition on the message', () => {
  const cases: [string, string][] = [
    ['pay', "message ILIKE '%pay%'"],
    ['  cup of tea ', "message ILIKE '%cup of tea%'"],
    ["it's in the box and not here", "message ILIKE '%it''s in the box and not here%'"],
    ['100%_', "message ILIKE '%100\\%\\_%'"],
    ['"a = b"', "message ILIKE '%a = b%'"],
    ['POST /pay', "message ILIKE '%POST /pay%'"],
  ]
  for (const [text, want] of cases) expect(filterOf(text)).toEqual({ condition: want, plain: true })
})

test('SQL conditions stay as they are', () => {
  for (const text of [
    "level >= 'warn'", 'duration > 1', "service_name = 'api' AND is_exception", 'is_exception', 'not is_exception',
    "message like '%x%'", "service_name in ('a', 'b')", 'parent_span_id is null', "attributes->>'k' is not null", "message ~ 'x'", 'lower(message)',
  ]) {
    expect(filterOf(text)).toEqual({ condition: text, plain: false })
  }
})

test('nothing asks for everything', () => {
  expect(filterOf('  ')).toEqual({ condition: '', plain: false })
})
