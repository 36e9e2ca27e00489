// The web app in the built binary, as its user sees it.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

let hearth, page

before(async () => {
  hearth = await startHearth()
  ;({ page } = await openBrowser(hearth.origin))
})

const row = (text) => page.getByRole('treegrid', { name: 'Records' }).getByRole('row', { name: text })
const panel = () => page.getByRole('complementary', { name: 'Details' })

test('the first page says how to send a record, and turns into the list by itself', async () => {
  await page.goto(hearth.origin)
  await page.waitForURL(/\/local\/default/)
  await page.getByText('Waiting for the first record').waitFor()
  await page.getByRole('tab', { name: 'curl' }).click()
  assert.match(await page.locator('pre').innerText(), new RegExp(`curl ${hearth.origin}/v1/traces`))
  await page.locator('[data-connection=live]').waitFor()
  await send(hearth.origin, 'shop', [{ trace: id(1, 32), span: id(1, 16), name: 'buy a teapot' }])
  await row('buy a teapot').waitFor()
})

test('children arrive under their parent, and the box counts all of them', async () => {
  const trace = id(2, 32)
  await send(hearth.origin, 'shop', [
    { trace, span: id(21, 16), parent: id(20, 16), name: 'charge card', start: 14 },
    { trace, span: id(22, 16), parent: id(21, 16), name: 'SELECT cards', start: 12, failed: true },
  ])
  await send(hearth.origin, 'shop', [{ trace, span: id(20, 16), name: 'POST /pay', start: 18 }])
  const root = row('POST /pay')
  await root.waitFor()
  await root.getByRole('button', { name: 'Open 2 below' }).click()
  await row('charge card').waitFor()
  assert.equal(await row('SELECT cards').count(), 0)
  await row('charge card').getByRole('button', { name: 'Open 1 below' }).click()
  await row('SELECT cards').waitFor()
  assert.equal(await row('SELECT cards').getAttribute('aria-level'), '3')
})

test('a page that is opened later counts the same', async () => {
  await page.reload()
  await row('POST /pay').getByRole('button', { name: 'Open 2 below' }).waitFor()
})

test('a span that runs turns final in place', async () => {
  const trace = id(3, 32)
  const at = `${BigInt(Date.now()) * 1_000_000n}`
  const pending = { trace, span: id(31, 16), parent: id(30, 16), name: 'long brew', at, end: -50, attributes: { 'logfire.span_type': 'pending_span', 'logfire.pending_parent_id': '0000000000000000' } }
  await send(hearth.origin, 'shop', [pending])
  const line = row('long brew')
  await line.getByText('…').waitFor()
  const before = await line.boundingBox()
  await send(hearth.origin, 'shop', [{ trace, span: id(30, 16), name: 'long brew', at, end: -400 }])
  await line.getByText('…').waitFor({ state: 'detached' })
  assert.equal(await line.count(), 1)
  assert.equal((await line.boundingBox()).y, before.y)
})

test('a click shows the record and its trace, and the address leads back to it', async () => {
  await row('POST /pay').click()
  await panel().getByRole('heading', { name: 'POST /pay' }).waitFor()
  await panel().getByRole('row', { name: 'SELECT cards' }).click()
  await panel().getByRole('heading', { name: 'SELECT cards' }).waitFor()
  const address = new URL(page.url())
  assert.equal(address.searchParams.get('traceId'), id(2, 32))
  assert.equal(address.searchParams.get('spanId'), id(22, 16))
  await page.goto(address.href)
  await panel().getByRole('heading', { name: 'SELECT cards' }).waitFor()
  await page.keyboard.press('Escape')
  await panel().waitFor({ state: 'detached' })
})

test('plain words and SQL filter; what is wrong is said in place', async () => {
  const search = page.getByRole('textbox', { name: 'Search' })
  // As a person does it: what is filled in by selecting the page's text stands beside the old one when the editor is slow.
  const write = async (text) => {
    await search.press('Control+a')
    await page.keyboard.insertText(text)
  }
  await write('teapot')
  await search.press('Enter')
  await row('POST /pay').waitFor({ state: 'detached' })
  await row('buy a teapot').waitFor()
  await write("level >= 'error'")
  await search.press('Enter')
  await row('SELECT cards').waitFor()
  await write('lvl = 1')
  await search.press('Enter')
  await page.getByRole('alert').getByText('did you mean level?').waitFor()
  await page.getByTitle('Clear').click()
  await row('POST /pay').waitFor()
})

test('keys walk, open and close', async () => {
  await page.locator('[data-connection=live]').waitFor()
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keys' })
  await help.getByText('Next record').waitFor()
  await page.keyboard.press('Escape')
  await help.waitFor({ state: 'hidden' })
  await row('long brew').click()
  await panel().getByRole('heading', { name: 'long brew' }).waitFor()
  await page.keyboard.press('Escape')
  await panel().waitFor({ state: 'detached' })
  await page.keyboard.press('Enter')
  await panel().getByRole('heading', { name: 'long brew' }).waitFor()
  await page.keyboard.press('k')
  await panel().getByRole('heading', { name: 'POST /pay' }).waitFor()
  await page.keyboard.press('ArrowRight')
  await row('charge card').waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Space')
  await page.locator('[data-connection=paused]').waitFor()
  await send(hearth.origin, 'shop', [{ trace: id(4, 32), span: id(40, 16), name: 'while paused' }])
  await page.getByText('Paused · 1').waitFor()
  assert.equal(await row('while paused').count(), 0)
  await page.keyboard.press('Space')
  await row('while paused').waitFor()
})

test('what arrives moves nothing under the reader', async () => {
  for (let batch = 0; batch < 4; batch++) {
    await send(hearth.origin, 'bulk', Array.from({ length: 200 }, (_, i) => ({ trace: id(1000 + batch * 200 + i, 32), span: id(1000 + batch * 200 + i, 16), name: `job ${batch * 200 + i}`, start: 20 - i / 100, end: 5 })))
  }
  await row('job 799').waitFor()
  const grid = page.getByRole('treegrid', { name: 'Records' })
  assert.ok((await grid.getByRole('row').count()) < 100, 'only rows in view are drawn')
  await grid.evaluate((el) => (el.scrollTop = 300 * 26 + 7))
  await row(/job 3\d\d/).first().waitFor()
  const line = grid.getByRole('row').nth(20)
  const [text, before] = [await line.innerText(), await line.boundingBox()]
  await send(hearth.origin, 'bulk', [
    { trace: id(9001, 32), span: id(9001, 16), name: 'an older one', start: 60_000 },
    { trace: id(9002, 32), span: id(9002, 16), name: 'a newer one' },
  ])
  await page.getByRole('button', { name: '1 new' }).waitFor()
  await page.getByRole('button', { name: '1 older arrived' }).waitFor()
  const same = grid.getByRole('row').filter({ hasText: text.split('\n').find((part) => part.startsWith('job')) })
  assert.equal((await same.first().boundingBox()).y, before.y)
  await page.getByRole('button', { name: '1 new' }).click()
  await row('a newer one').waitFor()
})

test('an agent\'s run is shown as its conversation', async () => {
  const trace = id(5, 32)
  const said = (role, content) => JSON.stringify([{ role, parts: [{ type: 'text', content }] }])
  await send(hearth.origin, 'agent', [
    { trace, span: id(50, 16), name: 'invoke_agent waiter', start: 19, attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'waiter' } },
    {
      trace, span: id(51, 16), parent: id(50, 16), name: 'chat gpt-5', start: 18,
      attributes: {
        'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5', 'gen_ai.provider.name': 'openai', 'gen_ai.usage.input_tokens': 12,
        'gen_ai.usage.output_tokens': 3, 'gen_ai.input.messages': said('user', 'Is the tea hot?'), 'gen_ai.output.messages': said('assistant', 'It is, <b>very</b>.'),
      },
    },
  ])
  await row('invoke_agent waiter').click()
  await panel().getByRole('article', { name: 'user' }).getByText('Is the tea hot?').waitFor()
  await panel().getByRole('article', { name: 'assistant' }).getByText('It is, <b>very</b>.').waitFor()
  await panel().getByText('↗12 ↙3').first().waitFor()
})
