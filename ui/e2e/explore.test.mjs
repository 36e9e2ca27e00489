// Explore in the built binary: the editor, the run, the answer in its views.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

let hearth, page

before(async () => {
  hearth = await startHearth()
  await send(hearth.origin, 'storefront', Array.from({ length: 150 }, (_, i) => ({
    trace: id(i + 1, 32), span: id(i + 1, 16), name: `pour cup ${String(i + 1).padStart(3, '0')}`, start: 60_000 - i * 100, end: 59_990 - i * 100, attributes: { 'tea.kind': i % 2 ? 'oolong' : 'sencha', n: i },
  })))
  await send(hearth.origin, 'warehouse', [{ trace: id(900, 32), span: id(900, 16), name: 'fill shelf' }])
  ;({ page } = await openBrowser(hearth.origin))
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
})

const editor = () => page.getByRole('textbox', { name: 'SQL' })
const option = (name) => page.getByRole('listbox').getByRole('option', { name })
const grid = () => page.getByRole('grid', { name: 'Result' })
const cell = (row, column) => grid().locator(`[aria-rowindex="${row + 1}"] [aria-colindex="${column}"]`)
const said = (text) => page.getByRole('status').getByText(text)

/** Writes a statement instead of what stands in the editor. */
async function write(sql) {
  await editor().focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(sql)
}

async function run(sql) {
  await write(sql)
  await page.keyboard.press('Control+Enter')
}

test('a key leads to Explore; completion writes, Ctrl Enter runs', async () => {
  await page.goto(`${hearth.origin}/local/default`)
  await page.getByRole('treegrid', { name: 'Records' }).getByRole('row').first().waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('e')
  await page.waitForURL(/\/explore/)
  await editor().waitFor()
  await page.keyboard.type('SELECT service_na')
  await option('service_name text').click()
  await page.keyboard.type(', cou')
  await option(/^count\b/).first().click()
  await page.keyboard.type('*) AS n FROM rec') // the bracket that is there is typed over
  await option('records').first().click()
  await page.keyboard.type(" WHERE attributes->>'tea.ki")
  await option('tea.kind').click()
  await page.keyboard.press('End')
  await page.keyboard.type(" = 'ool")
  await option('oolong').click()
  await page.keyboard.press('End')
  await page.keyboard.type(' GROUP BY 1')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+Enter')
  await said(/^1 row · /).waitFor()
  assert.equal(await cell(1, 1).innerText(), 'storefront')
  assert.equal(await cell(1, 2).innerText(), '75')
  assert.equal(new URL(page.url()).searchParams.get('sql'), "SELECT service_name, count(*) AS n FROM records WHERE attributes->>'tea.kind' = 'oolong' GROUP BY 1")
})

test('an error is marked at its place, also in a part that runs alone', async () => {
  await run("SELECT 'größe 🔥',\n  lvl FROM records")
  await page.getByRole('alert').getByText('2:3').waitFor()
  await page.getByRole('alert').getByText('did you mean level?').waitFor()
  assert.equal(await page.locator('[data-editor=SQL] .wrong').innerText(), 'lvl')
  assert.equal(await editor().getAttribute('aria-invalid'), 'true')
  await write('SELECT 1 AS one;\nSELECT 2 AS two')
  await page.keyboard.press('Shift+Home')
  await page.keyboard.press('Control+Enter')
  await grid().getByRole('columnheader', { name: 'two' }).waitFor()
  assert.equal(await editor().getAttribute('aria-invalid'), 'false')
})

test('a statement that takes long is cancelled, and the server is free again', async () => {
  const slow = 'SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b, generate_series(1, 1000) c'
  const slowOne = (request) => request.url().endsWith('/v2/query') && request.postData().includes('generate_series')
  const asked = page.waitForRequest(slowOne)
  const aborted = page.waitForEvent('requestfailed', slowOne)
  await write(slow)
  await page.keyboard.press('Control+Space') // what is offered goes when the statement runs, and takes no Escape
  await page.keyboard.press('Control+Enter')
  await asked
  await page.getByRole('button', { name: 'Cancel' }).waitFor()
  await page.keyboard.press('Escape')
  await said(/^Cancelled after/).waitFor()
  await aborted
  // The engine has as many turns as it gives out; were they still taken, this would wait for them to time out.
  await Promise.all(Array.from({ length: 8 }, async () => {
    const abort = new AbortController()
    const gone = fetch(`${hearth.origin}/v2/query`, { method: 'POST', signal: abort.signal, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ sql: slow, min_timestamp: '2020-01-01T00:00:00Z' }) })
    setImmediate(() => abort.abort())
    await gone.catch(() => undefined)
  }))
  await run('SELECT 1 AS still_here')
  await grid().getByRole('columnheader', { name: 'still_here' }).waitFor()
})

test('rows are sorted and filtered here when all are here; a cut is said', async () => {
  await run('SELECT message, start_timestamp, trace_id, span_id, attributes, duration FROM records ORDER BY start_timestamp')
  await said(/^151 rows · /).waitFor()
  await grid().getByRole('button', { name: 'message' }).click()
  assert.equal(await cell(1, 1).innerText(), 'fill shelf')
  await grid().getByRole('button', { name: 'message' }).click()
  assert.equal(await cell(1, 1).innerText(), 'pour cup 150')
  await page.getByRole('searchbox', { name: 'Filter these rows' }).fill('cup 07')
  await said(/^10 of 151 rows/).waitFor()
  assert.ok((await grid().getByRole('row').count()) < 60, 'only rows in view are drawn')
  await page.getByTitle('The most rows').click()
  await page.getByRole('menuitemradio', { name: '100 rows' }).click()
  await said('Cut at the limit: the first 100 rows are shown, there are more.').waitFor()
  assert.ok(await grid().getByRole('button', { name: 'message' }).isDisabled())
})

test('a cell shows its whole value, ids lead to the trace', async () => {
  await cell(2, 5).click()
  const value = page.getByRole('dialog', { name: 'Value' })
  await value.getByText('tea.kind').waitFor()
  await page.keyboard.press('Escape')
  await cell(2, 2).click()
  await value.getByText(/^\d{4}-\d\d-\d\dT.*\+0[12]:00$/).waitFor()
  await page.keyboard.press('Escape')
  await cell(2, 3).getByRole('link').click()
  await page.getByRole('complementary', { name: 'Details' }).getByRole('heading', { name: 'pour cup 002' }).waitFor()
  await page.goBack()
  await said(/^100 rows · /).waitFor() // kept, not asked for again
})

test('keys alone: to the result, through it, into a row and back', async () => {
  await editor().focus()
  await page.keyboard.press('F6')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  const details = page.getByRole('region', { name: 'Row' })
  await details.getByText('Row 2 of 100').waitFor()
  await details.getByText('sencha').or(details.getByText('oolong')).first().waitFor()
  await page.keyboard.press('F6')
  assert.ok(await editor().evaluate((text) => text.getRootNode().activeElement === text))
  await page.getByRole('tab', { name: 'Table' }).click()
})

test('answers become charts that can be read as tables', async () => {
  await run("SELECT time_bucket('1 second', start_timestamp) AS t, attributes->>'tea.kind' AS tea, count(*) AS n FROM records GROUP BY 1, 2")
  await page.getByRole('tab', { name: 'Chart' }).click()
  const chart = page.getByRole('figure', { name: 'n by t and tea' })
  await chart.locator('canvas').waitFor()
  await chart.getByTitle('Hide oolong').click()
  await chart.getByTitle('Show oolong').waitFor()
  await chart.getByRole('button', { name: 'Show as table' }).click()
  await chart.getByRole('columnheader', { name: 'sencha' }).waitFor()
  await chart.getByRole('button', { name: 'Show as chart' }).click()
  await page.getByLabel('Type').selectOption('pie')
  const pie = page.getByRole('figure', { name: 'n by tea' })
  await pie.getByRole('row', { name: 'oolong 75' }).waitFor()
  assert.match(new URL(page.url()).searchParams.get('chart'), /type=pie/)
  await page.getByLabel('Type').selectOption('bars')
  const canvas = await page.locator('canvas').boundingBox()
  await page.mouse.move(canvas.x + 300, canvas.y + 80)
  await page.mouse.down()
  await page.mouse.move(canvas.x + 500, canvas.y + 80, { steps: 4 })
  await page.mouse.up()
  await page.waitForURL(/since=/)
  await page.goBack()
})

test('files come from the server, copies from the table', async () => {
  await run('SELECT message, attributes->\'n\' AS n FROM records WHERE message < \'pour cup 003\' ORDER BY message')
  await page.getByRole('tab', { name: 'Table' }).click()
  await said(/^3 rows · /).waitFor()
  for (const [type, want] of [['CSV', /^message,n\nfill shelf,\npour cup 001,0\n/], ['JSON', /^\{"schema":/], ['NDJSON', /^\{"message":"fill shelf","n":null\}\n\{"message":"pour cup 001","n":0\}\n/]]) {
    const download = page.waitForEvent('download')
    await page.getByTitle('Download or copy').click()
    await page.getByRole('menuitem', { name: new RegExp(`^${type}`) }).click()
    const file = await download
    assert.match(file.suggestedFilename(), new RegExp(`^default-query-\\d+-\\d{8}-\\d{6}\\.${type.toLowerCase()}$`))
    assert.match(await readFile(await file.path(), 'utf8'), want)
  }
  await page.getByTitle('Download or copy').click()
  await page.getByRole('menuitem', { name: /^Copy as Markdown/ }).click()
  await page.getByText('Copied as Markdown').waitFor()
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^\| message \| n \|\n\| --- \| --- \|\n\| fill shelf \|  \|\n/)
})

test('parameters have fields, and are asked for', async () => {
  await run('SELECT $__project AS project') // the server knows it
  await cell(1, 1).getByText('default').waitFor()
  await run('SELECT count(*) AS n FROM records WHERE service_name = $service AND ${service} = $service')
  await page.getByRole('alert').getByText('$service has no value.').waitFor()
  await page.getByLabel('$service').fill('warehouse')
  await page.getByLabel('$service').press('Enter')
  await said(/^1 row · /).waitFor()
  assert.equal(await cell(1, 1).innerText(), '1')
})

test('that there is no time range is a choice', async () => {
  await page.getByRole('button', { name: 'No time range' }).click()
  await page.getByText('-- no time range: every record of the project is read').waitFor()
  await page.waitForURL(/last=all/)
  await said(/^1 row · /).waitFor()
  await page.getByRole('button', { name: 'Last hour', exact: true }).click()
  await page.getByText(/^-- from /).waitFor()
})

test('tabs keep their texts and answers, the history keeps what ran', async () => {
  await page.keyboard.press('Control+Shift+Enter')
  await run('SELECT 42 AS answer')
  await grid().getByRole('columnheader', { name: 'answer' }).waitFor()
  await page.keyboard.press('Alt+ArrowLeft')
  await grid().getByRole('columnheader', { name: 'n', exact: true }).waitFor()
  await page.keyboard.press('Alt+ArrowRight')
  await grid().getByRole('columnheader', { name: 'answer' }).waitFor()
  await page.reload()
  await grid().getByRole('columnheader', { name: 'answer' }).waitFor()
  await page.getByRole('tab', { name: 'History' }).click()
  await page.getByRole('searchbox', { name: 'Find in the history' }).fill('lvl')
  await page.getByRole('button', { name: /größe.*failed/ }).click()
  assert.match(await editor().innerText(), /größe/)
  await page.getByTitle('Close Query 3').click()
  await grid().getByRole('columnheader', { name: 'answer' }).waitFor()
})

test('format, comment, and the columns of the schema', async () => {
  await write('select 1 as a')
  await page.keyboard.press('Shift+Alt+F')
  await page.waitForFunction(() => document.querySelector('[data-editor=SQL]').shadowRoot.querySelector('.cm-content').innerText.includes('SELECT\n  1'))
  await write('SELECT 1')
  await page.keyboard.press('Control+/')
  assert.equal(await editor().innerText(), '-- SELECT 1')
  await write('SELECT ')
  await page.getByRole('tab', { name: 'Schema' }).click()
  await page.getByRole('searchbox', { name: 'Find a column or a key' }).fill('tea')
  await page.getByRole('button', { name: /^tea\.kind/ }).first().click()
  assert.equal(await editor().innerText(), "SELECT attributes->>'tea.kind'")
})

test('a link brings the statement, long ones too, and runs it', async () => {
  const sql = `SELECT 'here' AS it, ${Array.from({ length: 200 }, (_, i) => `'${i}' AS c${i}`).join(', ')}`
  await run(sql)
  await said(/^1 row · /).waitFor()
  const address = page.url()
  assert.match(address, /#sql=/)
  const other = await page.context().newPage()
  await other.goto(address)
  await other.getByRole('grid', { name: 'Result' }).getByRole('gridcell', { name: 'here' }).waitFor()
  assert.ok((await other.getByRole('grid', { name: 'Result' }).getByRole('columnheader').count()) < 40, 'only columns in view are drawn')
  await other.close()
})
