import { expect, test } from 'vitest'
import { remoteUrl, safeUrl } from './link'
import { parametersOf } from './schema'
import { dataOf, decode, size, sniff } from './sniff'
import { beginning, inline, jsonIn } from './text'
import { say, talk, turn } from './testing'
import { toolsOf } from './tools'

test('only what a reader may open is a link', () => {
  const script = `${'javascript'}:alert(1)` // in one piece the linter takes it for ours
  const hostile = [
    script, ` ${script.replace('vas', 'VaS')}`, script.replace('vas', 'va\ts'), `\x01${script}`, 'data:text/html,<script>1</script>', 'vbscript:x', 'file:///etc/passwd',
    'blob:https://a.example/1', '/v1/logout', '//a.example/x', '#top', '', 'view-source:https://a.example',
  ]
  expect(hostile.map(safeUrl).filter(Boolean)).toEqual([])
  expect(['https://a.example/x', 'HTTP://a.example', 'mailto:a@b.example'].map((url) => safeUrl(url)?.href)).toEqual(['https://a.example/x', 'http://a.example/', 'mailto:a@b.example'])
  expect(remoteUrl('mailto:a@b.example')).toBeUndefined()
})

test('bytes say what they are', () => {
  const of = (text: string) => sniff(Uint8Array.from(text, (char) => char.charCodeAt(0))).mime
  expect([of('\x89PNG\r\n\x1a\n'), of('RIFF\0\0\0\0WAVE'), of('\0\0\0\x18ftypmp42'), of('%PDF-1.7'), of('<?xml version="1.0"?>\n<svg onload="x">')])
    .toEqual(['image/png', 'audio/wav', 'video/mp4', 'application/pdf', 'image/svg+xml'])
  expect([of('<html><script>'), of('<svgx>'), of(''), of('hello')]).toEqual(Array.from({ length: 4 }, () => 'application/octet-stream'))
})

test('base64 in either alphabet', () => {
  expect(decode('-_8\n')).toEqual(new Uint8Array([0xfb, 0xff]))
  expect(decode('not base64!')).toBeUndefined()
  expect(dataOf('data:image/png;base64,iVBO')).toBe('iVBO')
  expect(dataOf('https://a.example')).toBeUndefined()
  expect([512, 3210, 45_000, 2_400_000].map(size)).toEqual(['512 B', '3.2 kB', '45 kB', '2.4 MB'])
})

test('long texts begin with so many lines, or characters', () => {
  expect(beginning('x'.repeat(20_000))).toBeUndefined()
  expect(beginning('x'.repeat(30_000))).toHaveLength(20_000)
  expect(beginning('line\n'.repeat(6000))!.split('\n')).toHaveLength(200)
})

test('JSON is objects and lists', () => {
  expect([jsonIn(' {"a": 1}'), jsonIn('[1]'), jsonIn('1'), jsonIn('{a}'), jsonIn('"x"')]).toEqual([{ a: 1 }, [1], undefined, undefined, undefined])
  expect(inline({ a: [1, { b: null }], c: 'x' })).toBe('{"a": [1, {"b": null}], "c": "x"}')
})

test('a schema is a table, references and lists followed', () => {
  const schema = {
    $defs: { Place: { type: 'object', properties: { city: { type: 'string', description: 'its name' } }, required: ['city'] } },
    properties: { places: { type: 'array', items: { $ref: '#/$defs/Place' } }, unit: { enum: ['C', 'F'], default: 'C' }, when: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
    required: ['places'],
  }
  expect(parametersOf(schema).map((p) => [p.name, p.type, p.required, p.description, p.depth])).toEqual([
    ['places', 'object[]', true, '', 0], ['places[].city', 'string', true, 'its name', 1], ['unit', '"C" | "F"', false, '(default "C")', 0], ['when', 'string | null', false, '', 0],
  ])
  const loop = { $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } } }, properties: { next: { $ref: '#/$defs/Node' } } }
  expect(parametersOf(loop)).toHaveLength(5)
  expect(parametersOf('no schema')).toEqual([])
})

test('tools with their calls; one that was not offered is told apart where others were', () => {
  const turns = [turn([], [say('assistant', { type: 'tool_call', name: 'f', args: 1 }, { type: 'tool_call', name: 'g', args_raw: '{' })])]
  const use = (name: string, offered: boolean) => ({ name, offered, calls: 1, errors: 0 })
  const tools = toolsOf(talk(turns, { tools: [use('f', true), use('g', false), use('h', true)], ran: [{ name: 'f', args: 2 }] }))
  expect(tools.map((tool) => [tool.name, tool.unknown, tool.made.map((made) => made.args)])).toEqual([['f', false, [1, 2]], ['g', true, ['{']], ['h', false, []]])
  expect(toolsOf(talk(turns, { tools: [use('f', false)] }))[0]!.unknown).toBe(false)
})
