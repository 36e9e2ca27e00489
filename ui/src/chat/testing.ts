import type { Conversation, Message, Part, Turn } from '../api/conversation'

export const text = (words: string): Part => ({ type: 'text', text: words })

export const say = (role: string, ...parts: (Part | string)[]): Message => ({ role, parts: parts.map((part) => (typeof part === 'string' ? text(part) : part)) })

export const turn = (input: Message[], output: Message[], more: Partial<Turn> = {}): Turn => ({
  span_id: 'a1', kind: 'chat', provider: 'openai', request_model: 'gpt-5', input, output, ...more,
})

export const talk = (turns: Turn[], more: Partial<Conversation> = {}): Conversation => ({
  trace_id: 't', span_id: 'r', kind: 'agent', providers: ['openai'], models: ['gpt-5'], turns, tools: [], agents: [], calls: turns.length,
  unpriced_calls: 0, errors: [], dialects: [], truncated: false, content_missing: false, ...more,
})

export const call: Part = { type: 'tool_call', id: 'c1', name: 'weather', args: { city: 'Paris' }, execution: { span_id: 'b1', result: { temp: 21 }, agents: ['sub'] } }
export const result: Part = { type: 'tool_result', id: 'c1', name: 'weather', result: { temp: 21 } }

/** A question, a call of a tool in which an agent runs, and the answer. */
export const weather = (): Conversation => talk(
  [
    turn([say('user', 'Weather in Paris?')], [say('assistant', { type: 'thinking', text: 'Ask the tool.' }, call)]),
    turn([say('tool', result)], [say('assistant', 'It is **21 °C**.')], { span_id: 'a2' }),
  ],
  {
    system: [text('Be brief.')], agent: { name: 'guide' }, agents: [{ ...talk([turn([say('user', 'Paris')], [say('assistant', 'sunny')])]), span_id: 'sub', agent: { name: 'oracle' } }],
    tools: [{ name: 'weather', type: 'function', description: 'The weather.', schema: { type: 'object', properties: { city: { type: 'string' } } }, offered: true, calls: 1, errors: 0 }],
  },
)
