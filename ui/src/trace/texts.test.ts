import { expect, test } from 'vitest'
import { streamed } from './texts'

test('server-sent events are a list of what they hold', () => {
  expect(streamed('data: {"n":1}\n\ndata: {"n":2}\n\ndata: [DONE]\n\n')).toEqual([{ n: 1 }, { n: 2 }, '[DONE]'])
  expect(streamed(': ping\n\nevent: delta\r\ndata: {"n":1}\r\n\r\nid: 7\ndata: two\ndata: lines\n\n')).toEqual([{ event: 'delta', data: { n: 1 } }, 'two\nlines'])
  expect(streamed('event: stop\ndata: {"type":"stop"}\n\n')).toEqual([{ type: 'stop' }])
})

test('a stream that was cut keeps its beginning', () => {
  expect(streamed('data: {"n":1}\n\ndata: {"n":')).toEqual([{ n: 1 }, '{"n":'])
  expect(streamed('data: {"n":1}\n\neve')).toEqual([{ n: 1 }])
  expect(streamed('{"n":1}\n{"n":2}\n{"n')).toEqual([{ n: 1 }, { n: 2 }, '{"n'])
})

test('other texts are no streams', () => {
  for (const text of ['', 'hello', '{"a":1}', '{\n  "a": 1\n}', 'data: about the weather\nand more', ': only a comment\n', '{"a":1}\nnot JSON\n{"b":1}']) {
    expect(streamed(text)).toBeUndefined()
  }
})
