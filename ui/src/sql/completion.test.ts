import { expect, test } from 'vitest'
import { catalogueOf, hasFewValues, jsonTypeName, type Catalogue } from './catalogue'
import { complete, type Mode } from './completion'

const column = (data_type: string, position: number, is_json = false) => ({ data_type, position, is_json, nullable: true, description: `About ${position}.` })

const catalogue: Catalogue = {
  ...catalogueOf({
    tables: [
      {
        name: 'records', description: 'Spans and logs.',
        schema: {
          attributes: column('TEXT', 5, true), duration: column('DOUBLE PRECISION', 3), service_name: column('TEXT', 2), message: column('TEXT', 6),
          start_timestamp: column('TIMESTAMP WITH TIME ZONE', 1), level: column('INTEGER', 4), tags: column('TEXT[]', 7), kind: column('TEXT', 8),
        },
      },
      { name: 'metrics', description: 'Points.', schema: { metric_name: column('TEXT', 1) } },
    ],
    functions: [{ name: 'date_trunc', kind: 'scalar', signature: 'date_trunc(unit text, at timestamp) → timestamp', description: 'The start.' }],
  }),
  keys: { attributes: [{ name: 'http.route', type: 'text', count: 7 }, { name: "it's", type: 'integer', count: 1 }] },
}

/** The place is where the bar stands. */
function at(text: string, mode: Mode = { statement: true }) {
  const place = text.indexOf('|')
  return complete(text.replace('|', ''), place, catalogue, mode)
}

function labels(text: string, mode?: Mode): string[] {
  return at(text, mode)?.options.map((option) => option.label) ?? []
}

test('columns keep the order of their table and have short types', () => {
  expect(catalogue.tables[0]!.columns.map((c) => `${c.name} ${c.type}`)).toEqual([
    'start_timestamp timestamp', 'service_name text', 'duration double', 'level integer', 'attributes json', 'message text', 'tags text[]', 'kind text',
  ])
  expect(jsonTypeName('UBIGINT')).toBe('integer')
  expect(jsonTypeName(null)).toBe('null')
})

test('names are columns of the tables that the statement reads, keys, functions and words', () => {
  const found = labels('SELECT se| FROM records')
  for (const name of ['service_name', 'http.route', 'date_trunc', 'WHERE']) expect(found).toContain(name)
  expect(found).not.toContain('metric_name')
  expect(labels('SELECT | FROM metrics')).toContain('metric_name')
  expect(labels('SELECT | FROM metrics')).not.toContain('service_name')
  expect(labels('SELECT |')).toContain('service_name')
  expect(at('SELECT se|rv FROM records')).toMatchObject({ from: 7, to: 11 })
})

test('after FROM come tables, those of the statement too', () => {
  expect(labels('WITH slow AS (SELECT 1) SELECT * FROM |')).toEqual(['records', 'metrics', 'slow'])
  expect(labels('SELECT * FROM records JOIN m|')).toEqual(['records', 'metrics'])
  expect(labels('SELECT * FROM records |')).toContain('WHERE')
  expect(labels('SELECT * FROM records |')).not.toContain('service_name')
})

test('a FROM that is no clause brings no tables', () => {
  expect(labels('SELECT extract(epoch FROM st|) FROM records')).toContain('start_timestamp')
  expect(labels('SELECT 1 FROM records WHERE kind IS DISTINCT FROM |')).toContain('service_name')
  expect(labels('SELECT (SELECT max(x) FROM |)')).toEqual(['records', 'metrics'])
})

test('a qualifier narrows to its table', () => {
  expect(labels('SELECT r.| FROM records r, metrics AS m')).toContain('service_name')
  expect(labels('SELECT m.| FROM records r, metrics AS m')).toEqual(['metric_name'])
  expect(labels('SELECT x.| FROM records')).toEqual(['http.route', "it's"]) // the beginning of a key, perhaps
  expect(at('SELECT 1 FROM records WHERE http.ro|')).toMatchObject({ from: 28, to: 35 })
  expect(at('SELECT .|')).toBeUndefined()
})

test('keys stand after arrows, with quotes where there are none', () => {
  expect(at("SELECT attributes->>|")?.options.map((o) => o.apply)).toEqual(["'http.route'", "'it''s'"])
  expect(at("SELECT attributes->>'ht|'")).toMatchObject({ from: 21, to: 23 })
  expect(at("SELECT attributes->>'ht|'")?.options.map((o) => o.apply)).toEqual(['http.route', "it''s"])
  expect(at("SELECT attributes->>'ht|")).toMatchObject({ from: 21, to: 23 })
  expect(at("SELECT message->>'|'")).toBeUndefined()
  expect(labels('SELECT http|')).toContain('http.route')
})

test('values are those of what they are compared with', () => {
  const asked = (text: string, mode?: Mode) => at(text, mode)?.values
  expect(asked("SELECT 1 FROM records WHERE service_name = '|'")).toMatchObject({ table: 'records', expression: 'service_name' })
  expect(asked("SELECT 1 FROM records WHERE service_name NOT IN ('a', '|")).toMatchObject({ expression: 'service_name' })
  expect(asked("SELECT 1 FROM records WHERE service_name IS DISTINCT FROM '|'")).toMatchObject({ expression: 'service_name' })
  expect(asked("attributes->>'http.route' = 'x|'", { statement: false, table: 'records' })).toMatchObject({ table: 'records', expression: "attributes->>'http.route'" })
  expect(asked("SELECT 1 FROM records WHERE service_name = '|'")?.write("o'b")).toBe("o''b")
  expect(labels("SELECT 1 FROM records WHERE level >= '|'")).toContain('warn')
  expect(asked("SELECT 1 FROM records WHERE message = '|'")).toBeUndefined()
  expect(asked("SELECT '|'")).toBeUndefined()
  expect(hasFewValues({ name: 'trace_id', type: 'text', description: '' })).toBe(false)
})

test('a condition knows its table and no clauses', () => {
  const found = labels('ser|', { statement: false, table: 'records' })
  expect(found).toContain('service_name')
  expect(found).toContain('AND')
  expect(found).not.toContain('SELECT')
})

test('nothing is offered in comments, numbers and after a finished string', () => {
  for (const text of ['SELECT 1 -- se|', 'SELECT 12|', "SELECT 'a'|", 'SELECT $a|', '/* | */ SELECT']) expect(at(text)).toBeUndefined()
})
