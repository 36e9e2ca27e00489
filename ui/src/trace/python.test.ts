import { expect, test } from 'vitest'
import { python, quote, tableOf, type Schema } from './python'

const of = (type: string, rest: Schema = {}): Schema => ({ 'x-python-datatype': type, ...rest })

test('each type that the SDK knows is written as Python builds it', () => {
  const cases: [unknown, Schema | undefined, string][] = [
    ['a', undefined, "'a'"], [1, {}, '1'], [null, { type: 'null' }, 'None'], [true, {}, 'True'],
    [{ a: [1, null, false] }, { type: 'object' }, "{'a': [1, None, False]}"],
    [{ x: 1, y: 'b' }, of('PydanticModel', { type: 'object', title: 'Point' }), "Point(x=1, y='b')"],
    [{ when: '2026-11-26' }, of('dataclass', { title: 'Day', properties: { when: of('date') } }), 'Day(when=date(2026, 11, 26))'],
    [{ a: 1 }, of('Mapping', { title: 'OrderedDict' }), "OrderedDict({'a': 1})"],
    [[1], of('tuple'), '(1,)'], [[1, 2], of('tuple'), '(1, 2)'], [[], of('tuple'), '()'],
    [[1, 2], of('set'), '{1, 2}'], [[], of('set'), 'set()'], [[1], of('frozenset'), 'frozenset({1})'], [[1], of('deque'), 'deque([1])'],
    [['a'], of('Sequence', { title: 'UserList' }), "UserList(['a'])"],
    [[0, 1, 2, 3], of('range'), 'range(0, 4)'], [[0, 5, 10], of('range'), 'range(0, 11, 5)'], [[], of('range'), 'range(0, 0)'],
    ['1.10', of('Decimal', { type: 'string' }), "Decimal('1.10')"],
    ['2', of('Enum', { title: 'State' }), "State('2')"], ['no', of('Exception', { title: 'ValueError' }), "ValueError('no')"],
    ['3f2b1c1e-0000-4000-8000-000000000000', { type: 'string', format: 'uuid' }, "UUID('3f2b1c1e-0000-4000-8000-000000000000')"],
    ['a+', { type: 'string', format: 'regex' }, "re.compile('a+')"], ['10.0.0.1', { format: 'ipv4' }, "IPv4Address('10.0.0.1')"],
    ['/tmp', of('PosixPath', { format: 'path' }), "PosixPath('/tmp')"], ['***', of('SecretStr'), "SecretStr('***')"],
    ['hi', of('bytes'), "b'hi'"], ['hi', of('bytearray'), "bytearray(b'hi')"],
    ['2026-11-26T10:05:00', of('datetime'), 'datetime(2026, 11, 26, 10, 5)'],
    ['2026-11-26T10:05:00.250000+01:00', of('datetime'), 'datetime(2026, 11, 26, 10, 5, 0, 250000, tzinfo=timezone(timedelta(seconds=3600)))'],
    ['2026-11-26T10:05:07Z', of('datetime'), 'datetime(2026, 11, 26, 10, 5, 7, tzinfo=timezone.utc)'],
    ['10:05:01', of('time'), 'time(10, 5, 1)'],
    [90_061.5, of('timedelta'), 'timedelta(days=1, seconds=3661, microseconds=500000)'], [-1, of('timedelta'), 'timedelta(days=-1, seconds=86399)'], [0, of('timedelta'), 'timedelta(0)'],
    [[[1, 2], [3, 4]], of('ndarray', { 'x-shape': [2, 2], 'x-dtype': 'int64' }), 'array([[1, 2], [3, 4]], dtype=int64)'],
    [[1, 9], of('ndarray', { 'x-shape': [100], 'x-dtype': 'int8' }), 'array([1, 9], dtype=int8, shape=(100,))'],
    ['<object at 0x1>', of('unknown', { type: 'object' }), '<object at 0x1>'],
    ['x', of('Money', { title: 'Money' }), "Money('x')"],
  ]
  for (const [value, schema, want] of cases) expect(python(value, schema)).toBe(want)
})

test('a value that is not what its schema says is shown all the same', () => {
  for (const type of ['PydanticModel', 'tuple', 'set', 'range', 'ndarray', 'datetime', 'timedelta', 'Mapping', 'bytes']) {
    for (const value of ['text', 1, ['a'], { a: 1 }, true]) expect(python(value, of(type, { title: 'T' })).length).toBeGreaterThan(0)
  }
})

test('what does not fit on a line is laid out, one part on each', () => {
  const schema = of('dataclass', { title: 'Order', properties: { lines: { type: 'array', items: of('dataclass', { title: 'Line' }) } } })
  const line = { tea: 'lapsang-souchong', grams: 100 }
  expect(python({ number: 'T-1', lines: [line, line, line] }, schema)).toBe(`Order(
    number='T-1',
    lines=[
        Line(tea='lapsang-souchong', grams=100),
        Line(tea='lapsang-souchong', grams=100),
        Line(tea='lapsang-souchong', grams=100),
    ],
)`)
})

test('texts are quoted so that Python reads them back', () => {
  expect(quote("it's")).toBe(`"it's"`)
  expect(quote(`it's "so"`)).toBe(`'it\\'s "so"'`)
  expect(quote('a\n\t\\\u0000')).toBe("'a\\n\\t\\\\\\x00'")
})

test('keys like those of every object are no schema', () => {
  expect(python({ constructor: 1 }, { type: 'object', properties: {} })).toBe("{'constructor': 1}")
})

test('a data frame is a table that says what was left out', () => {
  const table = tableOf([[1, 2], [3, 4]], of('DataFrame', { 'x-columns': ['a', 'd'], 'x-indices': [0, 9], 'x-column-count': 4, 'x-row-count': 10 }))
  expect(table).toEqual({ columns: ['a', 'd'], rows: [{ index: '0', cells: [1, 2] }, { index: '9', cells: [3, 4] }], rowGap: 1, columnGap: 1, rowCount: 10, columnCount: 4 })
  expect(tableOf([[1]], { type: 'array' })).toBeUndefined()
})
