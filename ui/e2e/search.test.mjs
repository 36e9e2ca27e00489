// The search box of the live view: what it offers, what it asks, what it says of mistakes.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

let hearth, page

before(async () => {
  hearth = await startHearth()
  await send(hearth.origin, 'storefront', [
    { trace: id(1, 32), span: id(1, 16), name: 'pour tea', attributes: { 'tea.kind': 'oolong' } },
    { trace: id(2, 32), span: id(2, 16), name: 'pour coffee', attributes: { 'tea.kind': 'none' } },
  ])
  await send(hearth.origin, 'warehouse', [{ trace: id(3, 32), span: id(3, 16), name: 'fill shelf' }])
  ;({ page } = await openBrowser(hearth.origin))
  await page.goto(`${hearth.origin}/local/default`)
  await row('fill shelf').waitFor()
})

const row = (text) => page.getByRole('treegrid', { name: 'Records' }).getByRole('row', { name: text })
const box = () => page.getByRole('textbox', { name: 'Search' })
const option = (name) => page.getByRole('listbox').getByRole('option', { name })

/** Waits for the editor, empties it and gives it the focus. */
async function begin() {
  await page.locator('[data-editor=Search]').waitFor()
  await box().focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Delete')
}

test('values of a column and keys of attributes are offered', async () => {
  await begin()
  await page.keyboard.type('service_na')
  await option('service_name text').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.type(" = 'ware")
  await option('warehouse').waitFor()
  await page.keyboard.press('Tab')
  assert.equal(await box().innerText(), "service_name = 'warehouse'")
  await page.keyboard.press('Enter')
  await row('pour tea').waitFor({ state: 'detached' })
  await row('fill shelf').waitFor()
  await begin()
  await page.keyboard.type('tea.k')
  await option('tea.kind').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.type(" = 'oo")
  await option('oolong').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Control+Enter')
  await row('pour coffee').waitFor({ state: 'detached' })
  await row('pour tea').waitFor()
  assert.equal(new URL(page.url()).searchParams.get('q'), "attributes->>'tea.kind' = 'oolong'")
})

// The box is plain text until its editor has come.
test('what is selected when the editor comes is still selected, and typed over', async () => {
  const { page: other } = await openBrowser(hearth.origin)
  let release
  const held = new Promise((resolve) => (release = resolve))
  await other.route('**/assets/Editor-*.js', (route) => held.then(() => route.continue()))
  await other.goto(`${hearth.origin}/local/default?q=tea`)
  const early = other.getByRole('textbox', { name: 'Search' })
  await early.press('Control+a')
  assert.equal(await early.inputValue(), 'tea')
  release()
  await other.locator('[data-editor=Search]').waitFor()
  await other.keyboard.insertText('coffee')
  assert.equal(await early.innerText(), 'coffee')
  await other.close()
})

test('plain words show what they ask, and can be written as SQL', async () => {
  await begin()
  await page.keyboard.type('coffee')
  await page.keyboard.press('Enter') // runs, whatever is offered
  await row('pour tea').waitFor({ state: 'detached' })
  await row('pour coffee').waitFor()
  await page.getByRole('button', { name: "message ILIKE '%coffee%'" }).click()
  assert.equal(await box().innerText(), "message ILIKE '%coffee%'")
})

test('what is wrong is underlined, with the hint of the server', async () => {
  await begin()
  await page.keyboard.type("kind = 'span'")
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('AND lvl > 1')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('alert').getByText('did you mean level?').waitFor()
  assert.equal(await page.locator('[data-editor=Search] .wrong').innerText(), 'lvl')
  assert.equal(await box().getAttribute('aria-invalid'), 'true')
  await page.getByTitle('Clear').click()
  await row('fill shelf').waitFor()
})

test('the arrow brings searches back; a slash leads to the box, Esc out of it', async () => {
  await page.keyboard.press('/')
  assert.ok(await box().evaluate((text) => text.getRootNode().activeElement === text))
  await page.keyboard.press('ArrowUp')
  assert.equal(await box().innerText(), "kind = 'span'\nAND lvl > 1")
  await page.keyboard.press('ArrowUp')
  assert.equal(await box().innerText(), 'coffee')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  assert.equal((await box().innerText()).replace(/Words of a message.*/, '').trim(), '')
  await page.keyboard.type('g') // is typed, and no key of the page
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  assert.ok(await box().evaluate((text) => text.getRootNode().activeElement === null))
})
