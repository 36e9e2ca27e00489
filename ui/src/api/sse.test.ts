import { expect, test } from 'vitest'
import { EventParser, type ServerEvent } from './sse'

const stream = ': heartbeat\n\nid: 7\nevent: records\ndata: {"rows":[\ndata: ]}\n\nid: 8\n: here\n\nevent: gap\r\ndata: {}\r\n\r\n'

const want: ServerEvent[] = [
  { id: '7', event: 'records', data: '{"rows":[\n]}' },
  { id: '8', event: '', data: '' },
  { id: '8', event: 'gap', data: '{}' },
]

test('events are the same however the stream is cut', () => {
  for (let size = 1; size <= stream.length; size++) {
    const parser = new EventParser()
    const got: ServerEvent[] = []
    for (let at = 0; at < stream.length; at += size) got.push(...parser.push(stream.slice(at, at + size)))
    expect(got).toEqual(want)
  }
})

test('an event that is not finished is not told', () => {
  expect(new EventParser().push('event: records\ndata: {}\n')).toEqual([])
})
