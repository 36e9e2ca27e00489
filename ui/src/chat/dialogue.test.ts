import { expect, test } from 'vitest'
import type { Conversation, Dialogue } from '../api/conversation'
import { asConversation, continuation, joined, tracesSQL, traceOf } from './dialogue'
import { transcript } from './copy/transcript'
import { itemsOf } from './items'
import { say, talk, text, turn } from './testing'

const run = (n: number, system: string): Conversation => talk([
  turn([say('user', `ask ${n}`)], [say('assistant', `answer ${n}`, { type: 'tool_call', execution: { span_id: `x${n}` } })], { span_id: `c${n}` }),
], { trace_id: `t${n}`, span_id: `r${n}`, system: [text(system)], start: '2026-11-26T14:00:00Z', conversation_id: 'abc' })
const said: Dialogue = { id: 'abc', runs: [run(1, 'be brief'), run(2, 'be brief'), run(3, 'be kind')], providers: [], models: [], calls: 3, unpriced_calls: 0, records_truncated: false }

test('each part of a dialogue is a run that is open; the same instructions are told once', () => {
  const items = itemsOf(asConversation(said), (_, byDefault) => byDefault)
  expect(items.map((item) => (item.kind === 'message' ? item.message.role : item.kind))).toEqual([
    'agent', 'system', 'user', 'assistant', 'agent', 'user', 'assistant', 'agent', 'system', 'user', 'assistant',
  ])
})

test('a span is found in its trace', () => {
  const whole = asConversation(said)
  expect(['r2', 'c3', 'x1', 'none'].map((span) => traceOf(whole, span))).toEqual(['t2', 't3', 't1', undefined])
})

test('a copy holds all parts, with the instructions that held last', () => {
  expect(transcript(joined(asConversation(said))).map((message) => message.parts[0]!.text)).toEqual(['be kind', 'ask 1', 'answer 1', 'ask 2', 'answer 2', 'ask 3', 'answer 3'])
})

test('other parts are looked for by the id, which is text', () => {
  expect(continuation(run(1, 'x'))?.id).toBe('abc')
  expect(continuation(undefined)).toBeUndefined()
  expect(tracesSQL("o'hara")).toContain("attributes->>'session.id' = 'o''hara'")
})
