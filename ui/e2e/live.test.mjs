// The live list: filters and facets, the histogram, columns, pages in both directions, what runs, and large traces.

import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'
import { sameChat, sendSources } from './sources.mjs'

let hearth, page

const trace = (n) => id(n, 32)
const span = (n) => id(n, 16)

before(async () => {
  hearth = await startHearth()
  await send(hearth.origin, 'shop', [
    { trace: trace(1), span: span(10), name: 'POST /pay', start: 90_000, end: 80_000, attributes: { 'user.id': 'ann' } },
    { trace: trace(1), span: span(11), parent: span(10), name: 'charge card', start: 89_000, end: 82_000, attributes: { 'user.id': 'bob' } },
    { trace: trace(1), span: span(12), parent: span(11), name: 'SELECT cards', start: 88_000, end: 87_000, failed: true },
    { trace: trace(1), span: span(13), parent: span(10), name: 'send receipt', start: 81_000, end: 80_500 },
  ])
  await send(hearth.origin, 'mail', [{ trace: trace(2), span: span(20), name: 'sort letters', start: 60_000, end: 50_000 }])
  await send(hearth.origin, 'bulk', [
    { trace: trace(3), span: span(30), name: 'import everything', start: 70_000, end: 10_000 },
    ...Array.from({ length: 400 }, (_, i) => ({ trace: trace(3), span: span(3000 + i), parent: span(30), name: `part ${i}`, start: 69_000 - i, end: 60_000 })),
    ...Array.from({ length: 2000 }, (_, i) => ({ trace: trace(3), span: span(30_000 + i), parent: span(3000 + (i % 400)), name: `line ${i}`, start: 68_000 - i, end: 50_000 })),
  ])
  ;({ page } = await openBrowser(hearth.origin))
  await page.goto(`${hearth.origin}/local/default`)
  await row('import everything').getByRole('button', { name: 'Open 2400 below' }).waitFor()
})

const grid = () => page.getByRole('treegrid', { name: 'Records' })
const row = (text) => grid().getByRole('row', { name: text })
const filters = () => page.getByRole('complementary', { name: 'Filters' })
const chart = () => page.getByRole('region', { name: 'Records over time' })
const live = async (search = '') => {
  await page.goto(`${hearth.origin}/local/default${search}`)
  await grid().waitFor()
}
const parameter = (name) => new URL(page.url()).searchParams.get(name)

beforeEach(() => live())

test('a match opens its trace; what stands above it is dimmed, and counts say all that is below', async () => {
  await live(`?q=${encodeURIComponent("message = 'SELECT cards'")}`)
  await row('SELECT cards').waitFor()
  assert.equal(await row('SELECT cards').getAttribute('aria-level'), '3')
  await row('POST /pay').getByRole('button', { name: 'Close 3 below' }).waitFor()
  await row('charge card').getByRole('button', { name: 'Close 1 below' }).waitFor()
  assert.equal(await row('send receipt').count(), 0)
  await row('POST /pay').getByTitle('Show the other 1 below').click()
  await row('send receipt').waitFor()
  await page.getByTitle('View').click()
  await page.getByRole('menuitemradio', { name: 'Show what is above a match' }).click()
  await row('POST /pay').waitFor({ state: 'detached' })
  assert.equal(await row('SELECT cards').getAttribute('aria-level'), '1')
  await page.getByTitle('View').click()
  await page.getByRole('menuitemradio', { name: 'Show what is above a match' }).click()
  await row('POST /pay').waitFor()
})

test('facets write into the search box and read from it; their counts leave out their own part', async () => {
  await page.keyboard.press('f')
  const service = filters().getByRole('region', { name: 'Service' })
  await service.getByRole('checkbox', { name: /mail/ }).click()
  await page.waitForFunction(() => new URL(location.href).searchParams.get('q') === "service_name = 'mail'")
  await row('sort letters').waitFor()
  assert.equal(await row('POST /pay').count(), 0)
  assert.equal(await service.getByRole('checkbox', { name: /mail/ }).getAttribute('aria-checked'), 'true')
  await service.getByRole('checkbox', { name: /shop/ }).getByText('4').waitFor()
  await service.getByRole('checkbox', { name: /shop/ }).click()
  await row('POST /pay').waitFor()
  assert.equal(parameter('q'), "service_name IN ('mail', 'shop')")
  await chart().getByText('5 records', { exact: false }).waitFor()
  await service.getByRole('checkbox', { name: /mail/ }).hover()
  await service.getByTitle('Leave out mail').click()
  await row('sort letters').waitFor({ state: 'detached' })
  assert.equal(parameter('q'), "service_name = 'shop' AND service_name IS DISTINCT FROM 'mail'")
  await page.keyboard.press('e')
  await row('SELECT cards').waitFor()
  assert.match(parameter('q'), /level >= 'error'$/)
  await filters().getByRole('switch', { name: /Errors only/, checked: true }).waitFor()
  await filters().getByTitle('Close (f)').click()
  await filters().waitFor({ state: 'detached' })
})

test('the histogram counts, zooms and says what it shows', async () => {
  await chart().getByText('2,406 records', { exact: false }).waitFor()
  await chart().getByText('1 errors', { exact: false }).waitFor()
  await chart().getByTitle('The histogram as a table').click()
  await page.getByRole('columnheader', { name: 'Warnings' }).waitFor()
  await page.keyboard.press('Escape')
  const plot = chart().getByRole('group', { name: /records/ })
  const at = await plot.boundingBox()
  await page.mouse.move(at.x + at.width * 0.2, at.y + 10)
  await page.mouse.down()
  await page.mouse.move(at.x + at.width * 0.4, at.y + 12, { steps: 4 })
  await page.mouse.up()
  await page.waitForFunction(() => new URL(location.href).searchParams.has('until'))
  await page.getByText('No records in this time range.').waitFor()
  const [since, until] = [Date.parse(parameter('since')), Date.parse(parameter('until'))]
  assert.ok(Math.abs((until - since) / 60_000 - 12) < 0.5, `a fifth of an hour, not ${(until - since) / 60_000} min`)
  await plot.focus()
  await page.keyboard.press('ArrowLeft')
  await page.waitForFunction((before) => Date.parse(new URL(location.href).searchParams.get('since')) < before, since)
  assert.ok(Math.abs(Date.parse(parameter('since')) - (since - (until - since) / 10)) < 5)
})

test('nothing matches: how much there is without the filter is said, and it is a click away', async () => {
  await page.goto(`${hearth.origin}/local/default?q=nowhere`)
  await page.getByText('2,406 exist in this range without the filter.').waitFor()
  await page.getByRole('button', { name: 'Clear the filter' }).click()
  await row('sort letters').waitFor()
})

test('a value\'s menu filters and adds a column, which the tail fills too', async () => {
  await live(`?cols=${encodeURIComponent("attributes->>'user.id'")}`)
  await row('POST /pay').getByText('ann').waitFor()
  await send(hearth.origin, 'shop', [{ trace: trace(4), span: span(40), name: 'arrives later', attributes: { 'user.id': 'cleo' } }])
  await row('arrives later').getByText('cleo').waitFor()
  await row('POST /pay').getByText('ann').click({ button: 'right' })
  const menu = page.getByRole('menu', { name: 'Menu of POST /pay' })
  await menu.getByText('user.id').waitFor()
  await page.locator('[data-connection=paused]').waitFor()
  await menu.getByRole('menuitem', { name: 'Filter for' }).click()
  await page.waitForFunction(() => new URL(location.href).searchParams.get('q') === "attributes->>'user.id' = 'ann'")
  await row('sort letters').waitFor({ state: 'detached' })
  await row('POST /pay').waitFor()
})

test('columns are hidden, widened and put elsewhere, and stay so', async () => {
  await page.getByTitle('Columns').click()
  await page.getByRole('menuitemradio', { name: 'Scope' }).click()
  await page.keyboard.press('Escape')
  await row('sort letters').getByText('e2e').waitFor()
  const edge = page.getByRole('separator', { name: 'Width of Scope' })
  const before = Number(await edge.getAttribute('aria-valuenow'))
  await edge.focus()
  await page.keyboard.press('ArrowRight')
  assert.equal(Number(await edge.getAttribute('aria-valuenow')), before + 12)
  await page.getByTitle('Scope', { exact: true }).click()
  await page.getByRole('menuitem', { name: 'Move left' }).click()
  await page.reload()
  await grid().waitFor()
  assert.equal(Number(await edge.getAttribute('aria-valuenow')), before + 12)
  const left = async (title) => (await page.getByTitle(title, { exact: true }).boundingBox()).x
  assert.ok((await left('Scope')) < (await left('Message')))
  await page.getByTitle('Scope', { exact: true }).click()
  await page.getByRole('menuitemradio', { name: 'As it was at first' }).click()
  await edge.waitFor({ state: 'detached' })
})

test('of a large trace the first level opens, with what is not here said', async () => {
  await row('import everything').getByRole('button', { name: 'Open 2400 below' }).click()
  await row(/part 0/).getByRole('button', { name: 'Open 5 below' }).waitFor()
  await grid().evaluate((el) => (el.scrollTop += 290 * 26))
  const more = row(/\+ 600 more/)
  await more.waitFor()
  await more.click()
  await more.waitFor({ state: 'detached' })
  await row('part 300').waitFor()
})

test('a flat list has a line for each record; the newest may come first', async () => {
  await page.getByRole('button', { name: 'Flat' }).click()
  await live(`?q=${encodeURIComponent("service_name = 'shop' AND duration > 0.4")}`)
  await row('charge card').waitFor()
  assert.equal(await row('charge card').getAttribute('aria-level'), '1')
  const order = async () => (await grid().getByRole('row').allInnerTexts()).map((text) => /POST \/pay|charge card|SELECT cards|send receipt/.exec(text)?.[0]).filter(Boolean)
  assert.deepEqual(await order(), ['POST /pay', 'charge card', 'SELECT cards', 'send receipt'])
  await page.getByTitle('View').click()
  await page.getByRole('menuitemradio', { name: 'Newest first' }).click()
  await page.waitForFunction(() => /send receipt/.test(document.querySelector('[role=treegrid] [role=row]')?.innerText ?? ''))
  await page.getByTitle('View').click()
  await page.getByRole('menuitemradio', { name: 'Newest first' }).click()
  await page.getByRole('button', { name: 'Tree' }).click()
})

test('what runs is a filter of the server, and leaves the list when it ends', async () => {
  const at = `${BigInt(Date.now()) * 1_000_000n}`
  const pending = { trace: trace(5), span: span(51), parent: span(50), name: 'long brew', at, end: -50, attributes: { 'logfire.span_type': 'pending_span', 'logfire.pending_parent_id': '0000000000000000' } }
  await send(hearth.origin, 'shop', [pending])
  await row('long brew').getByText('…').waitFor()
  await page.getByRole('button', { name: '1 running' }).waitFor()
  await page.keyboard.press('r')
  await row('sort letters').waitFor({ state: 'detached' })
  await row('long brew').waitFor()
  await page.locator('[data-connection=live]').waitFor()
  await send(hearth.origin, 'shop', [{ trace: trace(5), span: span(50), name: 'long brew', at, end: -400 }])
  await row('long brew').waitFor({ state: 'detached' })
  await page.keyboard.press('r')
  await row('long brew').waitFor()
  assert.equal(await row('long brew').getByText('…').count(), 0)
})

test('pages are read in both directions, and what was dropped comes again', async () => {
  const jobs = Array.from({ length: 500 }, (_, i) => ({ trace: trace(10_000 + i), span: span(100_000 + i), name: `job ${String(i).padStart(3, '0')}`, start: 40_000 - i * 20, end: 10 }))
  for (let i = 0; i < jobs.length; i += 250) await send(hearth.origin, 'jobs', jobs.slice(i, i + 250))
  await live(`?q=${encodeURIComponent("service_name = 'jobs'")}`)
  await row('job 499').waitFor()
  const reach = (edge) => grid().evaluate((el, edge) => (el.scrollTop = edge === 'top' ? 0 : el.scrollHeight), edge)
  const upTo = async (text, edge) => {
    await page.waitForFunction(([text, edge]) => {
      const el = document.querySelector('[role=treegrid]')
      el.scrollTop = edge === 'top' ? 0 : el.scrollHeight
      return el.innerText.includes(text)
    }, [text, edge], { polling: 100 })
    await reach(edge)
  }
  await upTo('job 000', 'top')
  await grid().getByText('No older records in this time range').waitFor()
  await page.keyboard.press('G')
  await row('job 499').waitFor()
  await live(`?q=${encodeURIComponent("service_name = 'jobs'")}`)
  await row('job 499').waitFor()
  await page.keyboard.press('Home')
  await row('job 000').waitFor()
  assert.equal(await row('job 499').count(), 0)
  await upTo('job 499', 'bottom')
})

test('the row of the keyboard is the one that Tab reaches, also when it is out of view', async () => {
  await live(`?q=${encodeURIComponent("service_name IN ('mail', 'shop')")}`)
  await row('sort letters').focus()
  await page.keyboard.press('k')
  const focused = () => page.evaluate(() => [document.activeElement.getAttribute('role'), document.activeElement.tabIndex])
  assert.deepEqual(await focused(), ['row', 0])
  assert.equal(await grid().locator('[role=row][tabindex="0"]').count(), 1)
  await page.keyboard.press('c')
  await page.getByRole('menu').getByRole('menuitem', { name: 'Filter for' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('menu', { name: /Menu of/ }).waitFor({ state: 'detached' })
})

test('the messages of a model call are one line, which opens', async () => {
  const moved = Date.now() - 40_000 - Date.parse('2026-03-14T09:00:00Z')
  const sources = [...new Map(sameChat()).get('logs_after_span'), { kind: 'span', span_id: 'f000000000000001', name: 'weather', start: '2026-03-14T09:00:00.5Z', end: '2026-03-14T09:00:03Z' }]
  await sendSources(hearth.origin, sources, { trace: trace(77), moved })
  await live(`?q=${encodeURIComponent("service_name = 'agent'")}`)
  const messages = row('messages')
  await messages.nth(1).waitFor()
  assert.deepEqual(await messages.evaluateAll((rows) => rows.map((one) => one.getAttribute('aria-expanded'))), ['false', 'false'])
  await messages.first().click()
  await row('gen_ai.choice').waitFor()
  await page.keyboard.press('ArrowLeft')
  await row('gen_ai.choice').waitFor({ state: 'detached' })
  await live(`?q=${encodeURIComponent("span_name = 'gen_ai.choice'")}`)
  await row('gen_ai.choice').nth(1).waitFor()
})

test('marked records stay marked, and are found again', async () => {
  await live(`?q=${encodeURIComponent("service_name IN ('shop', 'mail')")}`)
  await row('sort letters').focus()
  await page.keyboard.press('m')
  await row('sort letters').getByLabel('marked').waitFor()
  await page.reload()
  await row('sort letters').getByLabel('marked').waitFor()
  await chart().getByTitle('Only what is marked').click()
  await row('POST /pay').waitFor({ state: 'detached' })
  await row('sort letters').waitFor()
  assert.match(parameter('q'), new RegExp(`AND span_id IN \\('${span(20)}'\\)$`))
  await row('sort letters').hover()
  await row('sort letters').getByTitle('Take the mark away (m)').click()
  await chart().getByTitle('Only what is marked').waitFor({ state: 'detached' })
})

test('a part of the histogram is compared with the time before it, and a link brings that', async () => {
  await live(`?q=${encodeURIComponent("service_name IN ('shop', 'mail')")}`)
  const plot = chart().getByRole('group', { name: /records/ })
  const at = await plot.boundingBox()
  const minute = at.width / 60
  await page.keyboard.down('Alt')
  await page.mouse.move(at.x + at.width - 6 * minute, at.y + 10)
  await page.mouse.down()
  await page.mouse.move(at.x + at.width, at.y + 12, { steps: 4 })
  await page.mouse.up()
  await page.keyboard.up('Alt')
  const comparison = page.getByRole('region', { name: 'Comparison' })
  const line = comparison.getByRole('row', { name: 'SELECT cards' })
  await line.getByText('new').waitFor()
  assert.equal(parameter('since'), null, 'the range stays')
  await comparison.getByRole('button', { name: 'the rest of the range' }).click()
  await page.waitForFunction(() => new URL(location.href).searchParams.get('compare').endsWith('..rest'))
  await page.reload()
  await line.getByText('new').waitFor()
  await line.getByRole('button', { name: 'SELECT cards' }).click()
  await row('sort letters').waitFor({ state: 'detached' })
  assert.match(parameter('q'), /AND span_name = 'SELECT cards'$/)
  await comparison.getByTitle('Close the comparison').click()
  await comparison.waitFor({ state: 'detached' })
})

test('a process that was started again has ended what it began', async () => {
  const began = { trace: trace(6), span: span(61), parent: span(60), name: 'brew that broke', at: `${BigInt(Date.now()) * 1_000_000n}`, end: 0, attributes: { 'logfire.span_type': 'pending_span', 'logfire.pending_parent_id': '0000000000000000' } }
  await send(hearth.origin, 'brewery', [began], { 'service.instance.id': 'kettle', 'process.pid': 1 })
  await row('brew that broke').getByText('…').waitFor()
  await send(hearth.origin, 'brewery', [{ trace: trace(7), span: span(70), name: 'start' }], { 'service.instance.id': 'kettle', 'process.pid': 2 })
  await row('brew that broke').getByText('⌀').waitFor()
})

test('where a stream is held back on its way, records come all the same', async () => {
  await page.route(/\/v1\/live\?(?!.*poll=)/, () => undefined) // never answered
  const polled = page.waitForRequest(/\/v1\/live\?.*poll=/)
  await live()
  await polled
  await send(hearth.origin, 'mail', [{ trace: trace(8), span: span(80), name: 'comes by a poll' }])
  await row('comes by a poll').waitFor()
  await page.locator('[data-connection=live]').waitFor()
  await page.unroute(/\/v1\/live\?(?!.*poll=)/)
})

test('screen readers are told what arrives, where that is wanted', async () => {
  await page.getByTitle('View').click()
  await page.getByRole('menuitemradio', { name: 'Tell screen readers what arrives' }).click()
  await page.locator('[data-connection=live]').waitFor()
  await send(hearth.origin, 'mail', [{ trace: trace(9), span: span(90), name: 'is announced' }])
  await page.getByRole('status').getByText(/^\d+ new records?$/).waitFor()
})
