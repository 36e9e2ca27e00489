// Settings › Ingest: what arrives, what is refused, how full things are.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

let hearth, page

before(async () => {
  hearth = await startHearth('--daily-quota', '1GiB')
  ;({ page } = await openBrowser(hearth.origin))
  await send(hearth.origin, 'shop', [{ trace: id(1, 32), span: id(1, 16), name: 'good' }])
  await send(hearth.origin, 'fast-clock', [{ trace: id(2, 32), span: id(2, 16), name: 'from the future', start: -5000, end: -6000 }])
  const answer = await fetch(`${hearth.origin}/v1/logs`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: 'no JSON' })
  assert.equal(answer.status, 400)
  await page.goto(`${hearth.origin}/local/default/settings/ingest`)
})

const chart = (name) => page.getByRole('figure').filter({ hasText: name })

test('what was taken and refused is drawn by minute, and can be read as a table', async () => {
  const taken = chart('Records taken a minute').first()
  await taken.getByRole('button', { name: 'Show as table' }).click()
  await taken.getByRole('cell', { name: /^[12]$/ }).first().waitFor() // two requests, and a minute may begin between them
  await chart('Requests refused a minute').first().waitFor()
  assert.equal(await chart('Records cut a minute').count(), 0)
})

test('refused requests stand there without what they held', async () => {
  const refused = page.getByRole('region', { name: 'The newest requests that were refused' })
  await refused.getByRole('row', { name: /logs, http.*400.*not valid JSON/ }).waitFor()
  assert.equal(await refused.getByText('no JSON', { exact: true }).count(), 0)
})

test('clocks that are ahead are told', async () => {
  const clocks = page.getByRole('region', { name: 'Clocks' })
  await clocks.getByRole('row', { name: /fast-clock at least .* ahead/ }).waitFor()
  await clocks.getByRole('row', { name: /shop in step/ }).waitFor()
})

test('how full things are', async () => {
  for (const name of ['Sent today', "This project's files", 'Waiting to be stored', 'Write-ahead log', 'Free on the disk']) await page.getByText(name, { exact: true }).waitFor()
  await page.getByText(/of 1.07 GB that may come in a day/).waitFor()
  await chart('Bytes a day').first().waitFor()
})
