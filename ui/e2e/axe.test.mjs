// Every page against the rules of WCAG 2.2, A and AA, that axe can tell; its colours in both themes.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import axe from 'axe-core'
import { openBrowser, startHearth } from './hearth.mjs'
import { fill, places } from './places.mjs'

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
async function violations(theme, runOnly) {
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

test('every page is accessible', async (t) => {
  for (const place of all) {
    await t.test(place.name, async () => {
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.goto(hearth.origin + place.path)
      await place.ready(page)
      await page.evaluate(axe.source)
      assert.deepEqual([...await violations('dark', rules), ...await violations('light', colours)], [])
    })
  }
})
