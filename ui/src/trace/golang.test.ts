import { expect, test } from 'vitest'
import { golang } from './golang'
import type { Schema } from './python'

const of = (type: string, rest: Schema = {}): Schema => ({ 'x-python-datatype': type, ...rest })

test('each type that the Go SDK knows is written as Go has it', () => {
  const cases: [unknown, Schema | undefined, string][] = [
    ['a "b"', undefined, '"a \\"b\\""'], [1.5, {}, '1.5'], [true, {}, 'true'], [null, { type: 'null' }, 'nil'],
    [{ a: [1, null] }, { type: 'object' }, '{"a": [1, nil]}'], [[], { type: 'array' }, '[]'],
    [{ Tea: 'sencha', grams: 50 }, of('dataclass', { title: 'Line' }), 'Line{Tea: "sencha", grams: 50}'], [{}, of('dataclass', { title: 'Empty' }), 'Empty{}'],
    [[{ n: 1 }], { type: 'array', items: of('dataclass', { title: 'Line' }) }, '[Line{n: 1}]'],
    [[1, '2026-01-02T00:00:00+00:00'], { type: 'array', prefixItems: [{}, of('datetime')] }, '[1, 2026-01-02T00:00:00Z]'],
    [{ Accept: ['text/html'] }, of('Mapping', { title: 'Header' }), 'Header{"Accept": ["text/html"]}'],
    [{ a: '2026-01-02T00:00:00+01:00' }, { type: 'object', additionalProperties: of('datetime') }, '{"a": 2026-01-02T00:00:00+01:00}'],
    [[1, 2], of('Sequence', { title: 'Sizes' }), 'Sizes{1, 2}'],
    ['March', of('Enum', { title: 'Month' }), 'Month("March")'], ['no tea', of('Exception', { type: 'object', title: 'PathError' }), 'PathError("no tea")'],
    ['4.20', of('Decimal', { format: 'decimal' }), 'Decimal("4.20")'], ['10.0.0.1', { type: 'string', format: 'ipv4' }, 'Addr("10.0.0.1")'],
    ['https://example.com', of('AnyUrl'), 'URL("https://example.com")'], ['1/2', of('str', { title: 'Rat' }), 'Rat("1/2")'],
    ['tea\\x00"\\\'', of('bytes'), '[]byte("tea\\x00\\"\'")'], ['x', of('bytes', { title: 'Hash' }), 'Hash("x")'], ['func()', of('unknown'), 'func()'],
  ]
  for (const [value, schema, want] of cases) expect(golang(value, schema)).toBe(want)
})

test('a duration is written as it writes itself', () => {
  const cases: [unknown, string][] = [
    [0, '0s'], [1, '1s'], ['90.5', '1m30.5s'], [-1.5, '-1.5s'], [129600, '36h0m0s'], [0.25, '250ms'], [0.0000015, '1.5µs'], [1e-9, '1ns'], [3600.001, '1h0m0.001s'], ['', '""'], ['x', '"x"'],
  ]
  for (const [value, want] of cases) expect(golang(value, of('timedelta'))).toBe(want)
})

test('a value that is not what its schema says is shown all the same', () => {
  for (const type of ['dataclass', 'Sequence', 'datetime', 'timedelta', 'bytes', 'Mapping', 'unknown', 'Enum']) {
    for (const value of ['text', 1, ['a'], { a: 1 }, true]) expect(golang(value, of(type, { title: 'T' })).length).toBeGreaterThan(0)
  }
})

test('what does not fit on a line is laid out, one part on each', () => {
  const schema = of('dataclass', { title: 'Order', properties: { lines: { type: 'array', items: of('dataclass', { title: 'Line' }) } } })
  const line = { Tea: 'lapsang-souchong', grams: 100 }
  expect(golang({ number: 'T-1', lines: [line, line, line] }, schema)).toBe(`Order{
    number: "T-1",
    lines: [
        Line{Tea: "lapsang-souchong", grams: 100},
        Line{Tea: "lapsang-souchong", grams: 100},
        Line{Tea: "lapsang-souchong", grams: 100},
    ],
}`)
})
