// Organisations: made, filled and renamed in the app, and apart from each other, though their projects have the same name.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

let hearth, page, faults

before(async () => {
  hearth = await startHearth()
  await send(hearth.origin, 'shop', [{ trace: id(1, 32), span: id(10, 16), name: 'local tea' }])
  ;({ page, faults } = await openBrowser(hearth.origin))
})

const row = (text) => page.getByRole('treegrid', { name: 'Records' }).getByRole('row', { name: text })
const projects = () => page.getByRole('menu', { name: 'Project' })
const openProjects = () => page.getByRole('button', { name: /\/.*/, exact: false }).and(page.getByTitle('Project')).click()

test('an organisation is made with its first project', async () => {
  await page.goto(`${hearth.origin}/local/default`)
  await row('local tea').waitFor()
  await openProjects()
  await projects().getByRole('menuitem', { name: 'Organisation …' }).click()
  const dialog = page.getByRole('dialog', { name: 'New organisation' })
  await dialog.getByLabel('Name').fill('auth')
  await dialog.getByRole('button', { name: 'Make the organisation' }).click()
  await dialog.getByText('which addresses of the server begin with').waitFor()
  await dialog.getByLabel('Name').fill('acme')
  await dialog.getByLabel('First project').fill('No Name')
  await dialog.getByRole('button', { name: 'Make the organisation' }).click()
  await dialog.getByText('must be made of lower-case letters').waitFor()
  faults.splice(0) // the browser reports both 422
  await dialog.getByLabel('First project').fill('default') // the organisation is there by now
  await dialog.getByRole('button', { name: 'Make the organisation' }).click()
  await page.waitForURL(`${hearth.origin}/acme/default`)
  await page.getByText('Waiting for the first record').waitFor()
  await page.getByText('hearth projects use default --org acme').waitFor()
})

test('each organisation shows its own records, pushed and asked for', async () => {
  const token = (await hearth.run('tokens', 'create', '--project', 'acme/default', '--kind', 'write')).trim()
  await send(hearth.origin, 'mill', [{ trace: id(2, 32), span: id(20, 16), name: 'acme flour' }], {}, token)
  await row('acme flour').waitFor()
  assert.equal(await row('local tea').count(), 0)
  await page.reload()
  await row('acme flour').waitFor()
  assert.equal(await row('local tea').count(), 0)
  await openProjects()
  assert.deepEqual(await projects().getByRole('group').evaluateAll((groups) => groups.map((group) => group.getAttribute('aria-label'))), ['acme', 'local', 'New'])
  await projects().getByRole('group', { name: 'local' }).getByRole('menuitemradio', { name: 'default' }).click()
  await page.waitForURL(`${hearth.origin}/local/default`)
  await row('local tea').waitFor()
  assert.equal(await row('acme flour').count(), 0)
})

test('a channel belongs to one organisation', async () => {
  await page.goto(`${hearth.origin}/acme/default/settings/channels`)
  await page.getByRole('button', { name: 'New channel' }).click()
  const dialog = page.getByRole('dialog', { name: 'New channel' })
  await dialog.getByLabel('Name').fill('#millers')
  await dialog.getByLabel('URL').fill('http://127.0.0.1:9/hook')
  await dialog.getByRole('button', { name: 'Make the channel' }).click()
  await page.getByRole('dialog', { name: /channel/i }).getByRole('button', { name: 'Done' }).click()
  await page.getByRole('region', { name: 'Channels' }).getByText('#millers').waitFor()
  await page.goto(`${hearth.origin}/local/default/settings/channels`)
  await page.getByText('There is no channel yet').waitFor()
})

test('a project is made in the organisation, which gets another name', async () => {
  await page.goto(`${hearth.origin}/acme/default/settings/general`)
  await page.getByLabel('Name', { exact: true }).fill('mill')
  await page.getByRole('button', { name: 'Make the project' }).click()
  await page.getByRole('link', { name: 'Go to mill' }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'Go to mill' }).getAttribute('href'), '/acme/mill')
  const name = page.getByLabel('Name of the organisation')
  await name.fill('local')
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByText('The name is already taken.').waitFor()
  faults.splice(0) // the browser reports the 409
  await name.fill('ajax')
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.waitForURL(`${hearth.origin}/ajax/default/settings/general`)
  await page.getByRole('heading', { name: 'Projects of ajax' }).waitFor()
  await page.goto(`${hearth.origin}/acme/default`)
  await page.getByText('There is no project acme/default.').waitFor()
  faults.splice(0) // and the 404
  await page.goto(`${hearth.origin}/local/default/settings/general`)
  await page.getByRole('heading', { name: 'Projects of local' }).waitFor()
  assert.equal(await page.getByLabel('Name of the organisation').count(), 0)
})
