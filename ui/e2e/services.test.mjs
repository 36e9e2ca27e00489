// The colours of services: the server's, the same for every viewer.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

let hearth, context, page

before(async () => {
  hearth = await startHearth()
  ;({ context, page } = await openBrowser(hearth.origin))
})

/** The colour that stands for a service in a page: it waits until the server has told. */
async function colorOf(page, name) {
  const property = `--service-${Buffer.from(name).toString('hex')}`
  await page.waitForFunction((property) => document.documentElement.style.getPropertyValue(property), property)
  return page.evaluate((property) => document.documentElement.style.getPropertyValue(property), property)
}

test('services get their colours in the order in which they appear, and keep them', async () => {
  await send(hearth.origin, 'shop', [{ trace: id(1, 32), span: id(1, 16), name: 'buy a teapot' }])
  await page.goto(`${hearth.origin}/local/default`)
  assert.equal(await colorOf(page, 'shop'), 'var(--series-1)')
  await page.locator('[data-connection=live]').waitFor()
  await send(hearth.origin, 'été "à" }', [{ trace: id(2, 32), span: id(2, 16), name: 'a name that is no identifier' }])
  assert.equal(await colorOf(page, 'été "à" }'), 'var(--series-2)')

  const other = await context.newPage()
  await other.goto(`${hearth.origin}/local/default`)
  assert.equal(await colorOf(other, 'été "à" }'), 'var(--series-2)')
  assert.equal(await colorOf(other, 'shop'), 'var(--series-1)')
})
