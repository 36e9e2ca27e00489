// The metrics browser in the built binary: the list, charts by kind, labels, marks, and where a chart can go.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { id, openBrowser, startHearth } from './hearth.mjs'

let hearth, browser, page

const minute = 60_000
const start = Math.floor(Date.now() / minute) * minute - 40 * minute
const nano = (ms) => `${ms}000000`
const labels = (of) => Object.entries(of).map(([key, value]) => ({ key, value: { stringValue: value } }))
const each = (of) => Array.from({ length: 40 }, (_, i) => of(i, nano(start + i * minute))).filter(Boolean)

/** Forty minutes of a gauge with a hole, a counter that begins anew, and a histogram with exemplars. */
const metrics = [
  { name: 'tea.stock', unit: 'kg', description: 'Tea in the warehouse.', gauge: {
    dataPoints: ['sencha', 'oolong'].flatMap((tea, n) => each((i, at) => (i > 10 && i < 20 ? undefined : { timeUnixNano: at, asDouble: 10 * (n + 1), attributes: labels({ tea }) }))),
  } },
  { name: 'tea.orders', unit: '{order}', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: each((i, at) => ({ startTimeUnixNano: nano(start), timeUnixNano: at, asInt: String(i < 30 ? i * 60 : (i - 29) * 60) })) } },
  { name: 'request.duration', unit: 's', histogram: { aggregationTemporality: 1, dataPoints: each((i, at) => ({
    startTimeUnixNano: nano(start + (i - 1) * minute), timeUnixNano: at, count: '10', sum: 5, bucketCounts: ['5', '5', '0'], explicitBounds: [0.5, 1],
    ...(i === 20 ? { exemplars: [{ timeUnixNano: at, asDouble: 0.9, traceId: id(77, 32), spanId: id(77, 16) }] } : {}),
  })) } },
]

before(async () => {
  hearth = await startHearth()
  ;({ browser, page } = await openBrowser(hearth.origin))
})

after(async () => {
  await browser?.close()
  await hearth?.stop()
})

const at = (path) => `${hearth.origin}/local/default/metrics${path}`
const chart = (name) => page.getByRole('figure', { name })
const chosen = (name) => page.getByRole('radio', { name, exact: true, checked: true })

async function send() {
  const body = { resourceMetrics: [{ resource: { attributes: labels({ 'service.name': 'warehouse' }) }, scopeMetrics: [{ scope: { name: 'e2e' }, metrics }] }] }
  const response = await fetch(`${hearth.origin}/v1/metrics`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  assert.ok(response.ok, await response.text())
  while ((await stored()) === 0) await new Promise((resolve) => setTimeout(resolve, 50)) // what is acknowledged may not be in the tables yet
}

async function stored() {
  const response = await fetch(`${hearth.origin}/v2/query`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ sql: 'SELECT count(*) AS n FROM metrics', min_timestamp: new Date(start).toISOString() }) })
  return (await response.json()).data[0].n
}

/** The numbers of the chart, by what it says of them in words. */
async function numbers(name) {
  await chart(name).getByRole('button', { name: 'Show as table' }).click()
  const cells = await chart(name).getByRole('cell').allInnerTexts()
  await chart(name).getByRole('button', { name: 'Show as chart' }).click()
  return cells
}

test('before the first metric it says how to send one', async () => {
  await page.goto(at(''))
  await page.getByRole('heading', { name: 'No metric was received yet' }).waitFor()
  await page.getByRole('tab', { name: 'Collector' }).click()
  await page.getByText('hostmetrics').first().waitFor()
})

test('names are listed with what they are, and found', async () => {
  await send()
  await page.reload()
  const list = page.getByRole('complementary', { name: 'Metrics' })
  await list.getByRole('link', { name: /tea\.stock/ }).waitFor()
  await list.getByText('kg · 2 ser.').waitFor()
  assert.equal(await list.getByRole('img', { name: 'counter' }).count(), 1)
  assert.equal(await list.getByRole('img', { name: 'histogram' }).count(), 1)
  await page.keyboard.press('/')
  await page.keyboard.type('warehouse')
  await list.getByRole('link', { name: /tea\.orders/ }).waitFor({ state: 'detached' })
  await list.getByRole('link', { name: /tea\.stock/ }).click()
  await page.waitForURL(/metrics\/tea\.stock/)
})

test('a gauge is split and filtered by its labels; where nothing came is a gap', async () => {
  await chart('avg of tea.stock').waitFor()
  await page.getByText('1 gap without data').waitFor()
  await page.getByLabel('Split by').selectOption({ label: 'tea (2)' })
  await chart('avg of tea.stock').getByRole('button', { name: 'oolong', exact: true }).waitFor()
  await page.getByRole('group', { name: 'Label filters' }).getByRole('button', { name: 'tea 2' }).click()
  await page.getByRole('checkbox', { name: /sencha/ }).click()
  await page.keyboard.press('Escape')
  await chart('avg of tea.stock').getByRole('button', { name: 'oolong', exact: true }).waitFor({ state: 'detached' })
  assert.equal(new URL(page.url()).searchParams.get('where'), "attributes->>'tea' = 'sencha'")
  assert.ok((await numbers('avg of tea.stock')).every((value) => value === '10' || value === '–'))
  await page.getByTitle('Take this filter away').click()
  await chart('avg of tea.stock').getByRole('button', { name: 'oolong', exact: true }).waitFor()
  await page.getByRole('radio', { name: 'sum', exact: true }).click()
  await page.getByLabel('Split by').selectOption('')
  await chart('sum of tea.stock').waitFor()
  assert.ok((await numbers('sum of tea.stock')).includes('30'))
})

test("a counter's rate sees that it began anew", async () => {
  await page.goto(at('/tea.orders?last=1h'))
  await chart('rate of tea.orders').waitFor()
  await page.getByText('1 time a counter began anew').waitFor()
  assert.ok((await numbers('rate of tea.orders')).every((value) => value === '1' || value === '–'), 'one order a second, before and after')
  await page.getByRole('radio', { name: 'increase' }).click()
  await chart('increase of tea.orders').waitFor()
  assert.ok((await numbers('increase of tea.orders')).includes('60'))
})

test('percentiles of a histogram, and the trace that an exemplar names', async () => {
  await page.goto(at('/request.duration?last=1h'))
  await chosen('percentiles').waitFor()
  for (const name of ['p50', 'p90', 'p95', 'p99']) await chart('percentiles of request.duration').getByRole('button', { name, exact: true, pressed: true }).waitFor()
  await page.getByText('A dot opens the trace in which a value was measured').waitFor()
  const dot = page.getByRole('link', { name: /^Trace of 0\.9 s/ })
  assert.match(await dot.getAttribute('href'), new RegExp(`/trace/${id(77, 32)}\\?.*spanId=${id(77, 16)}`))
  await page.getByRole('radio', { name: 'avg' }).click()
  await chart('avg of request.duration').waitFor()
  assert.ok((await numbers('avg of request.duration')).includes('0.5'))
})

test('the statement is shown, and goes to Explore, to a dashboard and into an alert', async () => {
  await page.getByRole('button', { name: 'View SQL' }).click()
  const sql = await page.getByRole('dialog').getByLabel('SQL', { exact: true }).innerText()
  assert.match(sql, /metric_avg\(metric_merge\(value\)\) AS avg/)
  await page.keyboard.press('Escape')
  assert.match(await page.getByRole('link', { name: 'Create alert' }).getAttribute('href'), /alerts\/new\?.*HAVING/)
  await page.getByRole('button', { name: 'Add to dashboard' }).click()
  assert.match(await page.getByRole('menuitem', { name: 'New dashboard' }).getAttribute('href'), /dashboards\/new\?.*resolution/)
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'Open in Explore' }).click()
  await page.getByRole('region', { name: 'Chart' }).getByRole('figure').waitFor()
})

test('keys go from metric to metric', async () => {
  await page.goto(at('/request.duration'))
  await chart(/of request\.duration/).waitFor()
  await page.keyboard.press('j')
  await page.waitForURL(/tea\.orders/)
  await page.keyboard.press('k')
  await page.waitForURL(/request\.duration/)
  await page.goto(at('/no.such'))
  await page.getByText('Nothing that is kept is called no.such.').waitFor()
})
