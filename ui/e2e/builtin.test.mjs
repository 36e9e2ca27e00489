// The dashboards that come with Hearth, filled by the demo: every panel has its answer, and none of them is an error.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { openBrowser, startHearth } from './hearth.mjs'

let hearth, page

before(async () => {
  hearth = await startHearth('--self-telemetry', '1s')
  await hearth.demo()
  // High enough that every panel is on screen: others do not ask.
  ;({ page } = await openBrowser(hearth.origin, { viewport: { width: 1440, height: 3600 } }))
})

for (const [project, slug, panels] of [['default', 'overview', 10], ['default', 'llm', 22], ['default', 'web-server', 13], ['default', 'exceptions', 9], ['hearth', 'hearth', 22]]) {
  test(`${slug} of ${project} has an answer in every panel`, async () => {
    await page.goto(`${hearth.origin}/local/${project}/dashboards/${slug}`)
    const all = page.locator('[data-panel]')
    await page.waitForFunction((n) => document.querySelectorAll('[data-panel]').length === n, panels)
    await page.waitForFunction(() => document.querySelector('[data-panel] [aria-busy=true]') === null && document.querySelector('[data-panel] [role=progressbar]') === null)
    assert.deepEqual(await all.getByRole('alert').allInnerTexts(), [])
    // Of what the server refused there is nothing to tell.
    const empty = await all.filter({ hasText: 'No rows in this range' }).evaluateAll((found) => found.map((one) => one.getAttribute('data-panel')))
    assert.deepEqual(empty.filter((key) => key !== 'reasons'), [])
  })
}

test('the project of the server has no other dashboards, and its first page leads to its own', async () => {
  await page.goto(`${hearth.origin}/local/hearth/dashboards`)
  await page.getByRole('row', { name: /Hearth itself/ }).waitFor()
  assert.equal(await page.getByRole('row', { name: /Web server/ }).count(), 0)
  await page.goto(`${hearth.origin}/local/hearth`)
  await page.getByRole('link', { name: 'Hearth itself' }).click()
  await page.getByRole('heading', { name: 'What arrives' }).waitFor()
})
