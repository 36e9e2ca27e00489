// A project gets another name, is deleted by who types it, and is followed by another one; its organisation goes with the last of them.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

let hearth, page, faults

before(async () => {
  hearth = await startHearth()
  await send(hearth.origin, 'shop', [{ trace: id(1, 32), span: id(10, 16), name: 'local tea' }])
  await hearth.run('orgs', 'new', 'acme')
  for (const name of ['shop', 'till']) await hearth.run('projects', 'new', name, '--org', 'acme', '--no-credentials')
  ;({ page, faults } = await openBrowser(hearth.origin))
})

const row = (text) => page.getByRole('treegrid', { name: 'Records' }).getByRole('row', { name: text })
const general = (place) => page.goto(`${hearth.origin}/${place}/settings/general`)
const ask = () => page.getByRole('button', { name: 'Delete this project …' }).click()
const dialog = () => page.getByRole('dialog', { name: 'Delete this project' })
const end = () => dialog().getByRole('button', { name: 'Delete it' })

test('a project gets another name and another address; its token goes on working', async () => {
  const token = (await hearth.run('tokens', 'create', '--project', 'acme/shop', '--kind', 'write')).trim()
  await general('acme/shop')
  await page.getByLabel('What it is for').fill('sells tea')
  await page.getByRole('button', { name: 'Change the project' }).click()
  await page.getByText('Saved.').waitFor()
  await page.getByRole('listitem').filter({ hasText: 'sells tea' }).waitFor()
  await page.getByLabel('Name of the project').fill('till')
  await page.getByRole('button', { name: 'Change the project' }).click()
  await page.getByText('The name is already taken.').waitFor()
  faults.splice(0) // the browser reports the 409
  await page.getByLabel('Name of the project').fill('store')
  await page.getByRole('button', { name: 'Change the project' }).click()
  await page.waitForURL(`${hearth.origin}/acme/store/settings/general`)
  await page.getByRole('link', { name: 'store', exact: true }).waitFor()
  await send(hearth.origin, 'mill', [{ trace: id(2, 32), span: id(20, 16), name: 'acme flour' }], {}, token)
  await page.goto(`${hearth.origin}/acme/store`)
  await row('acme flour').waitFor()
})

test('what every server has keeps its name and stays', async () => {
  for (const place of ['local/default', 'local/hearth']) {
    await general(place)
    await page.getByText('Every server has this project, under this name.').waitFor()
    assert.equal(await page.getByLabel('Name of the project').isDisabled(), true)
    assert.equal(await page.getByRole('button', { name: 'Delete this project …' }).count(), 0)
  }
})

test('a project is deleted by who types its name, and another one is shown', async () => {
  await general('acme/store')
  await ask()
  await dialog().getByLabel('Type store to delete it').fill('stor')
  assert.equal(await end().isDisabled(), true)
  assert.equal(await dialog().getByRole('checkbox').count(), 0) // the organisation has another project
  await dialog().getByRole('button', { name: 'Keep it' }).click()
  await dialog().waitFor({ state: 'detached' })
  await ask()
  await dialog().getByLabel('Type store to delete it').fill('store')
  await end().click()
  await page.waitForURL((url) => url.pathname === '/local/default')
  await row('local tea').waitFor()
  faults.splice(0) // what the page of the deleted project still asked for
  await page.goto(`${hearth.origin}/acme/store`)
  await page.getByText('There is no project acme/store.').waitFor()
  faults.splice(0) // and the 404
})

test('with its last project an organisation goes, too, for who wants that', async () => {
  await general('acme/till')
  await ask()
  await dialog().getByLabel('Type till to delete it').fill('till')
  await dialog().getByLabel('Delete the organisation acme, too, which has no other project').check()
  await end().click()
  await page.waitForURL((url) => url.pathname === '/local/default')
  await row('local tea').waitFor()
  faults.splice(0)
  const list = await hearth.run('orgs', 'list', '--json')
  assert.ok(!list.includes('acme'), list)
})

test('an organisation that was left without a project is offered a first one, or its end', async () => {
  await hearth.run('orgs', 'new', 'club')
  await hearth.run('projects', 'new', 'bar', '--org', 'club', '--no-credentials')
  await general('club/bar')
  await ask()
  await dialog().getByLabel('Type bar to delete it').fill('bar')
  await end().click()
  await page.waitForURL((url) => url.pathname === '/local/default')
  await row('local tea').waitFor()
  faults.splice(0)
  await page.goto(`${hearth.origin}/club`)
  await page.getByRole('heading', { name: 'club has no project yet' }).waitFor()
  await page.getByRole('button', { name: 'Delete the organisation' }).click()
  await page.getByRole('dialog', { name: 'Delete the organisation' }).getByRole('button', { name: 'Delete it' }).click()
  await page.waitForURL((url) => url.pathname === '/local/default')
  await row('local tea').waitFor()
  await page.goto(`${hearth.origin}/club`)
  await page.getByRole('heading', { name: 'There is no organisation club' }).waitFor()
})
