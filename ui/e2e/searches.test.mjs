// Saved and recent searches in the built binary: kept, found, shared, changed, and taken away.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

let hearth, browser, page

before(async () => {
  hearth = await startHearth()
  await send(hearth.origin, 'storefront', [
    { trace: id(1, 32), span: id(1, 16), name: 'pour tea', attributes: { 'tea.kind': 'oolong' } },
    { trace: id(2, 32), span: id(2, 16), name: 'break cup', failed: true },
  ])
  ;({ browser, page } = await openBrowser(hearth.origin))
})

after(async () => {
  await browser?.close()
  await hearth?.stop()
})

const live = () => `${hearth.origin}/local/default`
const records = () => page.getByRole('treegrid', { name: 'Records' })
const menu = () => page.getByRole('dialog', { name: /Saved searches/ })
const saved = async () => (await (await fetch(`${hearth.origin}/api/v1/projects/${await projectId()}/searches/`)).json())
const projectId = async () => (await (await fetch(`${hearth.origin}/v1/read-token-info`)).json()).project_id

test('what is searched for is saved with what else the page shows', async () => {
  await page.goto(`${live()}?q=pour&last=6h`)
  await records().getByText('pour tea').waitFor()
  await page.keyboard.press('s')
  await menu().getByLabel('Name').fill('Pouring')
  await menu().getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('status', { name: 'Notices' }).getByText('Pouring is saved').waitFor()
  const [one] = await saved()
  assert.deepEqual([one.name, one.kind, one.query, one.shared, one.address], ['Pouring', 'live', 'pour', false, { last: '6h' }])
})

test('it is opened from the menu, beside the recent ones', async () => {
  await page.goto(live())
  await records().getByText('break cup').waitFor()
  await page.keyboard.press('s')
  await menu().getByRole('link', { name: /Pouring/ }).click()
  await page.waitForURL((url) => url.searchParams.get('q') === 'pour' && url.searchParams.get('last') === '6h')
  await page.locator('#search').click()
  await page.keyboard.press('Control+a')
  await page.keyboard.type('break')
  await page.keyboard.press('Enter')
  await records().getByText('break cup').waitFor()
  await page.keyboard.press('s')
  await menu().getByText('Recent, in this browser').waitFor()
  await menu().getByRole('link', { name: 'break', exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await menu().waitFor({ state: 'hidden' })
})

test('it is renamed, shared, and made to hold what is typed now', async () => {
  await page.keyboard.press('s')
  await menu().getByTitle('Menu of Pouring').click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await menu().getByLabel('Name of the search').fill('Cups')
  await menu().getByRole('button', { name: 'Rename' }).click()
  await menu().getByRole('link', { name: /Cups/ }).waitFor()
  await menu().getByTitle('Menu of Cups').click()
  await page.getByRole('menuitem', { name: 'Share it' }).click()
  await menu().getByRole('img', { name: 'shared' }).waitFor()
  await menu().getByTitle('Menu of Cups').click()
  await page.getByRole('menuitem', { name: 'Replace it by what is typed now' }).click()
  await page.getByText('Cups holds what you see').waitFor()
  const [one] = await saved()
  assert.deepEqual([one.name, one.query, one.shared], ['Cups', 'break', true])
  await page.keyboard.press('Escape')
  await menu().waitFor({ state: 'hidden' })
})

test('the palette finds it', async () => {
  await page.goto(`${live()}/settings/me`)
  await page.getByRole('radio').first().waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Search or jump' }).fill('cups')
  await page.getByRole('option', { name: /Cups/ }).click()
  await page.waitForURL((url) => url.searchParams.get('q') === 'break')
})

test('a statement is saved, and opens in a tab of its name', async () => {
  await page.goto(`${live()}/explore?${new URLSearchParams({ sql: 'SELECT 42 AS answer', view: 'details' })}`)
  await page.getByRole('region', { name: 'Row' }).getByText('answer').waitFor()
  await page.keyboard.press('Control+s')
  const form = page.getByRole('dialog', { name: /Save the statement/ })
  await form.getByLabel('Name').fill('The answer')
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('The answer is saved').waitFor()
  await page.evaluate(() => localStorage.clear())
  await page.goto(`${live()}/explore`)
  await page.getByRole('tab', { name: 'Saved' }).click()
  await page.getByRole('link', { name: /The answer/ }).click()
  await page.getByRole('region', { name: 'Row' }).getByText('answer').waitFor()
  await page.getByRole('tab', { name: 'The answer' }).waitFor()
  await page.waitForURL((url) => url.searchParams.get('view') === 'details')
})

test('it is deleted', async () => {
  await page.getByTitle('Menu of The answer').click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByText('Nothing is saved yet.').waitFor()
  assert.deepEqual((await saved()).map(({ name }) => name), ['Cups'])
})
