// A trace in the built binary, as panel and page: what has come, what has not come yet, and what a record says.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'
import { sameChat, sendSources } from './sources.mjs'

let hearth, context, page, faults

before(async () => {
  hearth = await startHearth()
  ;({ context, page, faults } = await openBrowser(hearth.origin))
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: hearth.origin })
})

const value = (v) => (typeof v === 'number' ? { intValue: v } : Array.isArray(v) ? { arrayValue: { values: v.map(value) } } : { stringValue: String(v) })
const attributes = (object) => Object.entries(object).map(([key, v]) => ({ key, value: value(v) }))
const milli = (ago) => String(BigInt(Date.now()) * 1_000_000n - BigInt(Math.round(ago * 1_000_000)))

/** Sends spans of one process; start and end are milliseconds before now, or nanoseconds since 1970 as text. */
async function sendSpans(resource, spans) {
  const at = (time) => (typeof time === 'string' ? time : milli(time))
  const body = {
    resourceSpans: [{
      resource: { attributes: attributes(resource) },
      scopeSpans: [{
        scope: { name: 'e2e' },
        spans: spans.map((span) => ({
          traceId: span.trace, spanId: span.span, parentSpanId: span.parent, name: span.name, kind: 1, startTimeUnixNano: at(span.start), endTimeUnixNano: at(span.end),
          attributes: attributes(span.attributes ?? {}), links: span.links ?? [], status: span.failed ? { code: 2 } : {},
          events: (span.events ?? []).map((event) => ({ name: event.name, timeUnixNano: at(event.at), attributes: attributes(event.attributes ?? {}) })),
        })),
      }],
    }],
  }
  const response = await fetch(`${hearth.origin}/v1/traces`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
}

const shop = { 'service.name': 'shop', 'host.name': 'one', 'service.instance.id': 'i1' }
const live = () => `${hearth.origin}/local/default`
const pageOf = (trace, more = '') => `${live()}/trace/${trace}${more}`
const panel = () => page.getByRole('complementary', { name: 'Details' })
const tree = (within = page) => within.getByRole('treegrid', { name: 'Trace' })
const line = (name) => tree().getByRole('row', { name })
const names = () => tree().getByRole('row').evaluateAll((rows) => rows.sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex'))).map((row) => row.querySelector('[title]').getAttribute('title')))
const boxOf = async (locator) => (await locator.boundingBox()).y

test('a link to a trace outside of the time range shows it, says so, and leads there', async () => {
  const trace = id(1, 32)
  const day = 86_400_000
  await sendSpans(shop, [
    { trace, span: id(10, 16), name: 'GET /yesterday', start: day + 1000, end: day },
    { trace, span: id(11, 16), parent: id(10, 16), name: 'SELECT teas', start: day + 900, end: day + 100 },
  ])
  await page.goto(`${live()}?last=15m&traceId=${trace}&spanId=${id(11, 16)}`)
  await panel().getByRole('heading', { name: 'SELECT teas' }).waitFor()
  await panel().getByText('Outside the time range').waitFor()
  await panel().getByRole('button', { name: 'Jump to it' }).click()
  await page.getByRole('treegrid', { name: 'Records' }).getByRole('row', { name: 'GET /yesterday' }).waitFor()
  await panel().getByText('Outside the time range').waitFor({ state: 'detached' })
  assert.equal(await panel().getByRole('heading', { name: 'SELECT teas' }).count(), 1)
})

test('what arrives late takes its place: pending turns final, a placeholder turns into the parent', async () => {
  const trace = id(2, 32)
  const start = milli(100)
  const pending = { 'logfire.span_type': 'pending_span', 'logfire.pending_parent_id': '0000000000000000' }
  await sendSpans(shop, [
    { trace, span: id(21, 16), parent: id(20, 16), name: 'agent run', start, end: start, attributes: pending },
    { trace, span: id(25, 16), parent: id(24, 16), name: 'orphan', start: 50, end: 40 },
  ])
  await page.goto(pageOf(trace))
  await line('agent run').getByRole('img', { name: 'running' }).waitFor()
  await page.getByText(/1 running · last record \d+ s ago/).waitFor()
  await page.getByText('1 parent not received (yet)').waitFor()
  await page.getByRole('tabpanel').getByText('Still running').waitFor()
  await line(/parent 0000… not received/).waitFor()
  assert.deepEqual(await names(), ['agent run', 'parent 0000… not received (yet)', 'orphan'])
  const before = await boxOf(line('agent run'))
  await sendSpans(shop, [
    { trace, span: id(22, 16), parent: id(20, 16), name: 'chat gpt-5', start: 80, end: 60 },
    { trace, span: id(24, 16), parent: id(20, 16), name: 'tool', start: 55, end: 30 },
    { trace, span: id(20, 16), name: 'agent run', start, end: 5 },
  ])
  await line('chat gpt-5').waitFor()
  await page.getByText('not received').first().waitFor({ state: 'detached' })
  await line('agent run').getByRole('img', { name: 'running' }).waitFor({ state: 'detached' })
  assert.deepEqual(await names(), ['agent run', 'chat gpt-5', 'tool', 'orphan'])
  assert.equal(await line('orphan').getAttribute('aria-level'), '3')
  assert.equal(await boxOf(line('agent run')), before, 'it has not moved')
  await page.getByRole('tabpanel').getByText('Still running').waitFor({ state: 'detached' })
})

test('a trace is walked, found in, zoomed and filtered with keys', async () => {
  const trace = id(3, 32)
  await sendSpans(shop, [
    { trace, span: id(30, 16), name: 'POST /pay', start: 1000, end: 0 },
    { trace, span: id(31, 16), parent: id(30, 16), name: 'charge card', start: 900, end: 500 },
    { trace, span: id(32, 16), parent: id(31, 16), name: 'SELECT card', start: 800, end: 700, failed: true, attributes: { 'logfire.level_num': 17 } },
    { trace, span: id(33, 16), parent: id(30, 16), name: 'send mail', start: 400, end: 100, events: [{ name: 'queued', at: 300 }] },
    ...Array.from({ length: 25 }, (_, i) => ({ trace, span: id(340 + i, 16), parent: id(33, 16), name: 'SELECT address', start: 390 - i, end: 385 - i })),
  ])
  await page.goto(pageOf(trace))
  const group = line(/SELECT address × 25/)
  await group.waitFor()
  assert.equal(await group.getAttribute('aria-expanded'), 'false')
  await line('send mail').getByTitle(/queued/).waitFor()
  assert.equal(await line('send mail').getAttribute('aria-posinset'), '2')
  assert.equal(await line('send mail').getAttribute('aria-setsize'), '2')

  await page.keyboard.press('/')
  await page.getByRole('textbox', { name: 'Find in trace' }).fill('select')
  await page.getByText('0/26').waitFor()
  await page.keyboard.press('Enter')
  await page.getByText('1/26').waitFor()
  await page.getByRole('heading', { name: 'SELECT card', level: 2 }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('textbox', { name: 'Find in trace' }).fill('select')
  await line('SELECT card').click()
  await page.keyboard.press('n')
  await page.getByText('2/26').waitFor()
  assert.equal(await group.getAttribute('aria-expanded'), 'true', 'a hit in a group opens it')
  await page.keyboard.press('u')
  await page.getByRole('heading', { name: 'send mail', level: 2 }).waitFor()
  await page.keyboard.press('[')
  await page.getByRole('heading', { name: 'charge card', level: 2 }).waitFor()

  const width = async () => (await line('charge card').locator('[class*=bar]').first().boundingBox()).width
  const before = await width()
  await page.keyboard.press('z')
  await page.getByRole('button', { name: /shown/ }).waitFor()
  assert.ok((await width()) > 1.5 * before, 'the bar is longer on the shorter scale')
  await page.keyboard.press('Z')
  await page.getByRole('button', { name: /shown/ }).waitFor({ state: 'detached' })
  const ruler = await page.getByTitle('Drag to zoom, double-click to see all').last().boundingBox()
  await page.mouse.move(ruler.x + ruler.width * 0.1, ruler.y + 10)
  await page.mouse.down()
  await page.mouse.move(ruler.x + ruler.width * 0.6, ruler.y + 10)
  await page.mouse.up()
  await page.getByRole('button', { name: /^50\dms shown|^499ms shown|^500ms shown/ }).click()

  await line('charge card').click()
  await page.keyboard.press('ArrowDown')
  await page.getByRole('heading', { name: 'SELECT card', level: 2 }).waitFor()
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  await line('SELECT card').waitFor({ state: 'detached' })
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'row')

  await page.getByRole('button', { name: 'Show' }).click()
  await page.getByRole('menuitemradio', { name: 'Only errors' }).click()
  await page.keyboard.press('Escape')
  await line('send mail').waitFor({ state: 'detached' })
  assert.equal(new URL(page.url()).searchParams.get('show'), 'errors')
  await page.getByRole('button', { name: 'Only errors' }).waitFor()
  for (const [view, role] of [['Flame', 'img'], ['List', 'grid'], ['Logs', 'text']]) {
    await page.getByRole('button', { name: view, exact: true }).click()
    if (role === 'img') await page.getByRole('img', { name: /Flame chart of 29 spans/ }).waitFor()
    else if (role === 'grid') await page.getByRole('grid', { name: 'Records of the trace' }).getByRole('row', { name: 'SELECT card' }).waitFor()
    else await page.getByText('Nothing failed among the logs').waitFor()
  }
})

test('the messages of a model call are folded into its span', async () => {
  const trace = id(9, 32)
  const sources = new Map(sameChat()).get('logs_after_span')
  const moved = Date.now() - 60_000 - Date.parse('2026-03-14T09:00:00Z')
  await sendSources(hearth.origin, [...sources, { kind: 'span', span_id: 'f000000000000001', name: 'weather', start: '2026-03-14T09:00:00.5Z', end: '2026-03-14T09:00:03Z' }], { trace, moved })
  await page.goto(pageOf(trace))
  const call = 'chat claude-sonnet-4-5'
  const folded = ['weather', call, '3 messages', call, '5 messages']
  await line('5 messages').waitFor()
  await page.getByText('11 records').first().waitFor()
  assert.deepEqual(await names(), folded)
  const three = line('3 messages')
  assert.equal(await three.getAttribute('aria-expanded'), 'false')
  await three.click()
  await tree().getByRole('row', { level: 4 }).nth(2).waitFor()
  await page.keyboard.press('ArrowLeft')
  await tree().getByRole('row', { level: 4 }).first().waitFor({ state: 'detached' })
  await page.getByRole('textbox', { name: 'Find in trace' }).fill('gen_ai.tool.message')
  await page.getByRole('textbox', { name: 'Find in trace' }).press('Enter')
  await page.getByText('1/1').waitFor()
  assert.equal(await line('5 messages').getAttribute('aria-expanded'), 'true', 'a message that is found is seen')
  assert.equal(await three.getAttribute('aria-expanded'), 'false')
  await page.reload()
  await line('5 messages').and(page.locator('[aria-expanded=true]')).waitFor() // so is one that a link leads to
  assert.equal(await three.getAttribute('aria-expanded'), 'false')
})

test('words are found in attributes too', async () => {
  const trace = id(0x1d51de, 32)
  await send(hearth.origin, 'shop', [
    { trace, span: id(0x1d51, 16), name: 'order' }, { trace, span: id(0x1d52, 16), parent: id(0x1d51, 16), name: 'pack', attributes: { 'gift.note': 'for "Ana", 100%' } },
    { trace, span: id(0x1d53, 16), parent: id(0x1d51, 16), name: 'ship' },
  ])
  await page.goto(pageOf(trace))
  await page.getByText('3 records').first().waitFor()
  const find = page.getByRole('textbox', { name: 'Find in trace' })
  await find.fill('"ana", 100%')
  await page.getByText('0/1').waitFor()
  await find.press('Enter')
  await page.getByText('1/1').waitFor()
  await tree().getByRole('row', { name: 'pack', selected: true }).waitFor()
})

test('the panel gives the focus back, stands where it is put, and leads to the page', async () => {
  const trace = id(3, 32)
  await page.goto(live())
  const row = page.getByRole('treegrid', { name: 'Records' }).getByRole('row', { name: 'POST /pay' })
  await row.click()
  await panel().waitFor()
  assert.ok(await panel().evaluate((el) => el.contains(document.activeElement)), 'the focus is in the panel')
  const side = await panel().boundingBox()
  await page.keyboard.press('|')
  await panel().getByTitle('Panel at the side (|)').waitFor()
  const below = await panel().boundingBox()
  assert.ok(below.width > side.width && below.height < side.height)
  assert.equal(new URL(page.url()).searchParams.get('dock'), 'bottom')
  await page.keyboard.press('|')
  await page.keyboard.press('Escape')
  await panel().waitFor({ state: 'detached' })
  await page.waitForFunction((key) => document.activeElement?.id === key, `row-${trace}/${id(30, 16)}`)
  await page.keyboard.press('Enter')
  await panel().waitFor()
  await page.keyboard.press('o')
  await page.waitForURL(/\/trace\//)
  await page.getByRole('heading', { name: 'POST /pay', level: 1 }).waitFor()
  await page.getByText('30 records, 1 service').waitFor() // its event is a record too
  await page.getByTitle('The trace in Live (L)').click()
  await panel().getByRole('heading', { name: 'POST /pay' }).waitFor()
})

test('hosts whose clocks disagree are marked, and moved on request', async () => {
  const trace = id(4, 32)
  const [before, start, middle, end] = [560, 500, 480, 400].map(milli) // at once: the time that the requests take must not come in
  await sendSpans(shop, [{ trace, span: id(40, 16), name: 'GET /teas', start, end }])
  await sendSpans({ 'service.name': 'stock', 'host.name': 'two' }, [{ trace, span: id(41, 16), parent: id(40, 16), name: 'stock of teas', start: before, end: middle }])
  await page.goto(pageOf(trace))
  await line('stock of teas').getByRole('img', { name: 'clock skew' }).waitFor()
  await page.getByRole('button', { name: 'Show' }).click()
  await page.getByRole('menuitemradio', { name: 'Adjust clocks' }).click()
  await page.getByText('Clocks adjusted: two').waitFor()
  await line('stock of teas').getByRole('img', { name: 'clock skew' }).waitFor({ state: 'detached' })
})

test('arguments are written as Python, data frames are tables', async () => {
  const trace = id(5, 32)
  const schema = {
    type: 'object',
    properties: {
      order: { type: 'object', title: 'Order', 'x-python-datatype': 'PydanticModel', properties: { at: { type: 'string', format: 'date-time', 'x-python-datatype': 'datetime' } } },
      teas: { type: 'array', 'x-python-datatype': 'tuple' }, frame: { type: 'array', 'x-python-datatype': 'DataFrame', 'x-columns': ['tea', 'grams'], 'x-indices': [0], 'x-column-count': 2, 'x-row-count': 1 },
    },
  }
  await sendSpans({ ...shop, 'telemetry.sdk.language': 'python', 'vcs.repository.url.full': 'https://forge.example/acme/shop', 'vcs.repository.ref.revision': 'abc' }, [{
    trace, span: id(50, 16), name: 'order {order}', start: 20, end: 10,
    attributes: {
      'logfire.json_schema': JSON.stringify(schema), order: JSON.stringify({ number: 'T-1', at: '2026-11-26T10:05:00' }), teas: '["sencha","<b>puerh</b>"]', frame: '[["sencha",100]]',
      'code.filepath': 'shop/order.py', 'code.lineno': 358, 'code.function': 'place',
    },
  }])
  await page.goto(pageOf(trace))
  const body = page.getByRole('tabpanel')
  await body.getByText("Order(number='T-1', at=datetime(2026, 11, 26, 10, 5))").waitFor()
  await body.getByText("('sencha', '<b>puerh</b>')").waitFor()
  await body.getByRole('table').getByRole('columnheader', { name: 'grams' }).waitFor()
  await body.getByText('shop/order.py:358 in place').waitFor()
  assert.equal(await body.getByRole('link', { name: 'shop/order.py:358' }).getAttribute('href'), 'https://forge.example/acme/shop/blob/abc/shop/order.py#L358')
})

test('where the code is read is set for the project', async () => {
  const trace = id(0xc0de, 32)
  await sendSpans(shop, [{ trace, span: id(0xc0de, 16), name: 'steep', start: 20, end: 10, attributes: { 'code.file.path': 'tea/steep.go', 'code.line.number': 7 } }])
  await page.goto(`${live()}/settings/general`)
  await page.getByLabel('Repository').fill('https://forge.example/acme')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').getByText('must have {file} in it').waitFor()
  faults.splice(0) // the browser reports the 422
  await page.getByLabel('Repository').fill('https://forge.example/acme/tea/{file}?rev={revision}#L{line}')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  await page.goto(pageOf(trace))
  const link = page.getByRole('tabpanel').getByRole('link', { name: 'tea/steep.go:7' })
  await link.waitFor()
  assert.equal(await link.getAttribute('href'), 'https://forge.example/acme/tea/tea/steep.go?rev=HEAD#L7')
})

test('a request shows its headers and bodies, a statement is laid out, links lead on', async () => {
  const trace = id(6, 32)
  await sendSpans(shop, [
    {
      trace, span: id(60, 16), name: 'POST', start: 40, end: 10, links: [{ traceId: id(3, 32), spanId: id(33, 16) }],
      attributes: {
        'http.request.method': 'POST', 'http.route': '/pay', 'url.full': 'https://shop.example/pay?a=1', 'http.response.status_code': 402,
        'http.request.header.content-type': ['application/json'], 'http.request.body.text': '{"card":{"last4":"4242"}}', 'http.response.header.x-request-id': ['r1'], 'http.response.body.text': 'no <script>',
        'odd.one': 'here',
      },
    },
    { trace, span: id(61, 16), parent: id(60, 16), name: 'SELECT', start: 30, end: 20, attributes: { 'db.system.name': 'postgresql', 'db.query.text': 'select a, b from teas where a = 1 and b = 2' } },
  ])
  await page.goto(pageOf(trace))
  const body = page.getByRole('tabpanel')
  await body.getByText('POST /pay → 402').waitFor()
  const request = body.getByRole('region', { name: 'Request' })
  await request.getByText('application/json').waitFor()
  await request.getByText('4242').waitFor()
  await body.getByRole('region', { name: 'Response' }).getByText('no <script>').waitFor()
  await body.getByRole('searchbox', { name: 'Filter attributes' }).fill('odd')
  await body.getByText('http.response.status_code').waitFor({ state: 'detached' })
  await body.getByText('odd.one').hover()
  await body.getByTitle('Menu of odd.one').click()
  await page.getByRole('menuitem', { name: 'Filter for' }).waitFor()
  await page.keyboard.press('Escape')

  await tree().getByRole('row').nth(1).click()
  await body.getByText(/WHERE\s+a = 1\s+AND b = 2/).waitFor()

  await tree().getByRole('row').first().click()
  await body.getByRole('link', { name: new RegExp(`${id(33, 16)}$`) }).click()
  await page.getByRole('heading', { name: 'send mail', level: 2 }).waitFor()
})

test('an exception shows its causes, with the frames of libraries folded', async () => {
  const trace = id(7, 32)
  const stack = `Traceback (most recent call last):
  File "/usr/lib/python3.13/site-packages/httpx/_client.py", line 1, in post
    raise error
httpx.ReadTimeout: timed out

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/app/pay.py", line 12, in pay
    raise PaymentFailed(card)
app.PaymentFailed: no <b>money</b>`
  await sendSpans(shop, [{
    trace, span: id(70, 16), name: 'pay', start: 20, end: 10, failed: true,
    events: [{ name: 'exception', at: 15, attributes: { 'exception.type': 'app.PaymentFailed', 'exception.message': 'no <b>money</b>', 'exception.stacktrace': stack } }],
  }])
  await page.goto(pageOf(trace))
  await page.getByRole('tab', { name: 'Exception' }).click()
  const body = page.getByRole('tabpanel', { name: 'Exception' })
  await body.getByText('1 library frame').waitFor()
  assert.equal(await body.getByText('_client.py').isVisible(), false)
  await body.getByText('1 library frame').click()
  await body.getByText('_client.py').waitFor()
  const text = await body.innerText()
  assert.ok(text.indexOf('ReadTimeout') < text.indexOf('direct cause') && text.indexOf('direct cause') < text.lastIndexOf('PaymentFailed'), 'newest last')
  await body.getByRole('button', { name: 'Newest last' }).click()
  const turned = await body.innerText()
  assert.ok(turned.indexOf('pay.py') < turned.indexOf('httpx.ReadTimeout'), 'newest first')
})

test('ready-made SQL leads to Explore; a trace is copied as OTLP and as Markdown', async () => {
  await page.goto(pageOf(id(3, 32), `?spanId=${id(33, 16)}&tab=sql`))
  const link = page.getByRole('region', { name: 'Slower than this one' }).getByRole('link', { name: 'Open in Explore' })
  const address = new URL(await link.getAttribute('href'), hearth.origin)
  assert.equal(address.pathname, '/local/default/explore')
  assert.match(address.searchParams.get('sql'), /duration > 0\.300000/)
  const copied = async (name) => {
    await page.getByTitle('Copy the trace (c)').waitFor()
    await page.keyboard.press('c')
    await page.getByRole('menuitem', { name }).click()
    await page.getByText(/copied/i).first().waitFor()
    return page.evaluate(() => navigator.clipboard.readText())
  }
  assert.match(await copied('Copy a summary as Markdown'), /^## POST \/pay\n[\s\S]*- charge card/)
  await page.reload()
  const { resourceSpans } = JSON.parse(await copied('Copy the trace as OTLP JSON'))
  assert.equal(resourceSpans[0].scopeSpans[0].spans.length, 29)
})

test('the address that the Python SDK prints for an experiment opens its span', async () => {
  await page.goto(`${live()}/evals/compare?experiment=${id(3, 32)}-${id(33, 16)}`)
  await page.waitForURL(new RegExp(`/trace/${id(3, 32)}\\?spanId=${id(33, 16)}`))
  await page.getByRole('heading', { name: 'send mail', level: 2 }).waitFor()
})

test('who is at a row stays there while records come in above it', async () => {
  const trace = id(9, 32)
  const start = BigInt(Date.now() - 60_000) * 1_000_000n
  const at = (ms) => String(start + BigInt(ms) * 1_000_000n)
  const step = (i, ms) => ({ trace, span: id(900 + i, 16), parent: id(900, 16), name: `stage ${i}`, start: at(ms), end: at(ms + 5) })
  await sendSpans(shop, [{ trace, span: id(900, 16), name: 'all stages', start: at(0), end: at(2000) }, ...Array.from({ length: 30 }, (_, i) => step(i + 1, 100 + 10 * i))])
  await page.goto(pageOf(trace))
  const held = () => page.evaluate(() => document.activeElement.querySelector('[title]')?.getAttribute('title'))
  await line('stage 1').first().click()
  await page.keyboard.press('End')
  await page.getByRole('heading', { name: 'stage 30', level: 2 }).waitFor()
  // The last row is the seventh of its block; six more move it into the next one.
  for (let i = 31; i <= 36; i++) {
    await sendSpans(shop, [step(i, 10 + i)])
    await line(`stage ${i}`).waitFor()
    assert.equal(await held(), 'stage 30', `after ${i - 30} more`)
  }
  await page.keyboard.press('ArrowUp')
  await page.getByRole('heading', { name: 'stage 29', level: 2 }).waitFor()
})

// How fast, bench/ui measures.
test('a trace of ten thousand spans opens, draws what is in view, and scrolls to its end', async () => {
  const trace = id(8, 32)
  const start = BigInt(Date.now() - 3_600_000) * 1_000_000n
  const spans = Array.from({ length: 10_000 }, (_, i) => ({
    trace, span: id(100_000 + i, 16), parent: i === 0 ? undefined : id(100_000 + (i < 40 ? 0 : Math.floor(i / 40)), 16), name: `step ${i}`,
    start: String(start + BigInt(i) * 100_000n), end: String(start + BigInt(i) * 100_000n + (i === 0 ? 2_000_000_000n : 400_000n)),
  }))
  for (let i = 0; i < spans.length; i += 2500) await sendSpans(shop, spans.slice(i, i + 2500))
  await page.goto(live())
  await page.getByRole('treegrid', { name: 'Records' }).waitFor()
  await page.goto(pageOf(trace))
  await page.getByText('10,000 records').last().waitFor()
  assert.ok((await tree().getByRole('row').count()) < 120, 'only rows in view are drawn')
  await tree().evaluate((box) => { box.scrollTop = box.scrollHeight })
  await tree().locator('[class*=sticky]').getByText('step 0', { exact: true }).waitFor()
})
