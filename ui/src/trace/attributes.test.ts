import { expect, test } from 'vitest'
import { codePlace, groupAttributes, httpOf, httpSummary, objectOf, statementOf } from './attributes'

test('a request is read from the new names and from the old ones', () => {
  const made = httpOf({
    'http.request.method': 'POST', 'http.route': '/pay', 'url.full': 'https://shop.example/pay?a=1', 'http.response.status_code': 402,
    'http.request.header.content_type': ['application/json'], 'http.response.header.x-request-id': ['r1', 'r2'], 'http.request.body.text': '{"a":1}',
    'http.response.body.text': 'no',
  })!
  expect(httpSummary(made)).toBe('POST /pay → 402')
  expect(made.request).toEqual({ headers: [['content-type', 'application/json']], body: { a: 1 } })
  expect(made.response).toEqual({ headers: [['x-request-id', 'r1, r2']], body: 'no' })
  expect(httpSummary(httpOf({ 'http.method': 'GET', 'http.target': '/a?b', 'http.status_code': 200 })!)).toBe('GET /a?b → 200')
  expect(httpOf({ 'http.method': 'GET', 'http.response.body.text': 'data: {"n":1}\n\ndata: [DONE]\n\n' })!.response).toEqual({ headers: [], body: [{ n: 1 }, '[DONE]'], streamed: true })
  expect(httpOf({ 'url.path': '/a' })).toBeUndefined()
})

test('a statement knows its dialect; what is no SQL has none', () => {
  expect(statementOf({ 'db.query.text': 'SELECT 1', 'db.system.name': 'postgresql', 'db.namespace': 'shop' })).toMatchObject({ dialect: 'postgresql', summary: 'SELECT on postgresql · shop' })
  expect(statementOf({ 'db.statement': 'GET k', 'db.system': 'redis' })?.dialect).toBe('')
})

test('attributes that belong together are together, and each is in one place', () => {
  const attributes = {
    'http.request.method': 'GET', 'url.path': '/', 'server.address': 'x', 'db.system': 'redis', 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm',
    'gen_ai.usage.input_tokens': 3, mine: 1, arg: 2, 'code.filepath': 'a.py',
  }
  const { sections, rest } = groupAttributes(attributes, new Set(['arg']))
  expect(sections.map(({ title, summary, entries }) => [title, summary, entries.length])).toEqual([['HTTP', 'GET /', 3], ['Database', 'redis', 1], ['GenAI', 'chat m ↗3', 3]])
  expect(rest).toEqual([['mine', 1]])
  expect(groupAttributes({ 'server.address': 'x' }, new Set()).rest).toHaveLength(1)
})

test('the place in the code has old and new names', () => {
  expect(codePlace({ 'code.filepath': 'a.py', 'code.lineno': 3, 'code.function': 'f' })).toEqual({ file: 'a.py', line: '3', fn: 'f' })
  expect(codePlace({ 'code.file.path': 'b.py' })).toEqual({ file: 'b.py', line: undefined, fn: undefined })
  expect(codePlace({ 'code.function': 'f' })).toBeUndefined()
  expect(objectOf('[1]')).toEqual({})
})
