// Dashboards in the built binary: what panels ask and draw, the ways from them, editing, and definitions in and out.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

let hearth, page, faults, project

const series = 'SELECT time_bucket($resolution, start_timestamp) AS x, service_name, count(*) AS n FROM records WHERE service_name = ANY($service) GROUP BY x, service_name ORDER BY x'
const ranking = 'SELECT service_name, count(*) AS n FROM records GROUP BY service_name ORDER BY n DESC'

const panel = (name, kind, query, look = {}) => ({
  kind: 'Panel',
  spec: { display: { name }, plugin: { kind, spec: look }, queries: query ? [{ kind: 'NonTimeSeriesQuery', spec: { plugin: { kind: 'LogfireNonTimeSeriesQuery', spec: { query } } } }] : [] },
})
const place = (key, x, y, width, height) => ({ x, y, width, height, content: { $ref: `#/spec/panels/${key}` } })
const definition = (name, panels, items, more = {}) => ({ kind: 'Dashboard', metadata: { name }, spec: { display: { name }, duration: '1h', refreshInterval: '0s', panels, layouts: [{ kind: 'Grid', spec: { items } }], ...more } })

const services = { kind: 'ListVariable', spec: { name: 'service', display: { name: 'Service' }, allowMultiple: true, allowAllValue: true, plugin: { kind: 'LogfireQueryVariable', spec: { query: 'SELECT DISTINCT service_name FROM records ORDER BY 1' } } } }

const shop = definition('Tea shop', {
  traffic: panel('Traffic', 'TimeSeriesChart', series, { visual: { display: 'bar', stack: 'all' } }),
  ranks: panel('Ranks', 'BarChart', ranking, { sort: 'desc', twist: 'kept' }),
  count: panel('Count', 'Values', 'SELECT count(*) AS n FROM records'),
  again: panel('Again', 'Table', ranking),
  wrong: panel('Wrong', 'Table', 'SELECT message,\n  lvl FROM records'),
  words: panel('Words', 'Markdown', '', { text: '**Tea** from [here](https://elsewhere.example) <img src=x onerror=alert(1)>' }),
  none: panel('None', 'Table', "SELECT message FROM records WHERE service_name = 'nobody'"),
}, [place('traffic', 0, 0, 12, 6), place('ranks', 12, 0, 12, 6), place('count', 0, 6, 6, 4), place('again', 6, 6, 6, 4), place('wrong', 12, 6, 6, 4), place('words', 18, 6, 6, 4), place('none', 0, 10, 12, 3)], { variables: [services], annotations: [{ kept: true }] })

async function api(method, path, body) {
  const response = await fetch(`${hearth.origin}/api/v1/projects/${project}/dashboards/${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  return response.status === 204 ? undefined : response.json()
}

before(async () => {
  hearth = await startHearth()
  project = (await (await fetch(`${hearth.origin}/v1/read-token-info`)).json()).project_id
  const cup = (n, more) => ({ trace: id(n, 32), span: id(n, 16), name: `cup ${n}`, start: 50 * 60_000 - n * 20_000, end: 50 * 60_000 - n * 20_000 - 10, ...more })
  await send(hearth.origin, 'kettle', Array.from({ length: 90 }, (_, i) => cup(i + 1)))
  await send(hearth.origin, 'saucer', Array.from({ length: 30 }, (_, i) => cup(i * 3 + 1001 - 1000, { trace: id(i + 2000, 32), span: id(i + 2000, 16), failed: i < 3 })))
  await api('POST', '', { name: 'Tea shop', slug: 'tea-shop', definition: shop })
  ;({ page, faults } = await openBrowser(hearth.origin))
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
})

/** Takes what the browser reports of refused requests out of the faults: nothing else may be among them. */
function refused() {
  assert.ok(faults.length > 0)
  for (const fault of faults.splice(0)) assert.match(fault, /status of 409/)
}

const open = (slug, more = '') => page.goto(`${hearth.origin}/local/default/dashboards/${slug}${more}`)
const cell = (key) => page.locator(`[data-panel="${key}"]`)
const bar = () => page.getByRole('group', { name: 'Editing' })
const placeOf = async (slug, key) => {
  const { x, y, width, height } = (await api('GET', `${slug}/`)).dashboard.spec.layouts[0].spec.items.find((item) => item.content.$ref.endsWith(`/${key}`))
  return [x, y, width, height]
}
const saved = () => page.getByRole('status', { name: 'Notices' }).getByText('Saved')

test('a key leads to the list, the list to a dashboard; marks stay in this browser', async () => {
  await page.goto(`${hearth.origin}/local/default`)
  await page.getByRole('treegrid', { name: 'Records' }).getByRole('row').first().waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('d')
  const row = page.getByRole('row', { name: /Tea shop/ })
  await row.getByRole('cell', { name: '7', exact: true }).waitFor()
  await page.getByRole('row', { name: /Overview comes with Hearth/ }).waitFor()
  await row.getByTitle('Mark Tea shop').click()
  assert.match(await page.getByRole('row').nth(1).innerText(), /Tea shop/)
  await page.reload()
  await row.getByTitle('Take the mark off Tea shop').waitFor()
  await row.getByRole('link', { name: 'Tea shop' }).click()
  await page.waitForURL(/\/dashboards\/tea-shop/)
})

test('panels draw their answers, say their own errors, and that there is nothing', async () => {
  await open('tea-shop')
  await cell('traffic').locator('canvas').waitFor()
  await cell('ranks').getByRole('button', { name: 'kettle' }).waitFor()
  await cell('count').getByRole('button', { name: '120' }).waitFor()
  await cell('wrong').getByRole('alert').getByText('2:3').waitFor()
  await cell('wrong').getByText('did you mean level?').waitFor()
  await cell('none').getByText('No rows in this range.').waitFor()
  await cell('words').getByText('(https://elsewhere.example/)').waitFor()
  assert.equal(await cell('words').locator('img').count(), 0)
  assert.equal(await page.locator('canvas').count(), 1)
})

test('equal questions are asked once, and panels out of view not at all', async () => {
  const panels = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, panel(`P${i}`, 'Values', `SELECT count(*) + ${i < 2 ? 0 : i} AS n FROM records`, { comparison: { show: false } })]))
  await api('POST', '', { name: 'Long', slug: 'long', definition: definition('Long', panels, Object.keys(panels).map((key, i) => place(key, i < 2 ? i * 12 : 0, i < 2 ? 0 : (i - 1) * 6, 12, 6))) })
  const asked = []
  const listen = (request) => request.url().endsWith('/v2/query') && asked.push(JSON.parse(request.postData()).sql)
  page.on('request', listen)
  await open('long')
  await cell('p0').getByRole('button', { name: '120' }).waitFor()
  await cell('p1').getByRole('button', { name: '120' }).waitFor()
  await cell('p2').getByRole('button', { name: '122' }).waitFor()
  assert.equal(asked.filter((sql) => sql.includes('+ 0 ')).length, 1)
  assert.ok(!asked.some((sql) => sql.includes('+ 19 ')))
  await cell('p19').scrollIntoViewIfNeeded()
  await cell('p19').getByRole('button', { name: '139' }).waitFor()
  page.off('request', listen)
})

test('a key asks again, of the range that ends now', async () => {
  await open('tea-shop')
  await cell('count').getByRole('button', { name: '120' }).waitFor()
  await send(hearth.origin, 'kettle', [{ trace: id(9000, 32), span: id(9000, 16), name: 'late cup' }])
  const body = JSON.stringify({ sql: 'SELECT count(*) AS n FROM records', min_timestamp: '2020-01-01T00:00:00Z' })
  const stored = async () => (await (await fetch(`${hearth.origin}/v2/query`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).json()).data[0].n
  while (await stored() < 121) await page.waitForTimeout(50)
  await page.keyboard.press('r')
  await cell('count').getByRole('button', { name: '121' }).waitFor()
})

test('variables stand in the address and reach the statement', async () => {
  await open('tea-shop')
  await page.getByTitle('Service', { exact: true }).getByText('all').waitFor()
  await page.keyboard.press('d')
  await page.keyboard.press('Enter')
  const request = page.waitForRequest((sent) => sent.url().endsWith('/v2/query') && (JSON.parse(sent.postData()).variables?.service ?? []).join() === 'saucer')
  await page.getByRole('dialog', { name: 'Service' }).getByRole('checkbox', { name: 'saucer' }).check()
  const { variables } = JSON.parse((await request).postData())
  assert.match(variables.resolution, /^\d+ (seconds?|minutes?)$/)
  await page.keyboard.press('Escape')
  await page.waitForURL(/var\.service=saucer/)
  await page.reload()
  await page.getByTitle('Service', { exact: true }).getByText('saucer').waitFor()
  await page.getByTitle('Length of buckets').click()
  await page.getByRole('menuitemradio', { name: '10 minutes' }).click()
  await page.waitForURL(/res=10\+minutes/)
  await cell('traffic').getByRole('button', { name: 'Menu of Traffic' }).click()
  await page.getByRole('menuitem', { name: 'Copy SQL' }).click()
  await page.getByText('Copied').first().waitFor()
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /time_bucket\((INTERVAL )?'10 minutes'.*'saucer'/)
})

test('a drag over a chart is the range of the whole page', async () => {
  await open('tea-shop')
  const canvas = await cell('traffic').locator('.u-over').boundingBox()
  await page.mouse.move(canvas.x + canvas.width * 0.4, canvas.y + 30)
  await page.mouse.down()
  await page.mouse.move(canvas.x + canvas.width * 0.6, canvas.y + 30, { steps: 4 })
  await page.mouse.up()
  await page.waitForURL(/since=.*until=/)
  const { searchParams } = new URL(page.url())
  const minutes = (Date.parse(searchParams.get('until')) - Date.parse(searchParams.get('since'))) / 60_000
  assert.ok(minutes > 8 && minutes < 17, `${minutes} minutes`)
  await cell('count').getByRole('button', { name: /^\d\d$/ }).waitFor()
  await page.goBack()
  await cell('count').getByRole('button', { name: '121' }).waitFor()
})

test('a bar leads to its records in Live; it can be hidden, or be left alone', async () => {
  await open('tea-shop')
  const bars = cell('ranks')
  await bars.getByRole('button', { name: 'saucer' }).click()
  await page.getByRole('menuitem', { name: 'Hide' }).click()
  await bars.getByRole('button', { name: 'saucer' }).waitFor({ state: 'detached' })
  await bars.getByRole('button', { name: 'Show all' }).click()
  await bars.getByRole('button', { name: 'saucer' }).click()
  await page.getByRole('menuitem', { name: 'Open in Live with this filter' }).click()
  await page.waitForURL(/q=service_name/)
  assert.equal(new URL(page.url()).searchParams.get('q'), "service_name = 'saucer'")
  await page.getByRole('treegrid', { name: 'Records' }).getByRole('row').first().waitFor()
  await page.goBack()
  await cell('traffic').locator('canvas').waitFor()
  const canvas = await cell('traffic').locator('.u-over').boundingBox()
  await page.mouse.click(canvas.x + canvas.width * 0.5, canvas.y + canvas.height - 3)
  const live = page.getByRole('menuitem', { name: 'Open in Live with this filter' })
  await live.waitFor()
  const { searchParams } = new URL(await live.getAttribute('href'), hearth.origin)
  assert.match(searchParams.get('q'), /^service_name IN \(.*\) AND service_name = '(kettle|saucer)'$|^service_name = ANY\(.*\) AND service_name = '(kettle|saucer)'$/)
  assert.ok(Date.parse(searchParams.get('until')) - Date.parse(searchParams.get('since')) <= 5 * 60_000)
  await page.keyboard.press('Escape')
})

test('keys move and size a panel; steps are undone; saving is one version', async () => {
  await open('tea-shop')
  await cell('traffic').locator('canvas').waitFor()
  await page.keyboard.press('e')
  await bar().waitFor()
  await cell('count').focus()
  await page.keyboard.press('s')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Escape')
  await page.keyboard.press('m')
  await page.keyboard.press('ArrowUp')
  assert.equal(await cell('count').evaluate((at) => at === document.activeElement), true)
  await page.keyboard.press('Escape')
  await bar().getByText('Not saved yet').waitFor()
  await bar().getByRole('button', { name: 'Save' }).click()
  await saved().waitFor()
  assert.deepEqual(await placeOf('tea-shop', 'count'), [0, 0, 6, 3])
  await page.keyboard.press('e')
  await cell('count').focus()
  await page.keyboard.press('m')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Escape')
  await bar().getByText('Not saved yet').waitFor()
  await page.keyboard.press('Control+z')
  await bar().getByText('Editing', { exact: true }).waitFor()
  await page.keyboard.press('Control+y')
  await bar().getByText('Not saved yet').waitFor()
  await bar().getByRole('button', { name: 'Discard' }).click()
  await bar().waitFor({ state: 'detached' })
})

test('the pointer moves a panel by its header and sizes it at its corner', async () => {
  await api('PUT', 'tea-shop/', { definition: shop })
  await open('tea-shop')
  await cell('traffic').locator('canvas').waitFor()
  await page.keyboard.press('e')
  const column = (await cell('traffic').boundingBox()).width / 12
  const drag = async (x, y, dx, dy) => {
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + dx / 2, y + dy / 2, { steps: 3 })
    await page.mouse.move(x + dx, y + dy, { steps: 3 })
    await page.mouse.up()
  }
  const at = await cell('ranks').boundingBox()
  await drag(at.x + at.width - 4, at.y + at.height - 4, -column * 4, -96)
  await bar().getByText('Not saved yet').waitFor()
  const words = await cell('words').boundingBox()
  await drag(words.x + 90, words.y + 12, -column * 6, 0)
  await bar().getByRole('button', { name: 'Save' }).click()
  await saved().waitFor()
  assert.deepEqual(await placeOf('tea-shop', 'ranks'), [12, 0, 8, 4])
  assert.equal((await placeOf('tea-shop', 'words'))[0], 12)
  const kept = (await api('GET', 'tea-shop/')).dashboard
  assert.deepEqual(kept.spec.annotations, [{ kept: true }])
  assert.equal(kept.spec.panels.ranks.spec.plugin.spec.twist, 'kept')
})

test('changes are not lost by leaving', async () => {
  await open('tea-shop')
  await cell('count').getByRole('button', { name: '121' }).waitFor()
  await page.keyboard.press('e')
  await page.getByLabel('Name of the dashboard').fill('Coffee shop')
  await page.keyboard.press('Enter')
  await bar().getByText('Not saved yet').waitFor()
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Explore' }).click()
  const asks = page.getByRole('dialog', { name: 'Leave without saving' })
  await asks.getByRole('button', { name: 'Stay' }).click()
  assert.match(page.url(), /tea-shop/)
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Explore' }).click()
  await asks.getByRole('button', { name: 'Leave' }).click()
  await page.waitForURL(/\/explore/)
})

test('who was faster is said: reload, overwrite, or keep mine as a copy', async () => {
  const rename = async (name) => {
    await page.keyboard.press('e')
    await page.getByLabel('Name of the dashboard').fill(name)
    await page.keyboard.press('Enter')
    await bar().getByText('Not saved yet').waitFor()
  }
  const conflict = page.getByRole('dialog', { name: 'Somebody else has saved' })
  await open('tea-shop')
  await cell('count').getByRole('button', { name: '121' }).waitFor()
  await rename('Mine')
  await api('PUT', 'tea-shop/', { name: 'Theirs', definition: { ...shop, spec: { ...shop.spec, display: { name: 'Theirs' } } } })
  await bar().getByRole('button', { name: 'Save' }).click()
  await conflict.getByRole('button', { name: 'Save mine as a copy' }).click()
  await page.waitForURL(/\/dashboards\/mine-copy/)
  await page.getByRole('heading', { name: 'Mine copy', level: 1 }).waitFor({ state: 'attached' })
  await open('tea-shop')
  await page.getByRole('heading', { name: 'Theirs', level: 1 }).waitFor({ state: 'attached' })
  await rename('Mine again')
  await api('PUT', 'tea-shop/', { name: 'Theirs again' })
  await bar().getByRole('button', { name: 'Save' }).click()
  await conflict.getByRole('button', { name: 'Overwrite' }).click()
  await saved().waitFor()
  assert.equal((await api('GET', 'tea-shop/')).dashboard_name, 'Mine again')
  await api('PUT', 'tea-shop/', { name: 'Tea shop', definition: shop })
  await rename('Third time')
  await bar().getByRole('button', { name: 'Save' }).click()
  await conflict.getByRole('button', { name: 'Reload, without my changes' }).click()
  await page.getByRole('heading', { name: 'Tea shop', level: 1 }).waitFor({ state: 'attached' })
  refused()
})

test('a new dashboard gets a panel in the editor, with a preview and the statement that runs', async () => {
  await page.goto(`${hearth.origin}/local/default/dashboards`)
  await page.getByRole('link', { name: 'New dashboard' }).click()
  await page.getByLabel('Name of the dashboard').fill('Morning round')
  await page.keyboard.press('Enter')
  await bar().getByRole('button', { name: 'Add panel' }).click()
  const editor = page.getByRole('dialog', { name: 'Add a panel' })
  await editor.locator('canvas').waitFor()
  await editor.getByText('Show rendered SQL').click()
  await editor.getByText(/time_bucket\((INTERVAL )?'\d+ (seconds|minute)/).waitFor()
  await editor.getByRole('textbox', { name: 'SQL' }).focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText('SELECT count(*) AS cups FROM records')
  await editor.getByLabel('Drawn as').selectOption('Values')
  await editor.getByRole('button', { name: '121' }).waitFor()
  await editor.getByRole('tab', { name: 'Display' }).click()
  await editor.getByLabel('Unit').fill('cups')
  await editor.getByLabel('Title').fill('Cups')
  await page.keyboard.press('Enter')
  await editor.getByRole('button', { name: '121 cups' }).waitFor()
  await editor.getByRole('button', { name: 'Add', exact: true }).click()
  await cell('Cups').getByRole('button', { name: '121 cups' }).waitFor()
  await bar().getByRole('button', { name: 'Variables and settings' }).click()
  const settings = page.getByRole('dialog', { name: 'Variables and settings' })
  await settings.getByRole('tab', { name: 'Variables' }).click()
  await settings.getByRole('button', { name: 'Add variable' }).click()
  await settings.getByLabel('Name').fill('kind')
  await settings.getByLabel(/Options, one on each line/).fill('green\nblack = Black tea')
  await settings.getByLabel('Hidden above the panels').focus()
  await settings.getByRole('button', { name: 'Apply' }).click()
  await page.getByTitle('kind', { exact: true }).getByText('all').waitFor()
  await bar().getByRole('button', { name: 'Save' }).click()
  await page.waitForURL(/\/dashboards\/morning-round/)
  const made = (await api('GET', 'morning-round/')).dashboard
  assert.deepEqual(made.spec.panels.Cups.spec.plugin, { kind: 'Values', spec: { visual: { display: 'bar' }, format: { unit: 'cups' } } })
  assert.deepEqual(made.spec.variables[0].spec.plugin.spec.values, ['green', { value: 'black', label: 'Black tea' }])
})

test('one panel fills the page, and the frame goes away', async () => {
  await open('tea-shop')
  await cell('ranks').getByRole('button', { name: 'kettle' }).waitFor()
  await cell('ranks').focus()
  await page.keyboard.press('f')
  await page.waitForURL(/panel=ranks/)
  await page.getByRole('button', { name: 'kettle' }).waitFor()
  assert.equal(await page.locator('[data-panel]').count(), 0)
  await page.keyboard.press('Escape')
  await cell('traffic').waitFor()
  await page.keyboard.press('k')
  await page.getByRole('navigation', { name: 'Pages' }).waitFor({ state: 'hidden' })
  await page.waitForURL(/kiosk=1/)
  await page.keyboard.press('k')
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
})

test('definitions go out as a file and come in again', async () => {
  await open('tea-shop')
  await page.getByTitle('Menu of the dashboard').click()
  const download = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: 'Download JSON' }).click()
  const file = await download
  assert.equal(file.suggestedFilename(), 'tea-shop.json')
  const text = await readFile(await file.path(), 'utf8')
  assert.deepEqual(JSON.parse(text).spec.annotations, [{ kept: true }])
  await page.goto(`${hearth.origin}/local/default/dashboards`)
  await page.getByRole('button', { name: 'Import JSON' }).click()
  const dialog = page.getByRole('dialog', { name: 'Import a dashboard' })
  await dialog.getByLabel('Definition').fill('{"kind": "Folder", "spec": {}}')
  await dialog.getByRole('alert').getByText('This is no dashboard but a Folder.').waitFor()
  await dialog.getByLabel('File').setInputFiles({ name: 'tea.json', mimeType: 'application/json', buffer: Buffer.from(text) })
  await dialog.getByText('Tea shop, 7 panels').waitFor()
  await dialog.getByRole('button', { name: 'Import' }).click()
  await page.waitForURL(/\/dashboards\/tea-shop-2/)
  refused() // the slug that was taken
  await page.getByTitle('Menu of the dashboard').click()
  await page.getByRole('menuitem', { name: 'Delete …' }).click()
  await page.getByRole('dialog', { name: 'Delete the dashboard' }).getByRole('button', { name: 'Delete' }).click()
  await page.waitForURL(/\/dashboards$/)
  await page.getByRole('row', { name: /Morning round/ }).waitFor()
  await page.getByRole('row', { name: /Overview comes with Hearth/ }).getByRole('link', { name: 'Overview' }).click()
  await page.getByRole('button', { name: 'Duplicate' }).click()
  await page.waitForURL(/\/dashboards\/overview-copy/)
})

test('an answer of Explore is a panel in two clicks', async () => {
  await page.goto(`${hearth.origin}/local/default/explore?${new URLSearchParams({ sql: ranking, view: 'chart' })}`)
  await page.getByRole('figure', { name: 'n by service_name' }).waitFor()
  await page.getByTitle('Add to a dashboard').click()
  await page.getByRole('menuitem', { name: 'Morning round' }).click()
  await page.waitForURL(/\/dashboards\/morning-round/)
  await cell('NByServiceName').getByRole('button', { name: 'kettle' }).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('add'), null)
  await bar().getByRole('button', { name: 'Save' }).click()
  await saved().waitFor()
  assert.equal((await api('GET', 'morning-round/')).dashboard.spec.panels.NByServiceName.spec.plugin.kind, 'BarChart')
})

test('below 900 pixels there is one column, in reading order', async () => {
  await page.setViewportSize({ width: 620, height: 860 })
  await open('tea-shop')
  await cell('ranks').getByRole('button', { name: 'kettle' }).waitFor()
  const [first, second] = [await cell('traffic').boundingBox(), await cell('ranks').boundingBox()]
  assert.ok(second.y >= first.y + first.height && Math.abs(first.width - second.width) < 1 && first.width > 500)
  await page.setViewportSize({ width: 1440, height: 860 })
})

test('a read token reads dashboards, and the operator’s key saves them', async () => {
  const guarded = await startHearth('--password', 'open sesame')
  const token = (await guarded.run('tokens', 'create', '--project', 'default', '--kind', 'read', '--password', 'open sesame')).trim()
  const { page: guest, faults: refusals } = await openBrowser(guarded.origin)
  await guest.goto(`${guarded.origin}/local/default/dashboards`)
  await guest.getByLabel('Read token').fill(token)
  await guest.getByRole('button', { name: 'Open' }).click()
  await guest.getByRole('row', { name: /Overview comes with Hearth/ }).waitFor()
  for (const refusal of refusals.splice(0)) assert.match(refusal, /status of 401|authorization header|Nobody is logged in|password is wrong/)
  assert.equal(await guest.getByRole('link', { name: 'New dashboard' }).count(), 0)
  await guest.goto(`${guarded.origin}/local/default/dashboards/new`)
  await guest.getByLabel('Operator’s key').fill('open sesame')
  await guest.keyboard.press('Enter')
  await guest.getByRole('group', { name: 'Editing' }).getByRole('button', { name: 'Save' }).click()
  await guest.waitForURL(/\/dashboards\/new-dashboard/)
  await guest.getByRole('button', { name: 'Edit', exact: true }).first().waitFor()
})
