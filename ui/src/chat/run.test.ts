import { expect, test } from 'vitest'
import type { Row } from '../api/record'
import { neighbourSql, runOf } from './run'
import { talkingIn } from './talks'
import { weather } from './testing'

const row = (span: string, parent?: string, more: Partial<Row> = {}): Row => ({
  trace: 't', span, parent, start: 1_700_000_000_000_000, end: 0, created: 0, pending: false, kind: 'span', level: 9, name: span, message: span, service: 'shop', tags: [],
  exception: undefined, scope: '', status: undefined, operation: undefined, model: undefined, tokensIn: undefined, tokensOut: undefined, cost: undefined,
  instance: undefined, pid: undefined, process: 'shop/', environment: undefined, ...more,
})

test('the run of a span is the nearest agent around it', () => {
  const rows = [row('root'), row('outer', 'root', { operation: 'invoke_agent' }), row('tool', 'outer'), row('inner', 'tool', { name: 'agent run' }), row('chat', 'inner')]
  expect(['chat', 'inner', 'tool', 'outer', 'root', 'none'].map((span) => runOf(rows, span)?.span)).toEqual(['inner', 'outer', 'outer', undefined, undefined, undefined])
  expect(runOf([row('a', 'b'), row('b', 'a')], 'a')).toBeUndefined()
})

test('runs before and after are of the same agent, and names are literals', () => {
  const own = row('s', undefined, { name: "invoke_agent o'hara" })
  expect(neighbourSql(own, "o'hara", 1)).toContain("span_name = 'invoke_agent o''hara'")
  expect(neighbourSql(own, "o'hara", 1)).toMatch(/>= '2023-11-14T22:13:20.000Z'\nORDER BY start_timestamp {2}LIMIT 1/)
  expect(neighbourSql(own, '', -1)).toMatch(/<= [^]*DESC LIMIT 1/)
})

test('what a conversation tells of, and all above it', () => {
  const rows = [row('root'), row('r', 'root'), row('a1', 'r'), row('a2', 'r'), row('b1', 'r'), row('sub', 'b1'), row('http', 'root')]
  expect([...talkingIn(weather(), rows)].sort()).toEqual(['a1', 'a2', 'b1', 'r', 'root', 'sub'])
})
