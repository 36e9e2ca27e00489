// Every page against the rules of WCAG 2.2, A and AA, that axe can tell; its colours in both themes.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import axe from 'axe-core'
import { openBrowser, startHearth } from './hearth.mjs'
import { fill, places } from './places.mjs'
import { openTown, startFilledTown, townPlaces } from './town.mjs'

let hearth, page, all

before(async () => {
  hearth = await startHearth()
  await fill(hearth)
  all = await places(hearth.origin)
  ;({ page } = await openBrowser(hearth.origin))
})

const rules = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }
const colours = { type: 'rule', values: ['color-contrast'] }

/** What axe finds on the page in a theme: for each rule and reason, the first element that breaks it. */
async function violations(page, theme, runOnly) {
  await page.emulateMedia({ colorScheme: theme })
  const { violations } = await page.evaluate((options) => globalThis.axe.run(options), { runOnly, resultTypes: ['violations'] })
  const found = new Map()
  for (const { id, nodes } of violations) {
    for (const node of nodes) {
      const reason = `${id}, ${theme}: ${[...node.any, ...node.all, ...node.none].map((check) => check.message).join('; ')}`
      if (!found.has(reason)) found.set(reason, `${reason}\n  ${node.target.join(' ')}\n  ${node.html.slice(0, 300)}`)
    }
  }
  return [...found.values()]
}

async function check(page, address, place) {
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto('about:blank') // what stands behind # alone loads nothing
  await page.goto(address)
  await place.ready(page)
  await page.evaluate(axe.source)
  assert.deepEqual([...await violations(page, 'dark', rules), ...await violations(page, 'light', colours)], [])
}

test('every page is accessible', async (t) => {
  for (const place of all) await t.test(place.name, () => check(page, hearth.origin + place.path, place))
})

test('so is every page of people', async (t) => {
  const filled = await startFilledTown()
  const { pageOf, settle } = await openTown(filled)
  for (const place of townPlaces(filled)) {
    await t.test(place.name, async () => {
      await check(pageOf(place), place.origin + place.path, place)
      settle()
    })
  }
})
