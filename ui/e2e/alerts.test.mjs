// Alerts and channels in the built binary: made from a template, previewed, run, told to a receiver, snoozed, taken away.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

let hearth, browser, page, receiver
const got = []
const arrived = new EventTarget()

before(async () => {
  receiver = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    got.push({ body: JSON.parse(body), headers: request.headers })
    response.end('ok')
    arrived.dispatchEvent(new Event('message'))
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  hearth = await startHearth('--alert-min-frequency', '1s')
  await send(hearth.origin, 'storefront', [
    { trace: id(1, 32), span: id(1, 16), name: 'pour tea', start: 300_000, end: 299_000 },
    { trace: id(2, 32), span: id(2, 16), name: 'break cup', start: 300_000, end: 299_000, failed: true, attributes: { 'http.route': '/cups' } },
  ])
  ;({ browser, page } = await openBrowser(hearth.origin))
})

after(async () => {
  await browser?.close()
  await hearth?.stop()
  receiver?.close()
})

const home = () => `${hearth.origin}/local/default`
const hook = () => `http://127.0.0.1:${receiver.address().port}/hook`
const editor = () => page.locator('[data-editor=Query] .cm-content')
const broken = "SELECT service_name, message, trace_id FROM records WHERE message = 'break cup'"

async function api(path, method = 'GET', body = undefined) {
  const response = await fetch(`${hearth.origin}/api/v1${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  assert.ok(response.ok, `${method} ${path}: ${response.status}`)
  return response.status === 204 ? undefined : response.json()
}
const projectId = async () => (await (await fetch(`${hearth.origin}/v1/read-token-info`)).json()).project_id
const alerts = async (path = '', method = 'GET', body = undefined) => api(`/projects/${await projectId()}/alerts/${path}`, method, body)

/** Waits until the receiver has a message that is so. */
async function message(wanted) {
  for (;;) {
    const found = got.find(wanted)
    if (found) return found
    await once(arrived, 'message')
  }
}

test('where there is no alert, templates are', async () => {
  await page.goto(`${home()}/alerts`)
  const templates = page.getByRole('list', { name: 'Templates' })
  for (const name of ['Any exception', 'Error rate', 'Slow endpoint', 'No data from a service', 'LLM spend per hour', 'LLM errors', 'Your own query']) await templates.getByText(name, { exact: true }).waitFor()
  await templates.getByText('Any exception', { exact: true }).click()
  await page.waitForURL(/alerts\/new\?.*template=any-exception/)
  assert.equal(await page.getByLabel('Name').inputValue(), 'Any exception')
  await editor().getByText('is_exception').waitFor()
})

test('Explore makes an alert of its statement; what it would do is said, and shown', async () => {
  await page.goto(`${home()}/explore?${new URLSearchParams({ sql: broken })}`)
  await page.getByRole('grid', { name: 'Result' }).getByRole('gridcell', { name: 'break cup' }).waitFor()
  await page.getByRole('link', { name: 'Create alert' }).click()
  await editor().getByText('break cup').waitFor()
  await page.getByLabel('Name').fill('Broken cups')
  await page.getByLabel('Description').fill('Buy **new** cups.')
  await page.getByLabel('It looks at').selectOption({ label: 'the last hour' })
  await page.getByLabel('It runs').selectOption({ label: 'every minute' })
  await page.getByRole('radio', { name: /It starts having rows/ }).check()
  await page.getByText('Every minute Hearth looks at the last hour, up to 10 seconds ago. When the query starts having rows, it is shown here, and nobody is told.').waitFor()
  await page.getByRole('button', { name: 'Preview' }).click()
  const preview = page.getByRole('region', { name: 'Preview' })
  await preview.getByRole('tab', { name: '1 row now' }).waitFor()
  await preview.getByRole('cell', { name: 'break cup' }).waitFor()
  await preview.getByText(/Would have told once in the last/).waitFor()
  await preview.getByRole('tab', { name: 'Message' }).click()
  await preview.getByText('Buy **new** cups.').waitFor()
  await preview.getByRole('tab', { name: 'Webhook' }).click()
  await preview.getByLabel('Payload').waitFor()
})

test('a channel is made in place, and tried', async () => {
  await page.getByRole('button', { name: 'New channel' }).click()
  const dialog = page.getByRole('dialog', { name: 'New channel' })
  await dialog.getByLabel('Name').fill('#cups')
  await dialog.getByLabel('URL').fill(hook())
  await dialog.getByLabel('Format').selectOption('raw-data')
  await dialog.getByRole('button', { name: 'Test' }).click()
  await dialog.getByText('The message was taken.').waitFor()
  assert.equal(got.length, 1)
  await dialog.getByRole('button', { name: 'Make the channel' }).click()
  assert.ok((await dialog.getByLabel('Signing secret').innerText()).length > 16)
  await dialog.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('checkbox', { name: /#cups/, checked: true }).waitFor()
  await page.getByText(/starts having rows, it tells #cups\.$/).waitFor()
  await page.getByRole('button', { name: 'Create the alert' }).click()
  await page.getByRole('heading', { name: 'Broken cups' }).waitFor()
})

test('it runs, tells, and says what it met', async () => {
  const [{ id: alertId }] = await alerts()
  await alerts(`${alertId}/`, 'PUT', { frequency: 'PT1S' })
  await message(({ body }) => JSON.stringify(body).includes('Broken cups'))
  await page.goto(`${home()}/alerts/${alertId}`)
  await page.getByText('Firing', { exact: true }).first().waitFor()
  const runs = page.getByRole('region', { name: 'Run history' })
  await runs.getByText('#cups: delivered').waitFor()
  await runs.getByRole('button', { name: '1 row, told' }).click()
  await runs.getByRole('region', { name: 'Rows' }).getByRole('cell', { name: 'break cup' }).waitFor()
  assert.match(await runs.getByRole('link', { name: 'Records' }).getAttribute('href'), /since=.*&until=.*&q=service_name\+%3D\+%27storefront%27/)
  await runs.getByTitle('Open the trace').click()
  await page.waitForURL((url) => url.searchParams.get('traceId') === id(2, 32))
  await page.getByRole('navigation', { name: 'Pages' }).getByTitle('1 alert fires').waitFor()
})

test('it is snoozed, and woken', async () => {
  await page.goto(`${home()}/alerts`)
  await page.getByRole('button', { name: 'Snooze', exact: true }).click()
  await page.getByRole('menuitem', { name: 'For an hour' }).click()
  const states = page.getByRole('group', { name: 'States' })
  await states.getByRole('button', { name: /Snoozed\s*1/ }).click()
  await page.getByRole('link', { name: 'Broken cups' }).waitFor()
  await page.getByRole('button', { name: 'Snooze', exact: true }).click()
  await page.getByRole('menuitem', { name: 'End the snooze' }).click()
  await states.getByRole('button', { name: /Snoozed\s*0/ }).click()
  await states.getByRole('button', { name: /Firing\s*1/ }).waitFor()
})

test('it is changed; a statement without an answer is refused where it is wrong', async () => {
  await page.getByTitle('Menu of Broken cups').click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  await page.getByLabel('Name').fill('Cups that break')
  await editor().click()
  await page.keyboard.press('Control+a')
  await page.keyboard.type('SELECT mesage FROM records')
  await page.getByRole('button', { name: 'Preview' }).click()
  await page.getByRole('region', { name: 'Preview' }).getByRole('alert').getByText(/mesage/).waitFor()
  await editor().click()
  await page.keyboard.press('Control+a')
  await page.keyboard.type('SELECT message FROM records')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Cups that break' }).waitFor()
  await page.getByRole('region', { name: 'Setup' }).getByLabel('Query').getByText('SELECT message FROM records').waitFor()
})

test('several are switched off and deleted at once', async () => {
  const [first] = await alerts()
  await alerts('', 'POST', { name: 'Second', query: 'SELECT 1 FROM records', time_window: 'PT5M', frequency: 'PT5M', notify_when: 'has_matches' })
  await alerts(`${first.id}/`, 'PUT', { frequency: 'PT1H' })
  await page.goto(`${home()}/alerts`)
  await page.getByRole('checkbox', { name: 'Choose all' }).check()
  await page.getByRole('toolbar').getByRole('button', { name: 'Switch off' }).click()
  await page.getByText('switched off').nth(1).waitFor()
  await page.getByRole('checkbox', { name: 'Choose all' }).check()
  await page.getByRole('toolbar').getByRole('button', { name: 'Delete …' }).click()
  await page.getByRole('dialog', { name: 'Delete alerts' }).getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('list', { name: 'Templates' }).waitFor()
  assert.deepEqual(await alerts(), [])
})

test('channels have a page: they are tried, changed, switched off, deleted', async () => {
  await page.goto(`${home()}/settings/channels`)
  const table = page.getByRole('region', { name: 'Channels' })
  const before = got.length
  await table.getByRole('button', { name: 'Test #cups' }).click()
  await table.getByText('The message was taken.').waitFor()
  assert.equal(got.length, before + 1)
  await table.getByRole('button', { name: 'Change #cups' }).click()
  const dialog = page.getByRole('dialog', { name: 'Channel #cups' })
  await dialog.getByLabel('Name').fill('#saucers')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await table.getByRole('switch', { name: '#saucers is on' }).click()
  await table.getByText('switched off').waitFor()
  await table.getByRole('button', { name: 'Delete #saucers' }).click()
  await page.getByRole('dialog', { name: 'Delete a channel' }).getByRole('button', { name: 'Delete it' }).click()
  await page.getByText('There is no channel yet.').waitFor()
})
