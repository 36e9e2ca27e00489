import { expect, test } from 'vitest'
import { parseExact, rowLines, type Answer, type AnswerField } from '../api/client'
import { arranged, cellText, copies, fileName, kindOf, nestedIn, sharedNames, typeOf } from './values'

const field = (name: string, data_type: AnswerField['data_type']): AnswerField => ({ name, data_type, nullable: true })
const fields = [field('name', 'Utf8'), field('n', 'Int64'), field('at', { Timestamp: ['Microsecond', 'UTC'] }), field('list', { List: {} })]

test('columns are told apart by their types', () => {
  expect(fields.map(kindOf)).toEqual(['text', 'number', 'time', 'nested'])
  expect([...fields.map(typeOf), typeOf(field('x', 'Float64')), typeOf(field('x', 'Date32'))]).toEqual(['text', 'int64', 'timestamp', 'list', 'double', 'date'])
})

test('cells are one line in the zone of the page', () => {
  expect(cellText('2026-11-23T13:02:07.318123Z', 'time', 'Europe/Berlin')).toBe('2026-11-23 14:02:07.318')
  expect([cellText(null, 'text', 'UTC'), cellText({ a: 1 }, 'text', 'UTC'), cellText(false, 'boolean', 'UTC'), cellText('-infinity', 'time', 'UTC')]).toEqual(['', '{"a":1}', 'false', '-infinity'])
})

const answer: Answer = {
  fields: fields.slice(0, 2),
  rows: [['b', 10], ['A', 9], [null, null], ['c', '12345678901234567890'], ['a', 100]],
}

test('rows are ordered by value, NULL last in both directions', () => {
  const order = (column: number, down: boolean) => arranged(answer, { column, down }, '').join('')
  expect([order(1, false), order(1, true), order(0, false), order(0, true)]).toEqual(['10432', '34012', '14032', '30142'])
  expect(arranged(answer, undefined, '').join('')).toBe('01234')
  expect(arranged(answer, undefined, ' a').join('')).toBe('14')
  expect(arranged(answer, { column: 1, down: true }, '10').join('')).toBe('40')
})

test('whole numbers keep their digits where the browser can', () => {
  const text = '{"a": 12, "s": "12345678901234567890"}'
  expect(parseExact(text)).toEqual({ a: 12, s: '12345678901234567890' })
})

test('copies can be pasted', () => {
  const rows = [['a|b\nc', 1], ['x,"y"', null]]
  expect(copies.CSV(answer.fields, rows)).toBe('name,n\n"a|b\nc",1\n"x,""y""",')
  expect(copies.Markdown(answer.fields, rows)).toBe('| name | n |\n| --- | ---: |\n| a\\|b c | 1 |\n| x,"y" |  |')
  expect(JSON.parse(copies.JSON(answer.fields, rows))).toEqual([{ name: 'a|b\nc', n: 1 }, { name: 'x,"y"', n: null }])
})

test('files say where they come from', () => {
  expect(fileName('default', 'Query 1', new Date('2026-11-23T14:02:07Z'), 'csv')).toBe('default-query-1-20261123-140207.csv')
  expect(fileName('größe', '../x', new Date(0), 'json')).toBe('größe-x-19700101-000000.json')
})

test('names that are there twice, and texts that hold JSON, are noticed', () => {
  expect(sharedNames([...fields, field('n', 'Utf8'), field('n', 'Utf8')])).toEqual(['n'])
  expect([nestedIn('{"a":[1]}'), nestedIn('[x'), nestedIn('12'), nestedIn(12)]).toEqual([{ a: [1] }, undefined, undefined, undefined])
})

test('rows are taken out of the frames of streamed NDJSON', () => {
  const framed = '{"type":"schema","schema":{"fields":[]}}\n{"type":"data","rows":[{"a":"x\\ny"},{"a":null}]}\n{"type":"data","rows":[{"a":1}]}\n{"type":"end","row_count":3}\n'
  expect(rowLines(framed)).toBe('{"a":"x\\ny"}\n{"a":null}\n{"a":1}\n')
})
