// What people said of an agent's run afterwards: not in the list, but with what it is about, in every place that shows that.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

const trace = id(0xfeed, 32)
const [root, call] = [id(1, 16), id(2, 16)]

let hearth

before(async () => {
  hearth = await startHearth()
  await send(hearth.origin, 'desk', [
    { trace, span: root, name: 'invoke_agent guide', start: 900, end: 100, attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'guide' } },
    {
      trace, span: call, parent: root, name: 'chat gpt-5', start: 800, end: 200,
      attributes: {
        'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5',
        'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'Is the tea ready?' }] }]),
        'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', parts: [{ type: 'text', content: 'It is, and it is oolong.' }], finish_reason: 'stop' }]),
      },
    },
  ])
})

/** Says something of the call, as logfire.experimental.annotations does. */
function say(n, name, value, more = {}) {
  return send(hearth.origin, 'review', [{
    trace, span: id(n, 16), parent: call, name: `feedback: ${name}`, start: 10, end: 10,
    attributes: { 'logfire.span_type': 'annotation', 'logfire.msg': `feedback: ${name} = ${value}`, 'logfire.feedback.name': name, [name]: value, ...more },
  }])
}

test('an annotation stands with what it is about, as it arrives', async () => {
  const { browser, page } = await openBrowser(hearth.origin)
  await page.goto(`${hearth.origin}/local/default?last=1h`)
  const list = page.getByRole('treegrid', { name: 'Records' })
  const run = list.getByRole('row', { name: /invoke_agent guide/ })
  await run.getByRole('button', { name: 'Open 1 below' }).click()
  const chat = list.getByRole('row', { name: /chat gpt-5/ })
  await chat.waitFor()

  await say(11, 'thumbs', 1, { 'logfire.feedback.comment': 'it was warm', 'user.id': 'ada' })
  await chat.getByTitle('1 annotation').waitFor()
  assert.equal(await list.getByText('feedback: thumbs').count(), 0, 'it is no line of its own')

  // The conversation's turn leads to it.
  await chat.click()
  const details = page.getByRole('complementary', { name: 'Details' })
  await details.getByText('It is, and it is oolong.').waitFor()
  await details.getByRole('button', { name: '1 annotation' }).click()
  const thumbs = details.getByRole('article', { name: 'thumbs' })
  for (const words of ['it was warm', /ada · review/]) await thumbs.getByText(words).waitFor()
  assert.match(await thumbs.innerText(), /thumbs\s*1/)
  assert.equal(await details.getByText('feedback: thumbs').count(), 0)

  // What is said while somebody looks, appears.
  await say(12, 'taste', 'smoky')
  await details.getByRole('article', { name: 'taste' }).getByText('smoky').waitFor()
  await details.getByRole('row', { name: /chat gpt-5/ }).getByTitle(/feedback: taste = smoky/).waitFor()
  await chat.getByTitle('2 annotations').waitFor()

  // A link to an annotation leads to what it is about.
  await page.goto(`${hearth.origin}/local/default/trace/${trace}?spanId=${id(12, 16)}&tab=details`)
  await page.getByRole('article', { name: 'taste' }).waitFor()
  await page.getByRole('heading', { name: 'chat gpt-5' }).waitFor()
  await browser.close()
})

test('who asks for annotations gets them as lines', async () => {
  const { browser, page } = await openBrowser(hearth.origin)
  await say(13, 'seen', 'yes')
  await page.goto(`${hearth.origin}/local/default?last=1h&q=${encodeURIComponent("kind = 'annotation'")}`)
  await page.getByRole('treegrid', { name: 'Records' }).getByRole('row', { name: /feedback: seen = yes/ }).waitFor()
  await browser.close()
})
