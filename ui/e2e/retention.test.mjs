// Settings › Retention: for how long things are kept, how much room they take, and where that is going.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'
import { openTown, startFilledTown } from './town.mjs'

const day = 86_400_000
let hearth, page

const settings = () => page.goto(`${hearth.origin}/local/default/settings/retention`)
const fact = (page, name) => page.getByRole('main').locator('dl > div').filter({ has: page.getByText(name, { exact: true }) }).locator('dd')
const save = () => page.getByRole('button', { name: 'Save', exact: true })
const dialog = () => page.getByRole('dialog', { name: 'Delete what is older' })

/** How many rows there are, whatever their age. */
async function count(table) {
  const response = await fetch(`${hearth.origin}/v2/query`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ sql: `SELECT count(*) AS n FROM ${table}`, min_timestamp: '2020-01-01T00:00:00Z' }) })
  return (await response.json()).data[0].n
}

async function sendPoint(ago) {
  const timeUnixNano = `${Date.now() - ago}000000`
  const response = await fetch(`${hearth.origin}/v1/metrics`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'cups', gauge: { dataPoints: [{ timeUnixNano, asDouble: 1 }] } }] }] }] }),
  })
  assert.equal(response.status, 200)
}

before(async () => {
  hearth = await startHearth('--retention', '60d', '--self-telemetry', '0')
  ;({ page } = await openBrowser(hearth.origin))
})

test('a project that holds nothing says so', async () => {
  await settings()
  await page.getByText(/Nothing is held yet\. .* are free on the disk\./).waitFor()
  assert.equal(await page.getByLabel('Spans and logs, days').getAttribute('placeholder'), '60 days')
  assert.equal(await save().isEnabled(), false)
})

test('what is held is told by day, with where it is going', async () => {
  for (let ago = 12; ago >= 0; ago--) {
    await send(hearth.origin, 'shop', [{ trace: id(100 + ago, 32), span: id(100 + ago, 16), name: `${ago} days ago`, start: ago * day + 1, end: ago * day }])
    await sendPoint(ago * day)
  }
  while ((await count('records')) < 13 || (await count('metrics')) < 13) await new Promise((resolve) => setTimeout(resolve, 100))
  await settings()
  await fact(page, 'Held now').filter({ hasText: /B: .*B of spans and logs, .*B of metrics/ }).waitFor()
  const oldest = new Date(Date.now() - 12 * day).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
  assert.equal(await fact(page, 'The oldest day').innerText(), oldest)
  assert.match(await fact(page, 'Comes in a day').innerText(), /^about .*B, the mean of the last whole days, seven at most$/)
  assert.match(await fact(page, 'As it goes now').innerText(), /^grows to about .*B in about \d+ days, and stays there: as much is deleted then as comes$/)
  assert.match(await fact(page, 'Full').innerText(), /^not as it goes now: all projects come to about .*B$/)
  await page.getByRole('button', { name: 'Show as table' }).click()
  assert.equal(await page.getByRole('figure').first().getByRole('row').count(), 14) // a head, and every day
})

test('what shortening deletes is told before it is done', async () => {
  await settings()
  await page.getByLabel('Spans and logs, days').fill('5')
  await save().click()
  await dialog().getByText(/This deletes 7 spans and logs up to \d+ \w+ \d{4}: .*B of 7 days/).waitFor()
  await dialog().getByRole('button', { name: 'Keep it' }).click()
  await dialog().waitFor({ state: 'detached' })
  assert.equal(await count('records'), 13)
  await save().click()
  await dialog().getByRole('button', { name: 'Delete it' }).click()
  await page.getByText('What is kept is changed').waitFor()
  await page.waitForFunction(() => document.querySelector('dialog') === null)
  assert.equal(await count('records'), 6)
  assert.equal(await count('metrics'), 13)
  await page.reload()
  assert.equal(await page.getByLabel('Spans and logs, days').inputValue(), '5')
  assert.equal(await page.getByLabel('Metrics, days').inputValue(), '')
})

test('what deletes nothing asks nothing, and a bound is a bound', async () => {
  await settings()
  const field = page.getByLabel('Spans and logs, days')
  await field.fill('61')
  assert.equal(await field.evaluate((input) => input.checkValidity()), false)
  await field.fill('')
  await page.getByLabel('Metrics, days').fill('60')
  await save().click()
  await page.getByText('What is kept is changed').waitFor()
  await page.reload()
  assert.equal(await field.inputValue(), '')
  assert.equal(await page.getByLabel('Metrics, days').inputValue(), '60')
})

test('who may not change it sees it', async () => {
  const filled = await startFilledTown()
  const people = await openTown(filled)
  for (const [as, fields, server] of [['admin', 2, 1], ['reader', 0, 0]]) {
    const theirs = people.pageOf({ as })
    await theirs.goto(`${filled.town.origin}/local/default/settings/retention`)
    await theirs.getByRole('heading', { name: 'Room' }).waitFor()
    await theirs.getByText(/Nothing is held yet/).waitFor()
    assert.equal(await theirs.getByRole('spinbutton').count(), fields, as)
    assert.equal(await theirs.getByText(/free on the disk/).count(), server, as)
    if (fields === 0) assert.equal(await fact(theirs, 'Metrics').innerText(), '30 days, as long as this server keeps things')
  }
  people.settle()
})
