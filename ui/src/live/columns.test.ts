import { expect, test } from 'vitest'
import { columnsOf, fitting, moved, parseLayout, template, titleOf, toggled } from './columns'

const ids = (layout: string, cols?: string) => columnsOf(parseLayout(layout), cols).map((column) => column.id)

test('added columns stand before the duration, in the order of the address', () => {
  expect(ids('')).toEqual(['time', 'service', 'message', 'duration'])
  expect(ids('', "coalesce(http_route, url_path), attributes->>'user.id'")).toEqual(['time', 'service', 'message', 'coalesce(http_route, url_path)', "attributes->>'user.id'", 'duration'])
  expect(ids('', 'a, a')).toEqual(['time', 'service', 'message', 'a', 'duration'])
})

test('what was arranged is kept; the message stays, whatever was saved', () => {
  expect(ids('{"shown":{"tags":true,"service":false,"message":false}}')).toEqual(['time', 'message', 'tags', 'duration'])
  expect(ids('{"order":["duration","time"]}')).toEqual(['duration', 'service', 'message', 'time'])
  expect(ids('{"order":["gone","message","service"]}', 'x')).toEqual(['time', 'message', 'service', 'x', 'duration'])
  expect(columnsOf(parseLayout('{"widths":{"service":2,"x":300}}'), 'x').map((column) => column.width)).toEqual([98, 48, undefined, 300, 148])
})

test('a layout that cannot be read is none', () => {
  for (const text of ['', 'null', '{', '[]', '{"order":3,"widths":{"a":"b"},"shown":{"x":true}}']) expect(ids(text)).toEqual(['time', 'service', 'message', 'duration'])
})

test('a column is dropped in the place of another', () => {
  const columns = columnsOf(parseLayout(''), undefined)
  expect(moved(columns, 'service', 'duration')).toEqual(['time', 'message', 'duration', 'service'])
  expect(moved(columns, 'duration', 'time')).toEqual(['duration', 'time', 'service', 'message'])
  expect(moved(columns, 'gone', 'time')).toEqual(['time', 'service', 'message', 'duration'])
})

test('little room is for what is needed to read a line', () => {
  const columns = columnsOf(parseLayout('{"shown":{"tags":true}}'), 'x')
  expect(fitting(columns, 1200)).toEqual(columns)
  expect(fitting(columns, 700).map((column) => column.id)).toEqual(['time', 'service', 'message', 'x', 'duration'])
  expect(template(fitting(columns, 400))).toBe('98px minmax(0, 1fr) 64px')
})

test('an attribute is named by its key, and added and taken away', () => {
  expect(titleOf("attributes->>'it''s'")).toBe("it's")
  expect(titleOf('coalesce(a, b)')).toBe('coalesce(a, b)')
  expect(toggled(undefined, 'f(a, b)')).toBe('f(a, b)')
  expect(toggled('f(a, b), c', 'f(a, b)')).toBe('c')
  expect(toggled('c', 'c')).toBe(undefined)
})
