// A picture of every page and state, in both themes and four widths, for people to look at: artifacts/screenshots.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { artifacts, openBrowser, startHearth } from './hearth.mjs'
import { fill, places } from './places.mjs'
import { openTown, startFilledTown, townPlaces } from './town.mjs'

const folder = join(artifacts, 'screenshots')
const wide = { width: 1440, height: 900 }
const narrow = [{ width: 820, height: 1000 }, { width: 390, height: 844 }]

let hearth, page, all

before(async () => {
  await mkdir(folder, { recursive: true })
  hearth = await startHearth()
  await fill(hearth)
  all = await places(hearth.origin)
  ;({ page } = await openBrowser(hearth.origin))
})

async function picture(page, name, theme, { width, height }) {
  await page.emulateMedia({ colorScheme: theme })
  await page.setViewportSize({ width, height })
  await page.screenshot({ path: join(folder, `${name}-${theme}-${width}.png`), animations: 'disabled' })
}

async function pictures(page, address, place) {
  await page.setViewportSize(wide)
  await page.goto('about:blank') // what stands behind # alone loads nothing
  await page.goto(address)
  await place.ready(page)
  await picture(page, place.name, 'light', wide)
  await picture(page, place.name, 'dark', wide)
  for (const size of narrow) await picture(page, place.name, 'dark', size)
}

test('every page has its picture', async (t) => {
  for (const place of all) await t.test(place.name, () => pictures(page, hearth.origin + place.path, place))
})

test('every page of people has its picture', async (t) => {
  const filled = await startFilledTown()
  const { pageOf, settle } = await openTown(filled)
  for (const place of townPlaces(filled)) {
    await t.test(place.name, async () => {
      await pictures(pageOf(place), place.origin + place.path, place)
      settle()
    })
  }
})
