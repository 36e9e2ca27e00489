// People: the first account, logging in and out, invitations, what a role may, sessions, and what the audit log tells of it all.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startTown } from './hearth.mjs'

const ada = { email: 'ada@example.com', name: 'Ada Lovelace', password: 'a long engine of analysis' }
const eve = { email: 'eve@example.com', name: 'Eve', password: 'apples grow on trees' }
const changed = 'another long engine'

let hearth, admin, reader

/** A browser of one person. Refusals that a test provokes are no faults. */
async function browserOf() {
  const opened = await openBrowser(hearth.origin)
  opened.settle = () => {
    for (let i = opened.faults.length; i-- > 0;) if (/status of (401|403|404|409|422|429)|logged out|no project|authorization header|Nobody is logged in|password is wrong/i.test(opened.faults[i])) opened.faults.splice(i, 1)
  }
  return opened
}

const settle = () => [admin, reader].forEach((one) => one.settle())
const fill = async (page, { name, email, password }) => {
  if (name) await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
}
const logIn = async (page, who) => {
  await fill(page, { email: who.email, password: who.password })
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
}
const settings = (page, name) => page.goto(`${hearth.origin}/local/default/settings/${name}`)
const member = (page, name) => page.getByRole('region', { name: 'Members' }).getByRole('row', { name })
const live = (page) => page.getByRole('treegrid', { name: 'Records' })

/** Makes an invitation as a person does, and returns where its link leads here. */
async function invitation(page, role, whom) {
  await settings(page, 'members')
  await page.getByRole('button', { name: 'Invite somebody' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' })
  await dialog.getByLabel('Who it is for').fill(whom)
  await dialog.getByLabel(role).check()
  await dialog.getByRole('button', { name: 'Make the link' }).click()
  const link = new URL(await dialog.getByLabel('Link').innerText())
  await dialog.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('region', { name: 'Open invitations' }).getByRole('row', { name: whom }).waitFor()
  return hearth.origin + link.pathname + link.hash
}

before(async () => {
  hearth = await startTown()
  ;[admin, reader] = await Promise.all([browserOf(), browserOf()])
})

test('the link of the first start makes the first account, once', async () => {
  const { page } = admin
  await page.goto(hearth.origin)
  await page.getByText('Nobody has an account here yet.').waitFor()
  await page.goto(`${hearth.origin}/auth/setup#wrong`)
  await fill(page, ada)
  await page.getByRole('button', { name: 'Make the account' }).click()
  await page.getByRole('alert').getByText('The link is not the one that the server printed').waitFor()
  await page.goto('about:blank')
  await page.goto(hearth.setUp)
  await fill(page, { ...ada, password: 'short' })
  await page.getByRole('button', { name: 'Make the account' }).click()
  await page.getByRole('alert').getByText('must have at least 10 characters').waitFor()
  await fill(page, ada)
  await page.getByRole('button', { name: 'Make the account' }).click()
  await page.getByText('Waiting for the first record').waitFor()
  await page.goto(hearth.setUp)
  await page.getByRole('heading', { name: 'The first account is made' }).waitFor()
  settle()
})

test('who logs out logs in again at the same place; what is wrong is said', async () => {
  const { page } = admin
  const place = `${hearth.origin}/local/default/explore?last=6h&tz=UTC`
  await page.goto(place)
  await page.getByRole('button', { name: `Account of ${ada.name}` }).click()
  await page.getByText('admin in local').waitFor()
  await page.getByRole('menuitem', { name: 'Log out' }).click()
  await page.getByRole('heading', { name: 'Log in' }).waitFor()
  await logIn(page, { ...ada, password: 'guess' })
  await page.getByRole('alert').getByText('The e-mail address or the password is wrong.').waitFor()
  await logIn(page, ada)
  await page.getByRole('complementary', { name: 'Schema and history' }).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('last'), '6h')
  settle()
})

test('an invitation brings somebody, who may do what their role allows, and no more', async () => {
  const link = await invitation(admin.page, 'read-only', 'Eve of the garden')
  const { page } = reader
  await page.goto(link)
  await page.getByRole('heading', { name: 'Ada Lovelace invites you to local' }).waitFor()
  await fill(page, { ...eve, email: ada.email })
  await page.getByRole('button', { name: 'Make an account and join' }).click()
  await page.getByRole('alert').getByText('Somebody has an account with this address.').waitFor()
  await fill(page, eve)
  await page.getByRole('button', { name: 'Make an account and join' }).click()
  await page.getByText('Waiting for the first record').waitFor()

  await page.goto(`${hearth.origin}/local/default/dashboards`)
  await page.getByRole('row', { name: /Overview comes with Hearth/ }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'New dashboard' }).or(page.getByRole('button', { name: 'Import JSON' })).count(), 0)
  await page.goto(`${hearth.origin}/local/default/dashboards/overview`)
  await page.getByTitle('Menu of the dashboard').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Duplicate' }).count(), 0)
  await page.goto(`${hearth.origin}/local/default/alerts`)
  await page.getByText('There is none yet.').waitFor()
  assert.equal(await page.getByRole('list', { name: 'Templates' }).count(), 0)
  await settings(page, 'members')
  await member(page, ada.name).getByText('admin').waitFor()
  assert.equal(await page.getByRole('combobox').or(page.getByRole('button', { name: 'Invite somebody' })).count(), 0)
  assert.equal(await page.getByRole('link', { name: /tokens|Channels|Audit log/ }).filter({ hasNotText: 'User tokens' }).count(), 0)
  await settings(page, 'write-tokens')
  await page.getByText('This takes the role member; yours is read-only.').waitFor()
  await settings(page, 'general')
  await page.getByText('Where its data is').waitFor()
  assert.equal(await page.getByRole('button', { name: /Make the project|Save/ }).count(), 0)
  const refused = await page.evaluate(() => fetch('/api/v1/projects/', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"project_name":"eves"}' }).then(async (r) => [r.status, (await r.json()).detail]))
  assert.deepEqual(refused, [403, 'This takes the role member; yours is read-only.'])

  await page.goto('about:blank')
  await page.goto(link)
  await page.getByRole('heading', { name: 'This invitation is over' }).waitFor()
  settle()
})

test('a change of role is effective at once, and the page follows', async () => {
  await settings(reader.page, 'members')
  await settings(admin.page, 'members')
  await admin.page.getByLabel(`Role of ${eve.name}`).selectOption('member')
  await member(reader.page, ada.name).waitFor()
  await reader.page.getByRole('link', { name: 'General' }).click()
  await reader.page.getByRole('button', { name: 'Make the project' }).waitFor()
  await reader.page.getByLabel('Name', { exact: true }).fill('eves')
  await admin.page.getByLabel(`Role of ${eve.name}`).selectOption('read-only')
  await admin.page.getByRole('combobox', { name: `Role of ${eve.name}`, disabled: false }).waitFor()
  await reader.page.getByRole('button', { name: 'Make the project' }).click()
  await reader.page.getByRole('button', { name: 'Make the project' }).waitFor({ state: 'detached' })

  await admin.page.getByLabel(`Role of ${ada.name}`).selectOption('member')
  await admin.page.getByRole('alert').getByText('The organisation would have no admin left who may log in.').waitFor()
  assert.equal(await admin.page.getByLabel(`Role of ${ada.name}`).inputValue(), 'admin')
  settle()
})

test('who is logged out while a page is open logs in over it, and goes on', async () => {
  const { page } = reader
  await page.goto(`${hearth.origin}/local/default/explore`)
  const editor = page.locator('[data-editor] .cm-content').first()
  await editor.click()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText('SELECT 6 * 7 AS answer')
  await page.evaluate(() => fetch('/api/v1/logout/', { method: 'POST' }))
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  const over = page.getByRole('dialog', { name: 'You are logged out' })
  await over.waitFor()
  await page.keyboard.press('Escape')
  await over.getByText('The session of Eve has ended.').waitFor()
  await logIn(page, eve)
  await over.waitFor({ state: 'detached' })
  assert.match(await editor.innerText(), /SELECT 6 \* 7 AS answer/)
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.getByRole('grid', { name: 'Result' }).getByText('42', { exact: true }).waitFor()
  settle()
})

test('the live view goes on after somebody has logged in again', async () => {
  const token = (await hearth.inside(admin.page, 'POST', 'write-tokens/', { description: 'shop' })).token
  await send(hearth.origin, 'shop', [{ trace: id(1, 32), span: id(1, 16), name: 'first cup' }], {}, token)
  const { page } = reader
  await page.goto(`${hearth.origin}/local/default`)
  await live(page).getByRole('row', { name: 'first cup' }).waitFor()
  await page.locator('[data-connection=live]').waitFor()
  await page.evaluate(() => fetch('/api/v1/logout/', { method: 'POST' }))
  const over = page.getByRole('dialog', { name: 'You are logged out' })
  await over.waitFor({ timeout: 60_000 }) // what the page asks by itself meets the refusal
  await live(page).getByRole('row', { name: 'first cup' }).waitFor()
  await logIn(page, eve)
  await over.waitFor({ state: 'detached' })
  await page.locator('[data-connection=live]').waitFor()
  await send(hearth.origin, 'shop', [{ trace: id(2, 32), span: id(2, 16), name: 'second cup' }], {}, token)
  await live(page).getByRole('row', { name: 'second cup' }).waitFor()
  settle()
})

test('people change their password and see where they are logged in', async () => {
  const { page } = reader
  const other = await browserOf()
  await other.page.goto(`${hearth.origin}/local/default/settings/me`)
  await logIn(other.page, eve)
  await other.page.getByRole('region', { name: 'Sessions' }).waitFor()
  await settings(page, 'me')
  const sessions = page.getByRole('region', { name: 'Where you are logged in' })
  await sessions.getByText('this browser').waitFor()
  await sessions.getByRole('button', { name: 'End the session of Chrome on Linux' }).first().click()
  await sessions.getByRole('button', { name: 'End the session of Chrome on Linux' }).waitFor({ state: 'detached' })
  await other.page.getByRole('dialog', { name: 'You are logged out' }).waitFor({ timeout: 60_000 })
  other.settle()
  await other.browser.close()

  await page.getByRole('button', { name: 'Change the password' }).click()
  const dialog = page.getByRole('dialog', { name: 'Change the password' })
  await dialog.getByLabel('The one that you have').fill('guess')
  await dialog.getByLabel('The new one').fill(changed)
  await dialog.getByRole('button', { name: 'Change it' }).click()
  await dialog.getByRole('alert').getByText('current_password: is wrong').waitFor()
  await dialog.getByLabel('The one that you have').fill(eve.password)
  await dialog.getByRole('button', { name: 'Change it' }).click()
  await dialog.waitFor({ state: 'detached' })
  eve.password = changed
  settle()
})

test('a password that is forgotten is set with a link, once; where they were logged in they are out', async () => {
  const { page } = admin
  await settings(page, 'members')
  await member(page, eve.name).getByRole('button', { name: `Menu of ${eve.name}` }).click()
  await page.getByRole('menuitem', { name: 'Reset the password …' }).click()
  const dialog = page.getByRole('dialog', { name: 'Reset the password' })
  await dialog.getByText(`You get a link to send to ${eve.email}.`).waitFor()
  await dialog.getByRole('button', { name: 'Make the link' }).click()
  const link = new URL(await dialog.getByLabel('Link').innerText())
  await dialog.getByRole('button', { name: 'Done' }).click()
  await member(page, ada.name).getByRole('button', { name: `Menu of ${ada.name}` }).click()
  await page.getByRole('menuitem', { name: 'Remove from local …' }).waitFor()
  assert.equal(await page.getByRole('menuitem', { name: 'Reset the password …' }).count(), 0, 'their own they change, with the one that they have')
  await page.keyboard.press('Escape')

  await settings(reader.page, 'me')
  await reader.page.getByRole('button', { name: 'Change the password' }).waitFor()
  const elsewhere = await browserOf()
  const open = async () => {
    await elsewhere.page.goto('about:blank')
    await elsewhere.page.goto(hearth.origin + link.pathname + link.hash)
  }
  await elsewhere.page.goto(hearth.origin)
  await elsewhere.page.getByText('Forgotten? An admin of your organisation can make you a link.').waitFor()
  await open()
  await elsewhere.page.getByText(eve.email).waitFor()
  await elsewhere.page.getByText('Ada Lovelace made this link for you.').waitFor()
  await elsewhere.page.getByLabel('New password', { exact: true }).fill('short')
  await elsewhere.page.getByRole('button', { name: 'Set the password' }).click()
  await elsewhere.page.getByRole('alert').getByText('password: must have at least 10 characters').waitFor()
  eve.password = 'pears grow on trees, too'
  await elsewhere.page.getByLabel('New password', { exact: true }).fill(eve.password)
  await elsewhere.page.getByRole('button', { name: 'Set the password' }).click()
  await elsewhere.page.getByRole('button', { name: `Account of ${eve.name}` }).waitFor()
  await open()
  await elsewhere.page.getByRole('heading', { name: 'This link is over' }).waitFor()
  elsewhere.settle()
  await elsewhere.browser.close()

  const out = reader.page.getByRole('dialog', { name: 'You are logged out' })
  await out.waitFor({ timeout: 60_000 })
  await logIn(reader.page, eve)
  await out.waitFor({ state: 'detached' })
  settle()
})

test('a login of a program is approved in the name of who is logged in', async () => {
  const { page } = reader
  const opened = await (await fetch(`${hearth.origin}/v1/device-auth/new/?machine_name=eves-laptop`, { method: 'POST' })).json()
  await page.goto(`${hearth.origin}/auth/device?code=${opened.user_code}`)
  const card = page.getByRole('region', { name: 'Let eves-laptop log in?' })
  await card.getByText('make nothing, because your role is read-only').waitFor()
  await card.getByText(eve.email).waitFor()
  await card.getByRole('button', { name: 'Approve as Eve' }).click()
  await page.getByRole('heading', { name: 'eves-laptop is logged in' }).waitFor()
  const { token } = await (await fetch(`${hearth.origin}/v1/device-auth/wait/${opened.device_code}`)).json()
  assert.equal((await (await fetch(`${hearth.origin}/v1/account/me`, { headers: { Authorization: token } })).json()).name, eve.name)
})

test('who is removed is out at once; who is invited again joins with the account that they have', async () => {
  await reader.page.goto(`${hearth.origin}/local/default/explore`)
  await reader.page.getByRole('complementary', { name: 'Schema and history' }).waitFor()
  await settings(admin.page, 'members')
  await member(admin.page, eve.name).getByRole('button', { name: `Menu of ${eve.name}` }).click()
  await admin.page.getByRole('menuitem', { name: 'Remove from local …' }).click()
  await admin.page.getByRole('button', { name: 'Remove them' }).click()
  await member(admin.page, eve.name).waitFor({ state: 'detached' })
  await reader.page.getByRole('button', { name: 'Run', exact: true }).click()
  await reader.page.getByRole('heading', { name: 'You are in no organisation' }).waitFor()

  const revoked = await invitation(admin.page, 'admin', 'Mallory')
  await admin.page.getByRole('button', { name: 'Revoke the invitation for Mallory' }).click()
  await admin.page.getByText('No invitation is open.').waitFor()
  await reader.page.goto(revoked)
  await reader.page.getByRole('heading', { name: 'This invitation is over' }).waitFor()

  const link = await invitation(admin.page, 'member', 'Eve again')
  await reader.page.goto('about:blank')
  await reader.page.goto(link)
  await reader.page.getByRole('button', { name: 'Join as Eve' }).click()
  await live(reader.page).getByRole('row', { name: 'second cup' }).waitFor()
  settle()
})

test('who may not log in is out, until they may again', async () => {
  await settings(admin.page, 'members')
  const menu = member(admin.page, eve.name).getByRole('button', { name: `Menu of ${eve.name}` })
  await menu.click()
  await admin.page.getByRole('menuitem', { name: 'Do not let them log in' }).click()
  await member(admin.page, eve.name).getByText('may not log in').waitFor()
  await reader.page.goto(`${hearth.origin}/local/default/settings/me`)
  await logIn(reader.page, eve)
  await reader.page.getByRole('alert').getByText('The e-mail address or the password is wrong.').waitFor()
  await menu.click()
  await admin.page.getByRole('menuitem', { name: 'Let them log in again' }).click()
  await member(admin.page, eve.name).getByText('may not log in').waitFor({ state: 'detached' })
  await logIn(reader.page, eve)
  await reader.page.getByRole('region', { name: 'Sessions' }).waitFor()
  settle()
})

test('the audit log tells all of it, and is handed over as a file', async () => {
  const { page } = admin
  await settings(page, 'audit-log')
  const entries = page.getByRole('region', { name: 'Entries' })
  for (const row of [
    /somebody could not log in eve@example\.com/, /Ada Lovelace removed a member/, /Ada Lovelace changed a member Eve: now (read-only|member)/, /Eve logged in Chrome on Linux/,
    /Ada Lovelace invited somebody read-only: Eve of the garden/, /Ada Lovelace made a link to reset the password eve@example\.com/, /Eve set the password Eve: with a link of Ada Lovelace/, /Eve made an account eve@example\.com/, /Ada Lovelace revoked an invitation Mallory/, /Ada Lovelace made a write token/, /Ada Lovelace logged out/,
  ]) await entries.getByRole('row', { name: row }).first().waitFor()
  await page.getByRole('combobox', { name: 'What' }).selectOption('FAILED_LOGIN')
  await entries.getByText('logged out').waitFor({ state: 'detached' })
  await page.getByRole('combobox', { name: 'What' }).selectOption('')
  await page.getByLabel('Who, by their whole name').fill(eve.name)
  await entries.getByText(ada.name).first().waitFor({ state: 'detached' })
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download' }).click().then(() => page.getByRole('menuitem', { name: 'CSV' }).click()),
  ])
  assert.equal(file.suggestedFilename(), 'audit-log.csv')
  const text = await (await import('node:fs/promises')).readFile(await file.path(), 'utf8')
  assert.match(text, /^created_at,user_name,action/)
  assert.ok(text.includes(',Eve,LOGIN,session,') && !text.includes(',Ada Lovelace,'), text)
  for (const secret of [ada.password, eve.password]) assert.ok(!hearth.log.includes(secret))
})

test('too many wrong passwords have to wait, and the page says how long', async () => {
  const { page } = reader
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('heading', { name: 'Log in' }).waitFor()
  const wrong = page.getByRole('alert')
  for (let i = 0; i < 15 && !/too many/i.test(await wrong.innerText({ timeout: 100 }).catch(() => '')); i++) {
    const answered = page.waitForResponse((response) => response.url().endsWith('/api/v1/login/') && response.request().method() === 'POST')
    await logIn(page, { ...eve, password: `guess ${i}` })
    await answered
    await wrong.waitFor()
  }
  await wrong.getByText(/Too many wrong passwords.*You can try again in \d+ (s|minutes)\./).waitFor()
  assert.ok(await page.getByRole('button', { name: 'Log in', exact: true }).isDisabled())
  settle()
})
