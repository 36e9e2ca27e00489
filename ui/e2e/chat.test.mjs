// Conversations in the built binary: whichever dialect told of them, whatever was said, however much it was.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'
import { sameChat, sendSources } from './sources.mjs'

let hearth, page

before(async () => {
  hearth = await startHearth()
  ;({ page } = await openBrowser(hearth.origin))
})

const panel = () => page.getByRole('complementary', { name: 'Details' })
const chat = () => panel().getByRole('region', { name: 'Conversation' })
const said = (role) => chat().getByRole('article', { name: role })
const open = (trace, span, more = '') => page.goto(`${hearth.origin}/local/default?traceId=${trace}&spanId=${span}${more}`)
const message = (role, ...parts) => ({ role, parts: parts.map((part) => (typeof part === 'string' ? { type: 'text', content: part } : part)) })

/** A model call in the words of semantic conventions. */
const call = (input, output, more = {}) => ({
  'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5', 'gen_ai.provider.name': 'openai', 'gen_ai.usage.input_tokens': 12, 'gen_ai.usage.output_tokens': 3,
  'gen_ai.input.messages': JSON.stringify(input), ...(output ? { 'gen_ai.output.messages': JSON.stringify([output]) } : {}), ...more,
})

/** What is drawn, without ids that count what was drawn before, and without places in pixels. */
const htmlOf = (region) => region.innerHTML.replaceAll(/ (id|popovertarget|style)="[^"]*"/g, '')

/** Waits until a region is drawn so: the last records may still be on their way to the tables. */
const becomes = (region, html) => new Promise((resolve, reject) => {
  const drawn = () => region.innerHTML.replaceAll(/ (id|popovertarget|style)="[^"]*"/g, '') === html
  const observer = new MutationObserver(() => drawn() && resolve())
  observer.observe(region, { subtree: true, childList: true, characterData: true, attributes: true })
  if (drawn()) resolve()
  setTimeout(() => reject(new Error('it stayed otherwise')), 10_000)
})

test('the same chat looks the same, whichever dialect told of it', async () => {
  const shapes = sameChat()
  assert.ok(shapes.length >= 8)
  const moved = Date.now() - 60_000 - Date.parse('2026-03-14T09:00:00Z')
  let first
  for (const [n, [name, sources]] of shapes.entries()) {
    const trace = id(100 + n, 32)
    const root = { kind: 'span', span_id: 'f000000000000001', name: 'weather', start: '2026-03-14T09:00:00.5Z', end: '2026-03-14T09:00:03Z' }
    await sendSources(hearth.origin, [...sources, root], { trace, moved })
    await open(trace, root.span_id, '&tab=conversation')
    await said('assistant').nth(1).locator('strong', { hasText: 'Paris' }).waitFor()
    first ??= { name, html: await chat().evaluate(htmlOf) }
    await chat().evaluate(becomes, first.html).catch(async () => assert.deepEqual((await chat().evaluate(htmlOf)).split('><'), first.html.split('><'), `${name} looks like ${first.name}`))
    await panel().getByRole('tab', { name: 'Tools 1' }).click()
    await panel().getByRole('article', { name: 'Tool get_weather' }).getByText('1 call').waitFor()
  }
})

test('what was said is text, whatever it says, and nothing of it is asked for', async () => {
  const hostile = [
    '<script>window.pwned = 1</script><img src="https://tracker.example/a.gif" onerror="window.pwned = 1"><iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>',
    '![a picture](https://tracker.example/b.gif) <svg onload="window.pwned = 1"></svg> <style>body { display: none }</style> <base href="https://evil.example/">',
    ['javascript', 'JaVaScRiPt', 'java\tscript', 'vbscript'].map((scheme) => `[click](${scheme}:window.pwned=1)`).join(' '),
    '[data](data:text/html,<script>window.pwned=1</script>) [own](/v1/tokens) [honest](https://shop.example/tea) [https://bank.example](https://evil.example/) <https://plain.example/>',
    '```html\n<script>window.pwned = 1</script>\n```\n\n# <b id="app">heading</b>\n\n| a | b |\n|--:|---|\n| <i onclick="window.pwned=1">1</i> | 2 |',
  ].join('\n\n')
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>parent.pwned = 1</script><image href="https://tracker.example/c.png"/></svg>').toString('base64')
  const page0 = Buffer.from('<html><script>window.pwned = 1</script></html>').toString('base64')
  const blob = (mime, content) => ({ type: 'blob', modality: 'image', mime_type: mime, content })
  const trace = id(2, 32)
  await send(hearth.origin, 'agent', [{
    trace, span: id(20, 16), name: 'chat gpt-5',
    attributes: call(
      [message('system', hostile), message('user', hostile, blob('image/svg+xml', svg), blob('image/png', page0), { type: 'uri', modality: 'image', uri: 'https://tracker.example/d.png' })],
      message('assistant', { type: 'reasoning', content: hostile }, hostile, { type: 'tool_call', id: 'c1', name: hostile, arguments: { [hostile]: hostile } }),
    ),
  }])
  await open(trace, id(20, 16))
  await said('assistant').getByRole('button', { name: /thinking/ }).click()
  await said('assistant').getByRole('link', { name: 'honest' }).last().waitFor()
  await chat().getByRole('figure', { name: 'Code in html' }).first().waitFor()
  await said('user').locator('img').waitFor()
  const found = await chat().evaluate((region) => ({
    bad: region.querySelectorAll('script, iframe, style, base, object, embed, [onerror], [onload], [onclick], [id=app]').length,
    images: [...region.querySelectorAll('img')].map((image) => image.src.split(':')[0]),
    links: [...new Set([...region.querySelectorAll('a')].map((link) => `${new URL(link.href).protocol} ${link.rel} ${link.target} ${link.hasAttribute('download')}`))].sort(),
    pwned: globalThis.pwned,
  }))
  assert.deepEqual(found, { bad: 0, images: ['blob'], links: ['blob:   true', 'https: noopener noreferrer _blank false'], pwned: undefined })
  const last = said('assistant')
  assert.equal(await last.getByRole('link', { name: 'https://bank.example (https://evil.example/)' }).count(), 2)
  await said('user').getByText('image at tracker.example').first().waitFor()
  await said('user').getByText('application/octet-stream').waitFor()
})

test('pictures and sounds that came with a message are shown, files are downloaded', async () => {
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  const wave = Buffer.concat([Buffer.from('RIFF'), Buffer.from([44, 0, 0, 0]), Buffer.from('WAVEfmt '), Buffer.from([16, 0, 0, 0, 1, 0, 1, 0, 64, 31, 0, 0, 64, 31, 0, 0, 1, 0, 8, 0]), Buffer.from('data'), Buffer.from([8, 0, 0, 0]), Buffer.alloc(8, 128)]).toString('base64')
  const pdf = Buffer.from('%PDF-1.7 not much of one').toString('base64')
  const trace = id(3, 32)
  const parts = [{ type: 'blob', modality: 'image', content: png }, { type: 'blob', modality: 'audio', content: wave }, { type: 'blob', modality: 'document', mime_type: 'application/pdf', content: pdf }]
  await send(hearth.origin, 'agent', [{ trace, span: id(30, 16), name: 'chat gpt-5', attributes: call([message('user', ...parts)], message('assistant', 'Thanks.')) }])
  await open(trace, id(30, 16))
  await said('user').getByText('image/png · 70 B').waitFor()
  assert.equal(await said('user').locator('img').evaluate((image) => image.decode().then(() => image.naturalWidth)), 1)
  await said('user').locator('audio[controls]').waitFor()
  const download = page.waitForEvent('download')
  await said('user').getByRole('link', { name: 'download' }).last().click()
  assert.equal((await download).suggestedFilename(), 'content.pdf')
})

test('a conversation that goes on grows, and says what it waits for', async () => {
  const trace = id(4, 32)
  const at = String((BigInt(Date.now()) - 8000n) * 1_000_000n)
  const run = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'waiter' }
  const pending = (span, of, name, attributes, parent) => ({ trace, span, parent: of, name, at, end: -50, attributes: { ...attributes, 'logfire.span_type': 'pending_span', 'logfire.pending_parent_id': parent } })
  await send(hearth.origin, 'agent', [
    pending(id(41, 16), id(40, 16), 'invoke_agent waiter', run, '0000000000000000'),
    pending(id(43, 16), id(42, 16), 'chat gpt-5', { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5' }, id(40, 16)),
  ])
  await open(trace, id(40, 16))
  const wait = chat().getByRole('status').filter({ hasText: 'waiting for the model' })
  await wait.getByText(/· \d+ s/).waitFor()
  await send(hearth.origin, 'agent', [{ trace, span: id(42, 16), parent: id(40, 16), name: 'chat gpt-5', at, end: -10, attributes: call([message('user', 'Is the tea hot?')], message('assistant', 'It is.')) }])
  await said('assistant').getByText('It is.').waitFor()
  await send(hearth.origin, 'agent', [{ trace, span: id(40, 16), name: 'invoke_agent waiter', at, end: -20, attributes: run }])
  await chat().getByText('running').waitFor({ state: 'detached' })
  await wait.waitFor({ state: 'detached' })
  assert.equal(await said('assistant').count(), 1)
})

test('thousands of messages: what is in view is drawn, the rest is found', async () => {
  const trace = id(5, 32)
  const history = Array.from({ length: 2000 }, (_, i) => message(i % 2 ? 'assistant' : 'user', `message ${i}`, ...(i % 7 ? [] : [`${'and more of it. '.repeat(i % 50)}`])))
  await send(hearth.origin, 'agent', [{ trace, span: id(50, 16), name: 'chat gpt-5', attributes: call([...history, message('user', 'So?')], message('assistant', 'That was long.')) }])
  await open(trace, id(50, 16))
  await said('assistant').getByText('That was long.').waitFor()
  await chat().getByRole('button', { name: '2,000 earlier messages' }).click()
  await said('user').getByText('message 0', { exact: true }).waitFor()
  assert.ok((await chat().getByRole('article').count()) < 60, 'few are drawn')
  await chat().getByRole('textbox', { name: 'Find' }).fill('message 1234')
  await chat().getByRole('textbox', { name: 'Find' }).press('Enter')
  await chat().getByText('1/1').waitFor()
  await said('user').getByText('message 1234').waitFor()
  await chat().getByRole('button', { name: 'To the last message' }).click()
  await said('assistant').getByText('That was long.').waitFor()
  assert.ok((await chat().getByRole('article').count()) < 60, 'few are drawn')
})

test('keys, folds, find and copies', async () => {
  const trace = id(6, 32)
  const weather = { type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Paris' } }
  const result = { type: 'tool_call_response', id: 'c1', result: { temp: 21 } }
  const tools = JSON.stringify([{ type: 'function', name: 'weather', description: 'The weather of a city.', parameters: { type: 'object', properties: { city: { type: 'string', description: 'its name' } }, required: ['city'] } }, { type: 'function', name: 'tides' }])
  const ask = message('user', 'Weather in Paris?')
  await send(hearth.origin, 'agent', [
    { trace, span: id(60, 16), name: 'invoke_agent guide', start: 90, attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'guide' } },
    { trace, span: id(61, 16), parent: id(60, 16), name: 'chat gpt-5', start: 80, end: 70, attributes: call([ask], message('assistant', { type: 'reasoning', content: 'I ask the oracle of Delphi.' }, weather, { type: 'tool_call', id: 'c2', name: 'stars', arguments: {} }), { 'gen_ai.tool.definitions': tools }) },
    { trace, span: id(62, 16), parent: id(60, 16), name: 'execute_tool weather', start: 60, end: 50, attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'weather', 'gen_ai.tool.call.id': 'c1' } },
    { trace, span: id(63, 16), parent: id(60, 16), name: 'chat gpt-5', start: 40, end: 30, attributes: call([ask, message('assistant', weather, { type: 'tool_call', id: 'c2', name: 'stars', arguments: {} }), message('tool', result)], message('assistant', 'It is **21 °C**.')) },
  ])
  await open(trace, id(60, 16))
  await chat().getByText('2 turns').waitFor()
  await chat().getByText('2 tool calls').waitFor()
  const deed = chat().getByRole('group', { name: 'Call of weather' })
  await deed.getByText('{"temp": 21}').waitFor()
  assert.equal(await said('tool').count(), 0)

  const find = chat().getByRole('textbox', { name: 'Find' })
  await find.fill('delphi')
  await find.press('Enter')
  await chat().getByText('1/1').waitFor()
  await said('assistant').getByText('I ask the oracle of Delphi.').waitFor()
  await find.press('Escape')

  await chat().getByText('agent run').click()
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await page.keyboard.press('X')
  await said('assistant').first().getByRole('button', { name: 'assistant', expanded: false }).waitFor()
  assert.equal(await deed.count(), 0)
  await page.keyboard.press('X')
  await deed.waitFor()
  await page.keyboard.press('J')
  await chat().getByRole('radio', { name: 'JSON', checked: true }).waitFor()
  await page.keyboard.press('J')

  await chat().getByRole('button', { name: '↗12' }).last().hover()
  await chat().getByRole('cell', { name: '15', exact: true }).waitFor()
  await chat().getByText('Price: price list').waitFor()
  await find.hover()

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const copied = async (name) => {
    await chat().getByRole('button', { name: 'Copy the conversation' }).click()
    await chat().getByRole('menuitem', { name }).click()
    return page.evaluate(() => navigator.clipboard.readText())
  }
  assert.match(await copied('Markdown'), /^# guide\n\n## user\n\nWeather in Paris\?/)
  assert.equal(JSON.parse(await copied('OpenAI'))[2].content, '{"temp":21}')
  assert.match(await copied('message_history'), /ToolCallPart\(tool_name="weather", tool_call_id="c1", args=\{"city": "Paris"\}\)/)
  assert.match(await copied('curl'), /Bearer \$OPENAI_API_KEY/)

  await chat().getByText('agent run').click()
  await page.keyboard.press('t')
  const tool = (name) => panel().getByRole('article', { name: `Tool ${name}` })
  await tool('weather').getByRole('row', { name: 'city* string its name' }).waitFor()
  await tool('tides').getByText('never called').waitFor()
  await tool('stars').getByText('was not offered to the model').waitFor()
  await panel().getByRole('tab', { name: 'Config' }).click()
  await panel().getByText('provider', { exact: true }).waitFor()
})

test('a call is shown by itself, or where it stands in its run', async () => {
  await open(id(6, 32), id(63, 16))
  await chat().getByText('model call').waitFor()
  await chat().getByRole('radio', { name: 'Whole run' }).click()
  await chat().getByText('agent run').waitFor()
  await chat().locator('[data-current] article').getByText('It is 21 °C.').waitFor()
  await panel().getByRole('row', { name: 'execute_tool weather' }).click()
  await chat().locator('[data-current]').getByRole('group', { name: 'Call of weather' }).waitFor()
  await chat().getByRole('group', { name: 'Call of weather' }).getByRole('button', { name: '▸span' }).click()
  assert.equal(new URL(page.url()).searchParams.get('spanId'), id(62, 16))
})

test('the runs of an agent before and after one', async () => {
  const run = (n, ago) => [
    { trace: id(n, 32), span: id(n, 16), name: 'invoke_agent scout', start: ago + 10, end: ago, attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'scout' } },
    { trace: id(n, 32), span: id(n + 1, 16), parent: id(n, 16), name: 'chat gpt-5', start: ago + 8, end: ago + 2, attributes: call([message('user', `Question ${n}`)], message('assistant', 'yes')) },
  ]
  await send(hearth.origin, 'agent', [...run(700, 9000), ...run(710, 6000), ...run(720, 3000)])
  await open(id(710, 32), id(710, 16))
  await said('user').getByText('Question 710').click()
  await page.keyboard.press(']')
  await said('user').getByText('Question 720').click()
  await page.keyboard.press('[')
  await said('user').getByText('Question 710').waitFor()
})

test('without messages the attributes are shown', async () => {
  const trace = id(8, 32)
  await send(hearth.origin, 'agent', [{ trace, span: id(80, 16), name: 'invoke_agent mute', attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'mute' } }])
  await open(trace, id(80, 16))
  await chat().getByText('No messages recorded').waitFor()
  await chat().getByText('gen_ai.agent.name').waitFor()
})

test('a conversation that goes on over several traces is told as one, and leads into each', async () => {
  const said = (n) => ({
    trace: id(0x7a1c + n, 32), span: id(0x7a1c + n, 16), name: 'chat gpt-5', start: 60_000 - n * 1000, end: 59_500 - n * 1000,
    attributes: {
      'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5', 'gen_ai.conversation.id': 'tea-talk',
      'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: `question ${n}` }] }]),
      'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', parts: [{ type: 'text', content: `reply ${n}` }], finish_reason: 'stop' }]),
    },
  })
  await send(hearth.origin, 'talker', [said(1), said(2), said(3)])
  await open(id(0x7a1d, 32), id(0x7a1d, 16), '&tab=conversation')
  await chat().getByText('reply 1').waitFor()
  await panel().getByRole('radio', { name: 'All 3 traces' }).click()
  await chat().getByText('reply 3').waitFor()
  assert.deepEqual(await chat().getByRole('article').allInnerTexts().then((texts) => texts.flatMap((text) => /(question|reply) \d/.exec(text)?.[0] ?? [])), [1, 2, 3].flatMap((n) => [`question ${n}`, `reply ${n}`]))
  await chat().getByRole('button', { name: '▸span' }).last().click()
  await page.waitForFunction((trace) => new URL(location.href).searchParams.get('traceId') === trace, id(0x7a1f, 32))
  await chat().getByText('reply 1').waitFor()
})
