// The first minutes: the page of the set-up link names where its person begins; who sees no project is told how they come to one.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startTown } from './hearth.mjs'

const ada = { email: 'ada@example.com', name: 'Ada Lovelace', password: 'a long engine of analysis' }
const eve = { email: 'eve@example.com', name: 'Eve', password: 'apples grow on trees' }

let hearth, admin, reader

/** A browser of one person. Refusals that a test provokes are no faults. */
async function browserOf() {
  const opened = await openBrowser(hearth.origin)
  opened.settle = () => {
    for (let i = opened.faults.length; i-- > 0;) if (/status of (401|403|404|422)|authorization header|no project|password is (missing|wrong)|log(ged)? (in|out)/i.test(opened.faults[i])) opened.faults.splice(i, 1)
  }
  return opened
}

const settle = () => [admin, reader].forEach((one) => one.settle())

/** Fills the fields of a page that makes an account, and what else has a label. */
async function fill(page, { name, email, password }, more = {}) {
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  for (const [label, text] of Object.entries(more)) await page.getByLabel(label).fill(text)
}

/** Asks the server as who is logged in with a page. */
const ask = (page, method, path, body, organization = '') => page.evaluate(async ([method, path, body, organization]) => {
  const response = await fetch(path, { method, headers: { 'Content-Type': 'application/json', 'X-Hearth-Organization': organization }, body: body && JSON.stringify(body) })
  return response.status === 204 ? undefined : response.json()
}, [method, path, body, organization])

before(async () => {
  hearth = await startTown()
  ;[admin, reader] = await Promise.all([browserOf(), browserOf()])
})

test('the set-up names organisation and project, says what is wrong with which, and ends where the first record is awaited', async () => {
  const { page } = admin
  await page.goto(hearth.setUp)
  assert.equal(await page.getByLabel('Organisation').inputValue(), 'local')
  assert.equal(await page.getByLabel('First project').inputValue(), 'default')
  await fill(page, { ...ada, password: 'short' }, { Organisation: 'auth', 'First project': 'My shop' })
  await page.getByText(`${new URL(hearth.origin).host}/auth/My shop`).waitFor()
  await page.getByRole('button', { name: 'Make the account' }).click()
  for (const [label, text] of [['Password', 'must have at least 10 characters'], ['Organisation', 'which addresses of the server begin with'], ['First project', 'must be made of lower-case letters']]) {
    const field = page.getByLabel(label, { exact: true })
    await page.getByRole('alert').getByText(text).waitFor()
    assert.equal(await field.getAttribute('aria-invalid'), 'true')
    const note = await field.getAttribute('aria-describedby')
    assert.match(await page.locator(`[id="${note}"]`).innerText(), new RegExp(text))
  }
  assert.equal(await page.getByRole('alert').count(), 3)
  await fill(page, ada, { Organisation: 'acme', 'First project': 'shop' })
  await page.getByRole('button', { name: 'Make the account' }).click()
  await page.waitForURL(`${hearth.origin}/acme/shop`)
  await page.getByText('Waiting for the first record').waitFor()
  settle()
})

test('the page makes the token that its snippets take, and shows what arrives', async () => {
  const { page } = admin
  await page.getByRole('button', { name: 'Make a write token' }).click()
  await page.getByText('The token is in the snippets below.').waitFor()
  const [token] = /pylf_v1_\w+/.exec(await page.getByRole('region', { name: 'First record' }).innerText())
  await send(hearth.origin, 'till', [{ trace: id(1, 32), span: id(1, 16), name: 'first sale' }], {}, token)
  await page.getByRole('treegrid', { name: 'Records' }).getByRole('row', { name: 'first sale' }).waitFor()
})

test('the front page leads to the project that was open last', async () => {
  const { page } = admin
  await page.goto(hearth.origin)
  await page.waitForURL(`${hearth.origin}/acme/shop`)
  await page.goto(`${hearth.origin}/local`)
  await page.waitForURL(`${hearth.origin}/local/default`)
  await page.getByText('Waiting for the first record').waitFor()
  await page.goto(hearth.origin)
  await page.waitForURL(`${hearth.origin}/local/default`)
})

test('who is invited to an organisation without a project learns whom to ask', async () => {
  await ask(admin.page, 'POST', '/api/v1/organizations/', { organization_name: 'mill' })
  const { invite_url: link } = await ask(admin.page, 'POST', '/api/v1/invitations/', { role: 'read-only', description: 'Eve' }, 'mill')
  const { page } = reader
  await page.goto(hearth.origin + new URL(link).pathname + new URL(link).hash)
  await fill(page, eve)
  await page.getByRole('button', { name: 'Make an account and join' }).click()
  await page.getByRole('heading', { name: 'mill has no project yet' }).waitFor()
  await page.getByText('Your role in mill is read-only').waitFor()
  await page.getByRole('list', { name: 'Admins of mill' }).getByText(ada.email).waitFor()
  assert.equal(await page.getByRole('button', { name: 'New project' }).count(), 0)
  await page.goto(hearth.origin)
  await page.getByRole('heading', { name: 'mill has no project yet' }).waitFor()
  await page.goto(`${hearth.origin}/acme`)
  await page.getByRole('heading', { name: 'There is no organisation acme' }).waitFor()
  settle()
})

test('who may makes the first project there, and the others then see it', async () => {
  const { page } = admin
  await page.goto(`${hearth.origin}/mill`)
  await page.getByLabel('Name').fill('Flour')
  await page.getByRole('button', { name: 'New project' }).click()
  await page.getByRole('alert').getByText('must be made of lower-case letters').waitFor()
  await page.getByLabel('Name').fill('flour')
  await page.getByRole('button', { name: 'New project' }).click()
  await page.waitForURL(`${hearth.origin}/mill/flour`)
  await page.getByText('Waiting for the first record').waitFor()
  await reader.page.goto(hearth.origin)
  await reader.page.waitForURL(`${hearth.origin}/mill/flour`)
  settle()
})

test('who sees no project any more, because the last was deleted, is told so', async () => {
  const { page } = reader
  const flour = (await ask(admin.page, 'GET', '/api/v1/projects/')).find((one) => one.project_name === 'flour')
  await ask(admin.page, 'DELETE', `/api/v1/projects/${flour.id}/`)
  await page.goto(`${hearth.origin}/mill/flour`)
  await page.getByRole('alert').getByText('There is no project mill/flour.').waitFor()
  await page.getByRole('link', { name: 'Start page' }).click()
  await page.getByRole('heading', { name: 'mill has no project yet' }).waitFor()
  settle()
})

test('who is in no organisation is told so, and may log out', async () => {
  const [{ user_id: eves }] = (await ask(admin.page, 'GET', '/api/v1/members/', undefined, 'mill')).filter(({ name }) => name === eve.name)
  await ask(admin.page, 'DELETE', `/api/v1/members/${eves}/`, undefined, 'mill')
  const { page } = reader
  for (const path of ['/mill/flour', '/']) {
    await page.goto(hearth.origin + path)
    await page.getByRole('heading', { name: 'You are in no organisation' }).waitFor()
    await page.getByText(`You are logged in as Eve, ${eve.email}.`).waitFor()
  }
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByLabel('E-mail').waitFor()
  settle()
})
