// How a person lets a program in: the page that `hearth auth` and `logfire auth` open, and the list of who is logged in.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { openBrowser, startHearth } from './hearth.mjs'

const password = 'open sesame'

let hearth, guarded

before(async () => {
  ;[hearth, guarded] = await Promise.all([startHearth(), startHearth('--password', password)])
})

/** Opens a login as a program does. wait() asks what became of it, as often as it takes. */
async function program(origin, machine) {
  const opened = await (await fetch(`${origin}/v1/device-auth/new/?machine_name=${encodeURIComponent(machine)}`, { method: 'POST', headers: { 'User-Agent': 'logfire/5.4.0' } })).json()
  const wait = async () => {
    for (;;) {
      const response = await fetch(`${origin}/v1/device-auth/wait/${opened.device_code}`)
      const answer = await response.json()
      if (answer !== null) return { status: response.status, ...answer }
    }
  }
  return { page: opened.frontend_auth_url, code: opened.user_code, wait }
}

test('on a loopback address a login is approved with one click, listed, and revoked', async () => {
  const { browser, page } = await openBrowser(hearth.origin)
  const login = await program(hearth.origin, 'ada-laptop')
  await page.goto(login.page)
  const card = page.getByRole('region', { name: 'Let ada-laptop log in?' })
  for (const text of ['logfire/5.4.0', '127.0.0.1', login.code]) await card.getByText(text, { exact: true }).waitFor()
  const told = login.wait()
  await card.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('heading', { name: 'ada-laptop is logged in' }).waitFor()
  const { token } = await told
  assert.match(token, /^pylf_v1_local_[A-Za-z0-9]{44}$/)

  await page.goto(`${hearth.origin}/local/default/settings/user-tokens`)
  const row = page.getByRole('row', { name: /ada-laptop/ })
  await row.getByText(`${token.slice(0, 19)}…`).waitFor()
  await row.getByRole('button', { name: 'Revoke ada-laptop' }).click()
  await page.getByRole('button', { name: 'Revoke it' }).click()
  await page.getByText('Nobody is logged in from a terminal.').waitFor()
  await page.getByLabel('Show 1 that no longer works').check()
  await row.getByText('revoked').waitFor()
  await browser.close()
})

test('a login is refused, and what is over is said to be', async () => {
  const { browser, page, faults } = await openBrowser(hearth.origin)
  const login = await program(hearth.origin, 'stranger')
  await page.goto(login.page)
  await page.getByRole('button', { name: 'Refuse' }).click()
  await page.getByRole('heading', { name: 'The login was refused' }).waitFor()
  assert.deepEqual(await login.wait(), { status: 403, detail: 'The login was refused.' })

  await page.goto(`${hearth.origin}/auth/device`)
  await page.getByLabel('The code that the program shows').fill('BBBB-BBBB')
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('heading', { name: 'This login is over' }).waitFor()
  for (let i = faults.length; i-- > 0;) if (/status of 404/.test(faults[i])) faults.splice(i, 1)
  await browser.close()
})

test('where Hearth has a password, who approves gives it', async () => {
  const { browser, page, faults } = await openBrowser(guarded.origin)
  const login = await program(guarded.origin, 'ada-laptop')
  await page.goto(login.page)
  const field = page.getByLabel('Operator’s key')
  await field.fill('guess')
  await field.press('Enter')
  await page.getByRole('alert').getByText('The password is wrong.').waitFor()
  assert.equal(await page.getByText('ada-laptop').count(), 0, 'nothing is told before')
  await field.fill(password)
  await field.press('Enter')
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('heading', { name: 'ada-laptop is logged in' }).waitFor()
  const { token } = await login.wait()
  const me = await fetch(`${guarded.origin}/v1/account/me`, { headers: { Authorization: token } })
  assert.equal((await me.json()).name, 'admin')
  for (let i = faults.length; i-- > 0;) if (/status of 401/.test(faults[i])) faults.splice(i, 1)
  await browser.close()
})
