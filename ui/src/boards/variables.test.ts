import { expect, test } from 'vitest'
import type { ListVariable, Variable } from './definition'
import { choiceWords, chosen, everything, inOrder, isShown, listed, namesIn, optionsQuery, readValue, sent, shadowed, writeValue } from './variables'

const list = (spec: Partial<ListVariable['spec']>): ListVariable => ({ kind: 'ListVariable', spec: { name: 'v', plugin: { kind: 'StaticListVariable', spec: { values: ['a', { label: 'Bee', value: 'b' }] } }, ...spec } })
const sql = (name: string, query: string): Variable => ({ kind: 'ListVariable', spec: { name, plugin: { kind: 'LogfireQueryVariable', spec: { query } } } })
const text = (name: string, value: string, constant = false): Variable => ({ kind: 'TextVariable', spec: { name, value, constant } })

test('names in statements, not in texts and comments', () => {
  expect([...namesIn("SELECT $a, '$b', ${c} -- $d\n, $$ $e $$ FROM r WHERE x = ANY($__envs)")]).toEqual(['a', 'c', '__envs'])
})

test('a choice in the address is read as it was written', () => {
  for (const value of [['a'], ['a', 'b'], ['a,b', String.raw`c\d`], []]) expect(readValue(writeValue(value), true)).toEqual(value)
  expect([readValue('a,b', false), readValue(everything, true)]).toEqual(['a,b', everything])
})

test('the address goes before the default, the default before the first option', () => {
  const options = listed(list({}))
  expect(options).toEqual([{ value: 'a', label: 'a' }, { value: 'b', label: 'Bee' }])
  expect(chosen(list({ defaultValue: 'b' }), 'a', options)).toBe('a')
  expect(chosen(list({ defaultValue: 'b' }), undefined, options)).toBe('b')
  expect(chosen(list({}), undefined, options)).toBe('a')
  expect(chosen(list({ allowMultiple: true }), undefined, options)).toEqual(['a'])
  expect(chosen(list({ allowMultiple: true, defaultValue: ['b'] }), undefined, options)).toEqual(['b'])
  expect(chosen(list({ allowAllValue: true }), undefined, options)).toBe(everything)
  expect(chosen(list({ allowMultiple: true, allowAllValue: true }), '', options)).toBe(everything)
  expect(chosen(list({ defaultValue: everything }), undefined, options)).toBe('a')
  expect(chosen(text('t', 'x'), 'y', [])).toBe('y')
  expect(chosen(text('t', 'x', true), 'y', [])).toBe('x')
})

test('all is every option, or the value that stands for it', () => {
  const options = listed(list({}))
  expect(sent(list({ allowAllValue: true }), everything, options)).toEqual(['a', 'b'])
  expect(sent(list({ allowAllValue: true, customAllValue: '%' }), everything, options)).toBe('%')
  expect(sent(list({ allowMultiple: true }), ['b'], options)).toEqual(['b'])
})

test('choices in words', () => {
  const options = listed(list({}))
  expect([choiceWords(everything, options), choiceWords('b', options), choiceWords(['a', 'b'], options), choiceWords(['a', 'b', 'c'], options), choiceWords([], options)]).toEqual(['all', 'Bee', 'a, Bee', '3 chosen', 'none'])
})

test("a panel's variables stand before the dashboard's; resolution is not one of them", () => {
  const names = shadowed([text('a', '1'), text('b', '1'), text('resolution', '1 minute')], [text('b', '2'), { ...list({ name: 'r' }), spec: { name: 'r', plugin: { kind: 'TimeBucketVariable', spec: {} } } }])
  expect(names).toEqual([text('a', '1'), text('b', '2')])
  expect([isShown(text('a', '1')), isShown(text('a', '1', true)), isShown(list({ display: { hidden: true } }))]).toEqual([true, false, false])
})

test('a list comes after those that its statement names, also where they name each other', () => {
  const [a, b, c] = [sql('a', 'SELECT $b'), sql('b', "SELECT '$a', $c"), sql('c', 'SELECT $c, $a')]
  expect(inOrder([a!, b!, c!]).map((one) => one.spec.name)).toEqual(['c', 'b', 'a'])
  expect(optionsQuery(list({}))).toBeUndefined()
})
