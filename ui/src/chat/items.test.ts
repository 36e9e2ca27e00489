import { expect, test } from 'vitest'
import { find } from './find'
import { foldAll, isOn, isOpen, setOpen, unfolded } from './folds'
import { everythingOpen, itemsOf, type Item } from './items'
import { say, talk, turn, weather } from './testing'
import { itemOfSpan, neighbour } from './useTalk'

const closed = (_key: string, byDefault: boolean) => byDefault
const told = (items: Item[]) => items.map((item) => (item.kind === 'message' ? item.message.role : item.kind))

test('a result stands beside its call, an agent below the call in which it ran', () => {
  expect(told(itemsOf(weather(), closed))).toEqual(['system', 'user', 'assistant', 'agent', 'assistant'])
  expect(itemsOf(weather(), everythingOpen).map((item) => item.depth)).toEqual([0, 0, 0, 0, 1, 1, 0])
})

test('a result whose call is not known is shown', () => {
  const items = itemsOf(talk([turn([say('tool', { type: 'tool_result', id: 'c9', result: 1 })], [say('assistant', 'ok')])]), closed)
  expect(told(items)).toEqual(['tool', 'assistant'])
})

test('results without ids are known by what they hold', () => {
  const items = itemsOf(talk([
    turn([], [say('assistant', { type: 'tool_call', name: 'f', execution: { result: 'x' } })]),
    turn([say('tool', { type: 'tool_result', name: 'f', result: 'x' }, { type: 'tool_result', name: 'f', result: 'y' })], [say('assistant', 'done')]),
  ]), closed)
  expect(told(items)).toEqual(['assistant', 'tool', 'assistant'])
})

test('history is folded until somebody opens it', () => {
  const chat = talk([turn([say('user', 'a'), say('assistant', 'b'), say('user', 'c')], [say('assistant', 'd')], { earlier: 2 })])
  expect(told(itemsOf(chat, closed))).toEqual(['earlier', 'user', 'assistant'])
  expect(told(itemsOf(chat, everythingOpen))).toEqual(['earlier', 'user', 'assistant', 'user', 'assistant'])
})

test('agents and tools without a call stand where they ran, errors and waits at the end', () => {
  const items = itemsOf(talk([turn([say('user', 'a')], [say('assistant', 'b')]), turn([say('user', 'c')], [], { span_id: 'a2', running: true })], {
    ran: [{ name: 'first' }, { name: 'second', after_turns: 1 }, { name: 'last', after_turns: 2 }],
    errors: [{ span_id: 'r', kind: 'agent', message: 'gave up' }, { span_id: 'a2', kind: 'chat' }], waiting: [{ span_id: 'a2', kind: 'chat' }],
  }), closed)
  expect(told(items)).toEqual(['ran', 'user', 'assistant', 'ran', 'user', 'ran', 'failure', 'failure', 'waiting'])
})

test('an error that its turn shows is not shown again', () => {
  const failure = { span_id: 'a1', kind: 'chat', message: 'overloaded' }
  expect(told(itemsOf(talk([turn([say('user', 'a')], [], { error: failure })], { errors: [failure] }), closed))).toEqual(['user', 'assistant'])
})

test('keys stay while a conversation grows', () => {
  const whole = weather()
  const before = itemsOf({ ...whole, turns: whole.turns.slice(0, 1) }, closed).map((item) => item.key)
  expect(itemsOf(whole, closed).map((item) => item.key).slice(0, before.length)).toEqual(before)
  expect(new Set(itemsOf(whole, everythingOpen).map((item) => item.key)).size).toBe(7)
})

test('words are found in what is folded, in arguments and results, with the folds to open', () => {
  const items = itemsOf(weather(), everythingOpen)
  expect(find(items, 'PARIS').map((hit) => hit.key)).toEqual(['0/in/0', '0/out/0', 'sub/0/in/0'])
  expect(find(items, 'ask the tool')).toEqual([{ key: '0/out/0', within: [], part: 0 }])
  expect(find(items, 'sunny')).toEqual([{ key: 'sub/0/out/0', within: ['sub/'], part: 0 }])
  expect(find(items, '"temp":21')).toHaveLength(1)
  expect(find(items, ' ')).toEqual([])
  expect(find(itemsOf(talk([turn([say('user', 'aaaa')], [])]), everythingOpen), 'aa')).toHaveLength(2)
})

test('folding all, then one by itself', () => {
  let folds = foldAll(unfolded)
  expect([isOpen(folds, 'a', true), isOn(folds, 'a', true)]).toEqual([false, true])
  folds = setOpen(folds, ['a'], true)
  expect([isOpen(folds, 'a', false), isOpen(folds, 'b', true)]).toEqual([true, false])
  folds = foldAll(folds)
  expect([isOpen(folds, 'a', false), isOpen(folds, 'b', false)]).toEqual([true, true])
})

test('keys go from message to message, from the first in view', () => {
  const items = itemsOf(weather(), closed)
  expect(neighbour(items, undefined, items[2]!.key, 1)).toBe(items[2])
  expect(neighbour(items, items[2]!.key, undefined, 1)).toBe(items[3])
  expect(neighbour(items, items.at(-1)!.key, undefined, 1)).toBe(items.at(-1))
  expect(neighbour(items, items[0]!.key, undefined, -1)).toBe(items[0])
})

test('a span leads to the message that tells of it', () => {
  const items = itemsOf({ ...weather(), ran: [{ span_id: 'x' }] }, closed)
  expect(['a2', 'b1', 'sub', 'x', 'none'].map((span) => itemOfSpan(items, span)?.key)).toEqual(['1/out/0', '0/out/0', 'sub/', 'ran/0', undefined])
})
