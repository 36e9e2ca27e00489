import { expect, test } from 'vitest'
import { call, say, talk, turn, weather } from '../testing'
import { anthropicMessages } from './anthropic'
import { asCurl, quoted } from './curl'
import { asMarkdown } from './markdown'
import { openaiMessages } from './openai'
import { asPydantic, python } from './pydantic'
import { transcript } from './transcript'

test('the transcript begins where the last history began, and keeps the last try', () => {
  const turns = [
    turn([say('user', 'old')], [say('assistant', 'gone')]),
    turn([say('user', 'a')], [say('assistant', 'b')], { break: 'new_history' }),
    turn([], [say('assistant', 'c'), say('assistant', 'another choice')], { break: 'asked_again' }),
  ]
  expect(transcript(talk(turns)).map((m) => m.parts[0]!.text)).toEqual(['a', 'c'])
})

test('Markdown for notes', () => {
  expect(asMarkdown(weather())).toBe(`# guide

## system

Be brief.

## user

Weather in Paris?

## assistant

> Ask the tool.

**weather** (c1)

\`\`\`json
{
  "city": "Paris"
}
\`\`\`

## tool

**weather** → 

\`\`\`json
{
  "temp": 21
}
\`\`\`

## assistant

It is **21 °C**.
`)
  const fences = asMarkdown(talk([turn([], [say('assistant', { type: 'tool_call', name: 'f', args_raw: 'x ```` y' })])]))
  expect(fences).toContain('`````\nx ```` y\n`````')
})

test('messages as OpenAI takes them', () => {
  expect(openaiMessages(transcript(weather()))).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Weather in Paris?' },
    { role: 'assistant', content: null, tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } }] },
    { role: 'tool', tool_call_id: 'c1', content: '{"temp":21}' },
    { role: 'assistant', content: 'It is **21 °C**.' },
  ])
  const picture = say('user', 'Look', { type: 'image', mime: 'image/png', data: 'iVBO' }, { type: 'image', uri: 'https://a.example/x.png' })
  expect(openaiMessages([picture])[0]).toEqual({
    role: 'user',
    content: [{ type: 'text', text: 'Look' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO' } }, { type: 'image_url', image_url: { url: 'https://a.example/x.png' } }],
  })
})

test('messages as Anthropic takes them: results on the user\'s side', () => {
  expect(anthropicMessages(transcript(weather()))).toEqual({
    system: 'Be brief.',
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Weather in Paris?' }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Paris' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: '{"temp":21}' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'It is **21 °C**.' }] },
    ],
  })
})

test('Python that makes message_history', () => {
  expect(asPydantic(weather())).toBe(`from pydantic_ai.messages import ModelRequest, ModelResponse, SystemPromptPart, TextPart, ThinkingPart, ToolCallPart, ToolReturnPart, UserPromptPart

message_history = [
    ModelRequest(parts=[
        SystemPromptPart(content="Be brief."),
        UserPromptPart(content="Weather in Paris?"),
    ]),
    ModelResponse(parts=[
        ThinkingPart(content="Ask the tool."),
        ToolCallPart(tool_name="weather", tool_call_id="c1", args={"city": "Paris"}),
    ]),
    ModelRequest(parts=[
        ToolReturnPart(tool_name="weather", tool_call_id="c1", content={"temp": 21}),
    ]),
    ModelResponse(parts=[
        TextPart(content="It is **21 °C**."),
    ]),
]
`)
  expect(python({ a: [true, null, 1.5, 'it\'s "so"\n'] })).toBe('{"a": [True, None, 1.5, "it\'s \\"so\\"\\n"]}')
  const picture = asPydantic(talk([turn([say('user', 'Look', { type: 'image', mime: 'image/png', data: 'iVBO' })], [])]))
  expect(picture).toContain('from base64 import b64decode\n\nfrom pydantic_ai.messages import BinaryContent, ModelRequest, UserPromptPart\n')
  expect(picture).toContain('UserPromptPart(content=["Look", BinaryContent(data=b64decode("iVBO"), media_type="image/png")])')
})

test('curl asks again, with the shell\'s key and nothing that ends a word', () => {
  const hostile = talk([turn([say('user', `it's $(rm -rf /) \`x\``)], [say('assistant', call)])], { params: { temperature: 0, extra: 1 } })
  const command = asCurl(hostile)
  expect(command).toContain('curl "https://api.openai.com/v1/chat/completions" \\\n  -H "Authorization: Bearer $OPENAI_API_KEY"')
  expect(command).toContain(`it'\\''s $(rm -rf /)`)
  expect(command).toContain('"temperature": 0')
  expect(command).not.toContain('extra')
  expect(command).not.toContain('"assistant"')
  const claude = asCurl({ ...weather(), turns: weather().turns.map((t) => ({ ...t, provider: 'anthropic' })) })
  expect(claude).toContain('-H "x-api-key: $ANTHROPIC_API_KEY"')
  expect(claude).toContain('"max_tokens": 4096')
  expect(quoted("a'b")).toBe(`'a'\\''b'`)
})
