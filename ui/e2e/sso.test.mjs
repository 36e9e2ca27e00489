// Single sign-on: the first account, newcomers, logins and links, at a provider of OpenID Connect that runs beside Hearth.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { openBrowser, startProvider, startTownWith } from './hearth.mjs'

const ada = { sub: '1', email: 'ada@example.com', name: 'Ada Lovelace' }
const grace = { sub: '2', email: 'grace@example.com', name: 'Grace Hopper' }
const mallory = { sub: '3', email: 'mallory@example.com', name: 'Mallory' }
const password = 'a long engine of analysis'

let provider, hearth, admin, other

/** A browser of one person. Refusals that a test provokes are no faults. */
async function browserOf() {
  const opened = await openBrowser(hearth.origin, { origins: [provider.issuer] })
  opened.settle = () => {
    for (let i = opened.faults.length; i-- > 0;) if (/status of (401|403|409|422)|authorization header|password is (missing|wrong)|nobody is logged in/i.test(opened.faults[i])) opened.faults.splice(i, 1)
  }
  return opened
}

const settle = () => [admin, other].forEach((one) => one.settle())
const mine = (page) => page.goto(`${hearth.origin}/local/default/settings/me`)
const elsewhere = (page) => page.getByRole('region', { name: 'Logins elsewhere' })
const inAs = (page, { name }) => page.getByRole('button', { name: `Account of ${name}` }).waitFor()

async function logOut(page, { name }) {
  await page.getByRole('button', { name: `Account of ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Log out' }).click()
  await page.getByRole('heading', { name: 'Log in' }).waitFor()
}

const logIn = (page) => page.getByRole('link', { name: 'Log in with Keys' }).click()

before(async () => {
  provider = await startProvider()
  hearth = await startTownWith(provider)
  ;[admin, other] = await Promise.all([browserOf(), browserOf()])
})

test('the first account is made at the provider, and begins where its person said', async () => {
  const town = await startTownWith(provider)
  const { browser, page, faults } = await openBrowser(town.origin, { origins: [provider.issuer] })
  await provider.logIn(ada)
  await page.goto(town.setUp)
  await page.getByLabel('Organisation').fill('auth')
  await page.getByRole('button', { name: 'Come in with Keys' }).click()
  await page.getByRole('alert').getByText('which addresses of the server begin with').waitFor()
  faults.splice(0) // the browser reports the 422
  await page.getByLabel('Organisation').fill('acme')
  await page.getByLabel('First project').fill('shop')
  await page.getByRole('button', { name: 'Come in with Keys' }).click()
  await page.waitForURL(`${town.origin}/acme/shop`)
  await page.getByText('Waiting for the first record').waitFor()
  await inAs(page, ada)
  await browser.close()
  await town.stop()
})

test('who is invited comes in with the provider, and logs in again at the place where they were', async () => {
  await admin.page.goto(hearth.setUp)
  await admin.page.getByLabel('Name', { exact: true }).fill(ada.name)
  await admin.page.getByLabel('E-mail').fill(ada.email)
  await admin.page.getByLabel('Password', { exact: true }).fill(password)
  await admin.page.getByRole('button', { name: 'Make the account' }).click()
  await inAs(admin.page, ada)
  const link = await admin.page.evaluate(async () => {
    const headers = { 'Content-Type': 'application/json' }
    return (await (await fetch('/api/v1/invitations/', { method: 'POST', headers, body: '{"role":"member","description":"Grace"}' })).json()).invite_url
  })
  const { page } = other
  await provider.logIn(grace)
  await page.goto(link)
  await page.getByRole('heading', { name: 'Ada Lovelace invites you to local' }).waitFor()
  await page.getByRole('button', { name: 'Come in with Keys' }).click()
  await page.getByText('Waiting for the first record').waitFor()
  await inAs(page, grace)
  await page.goto('about:blank')
  await page.goto(link)
  await page.getByRole('heading', { name: 'This invitation is over' }).waitFor()

  await page.goto(`${hearth.origin}/local/default/explore?last=6h`)
  await logOut(page, grace)
  await logIn(page)
  await page.getByRole('complementary', { name: 'Schema and history' }).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('last'), '6h')
  await inAs(page, grace)
  for (let i = other.faults.length; i-- > 0;) if (/status of 404/.test(other.faults[i])) other.faults.splice(i, 1) // the invitation that is over
  settle()
})

test('who has no account, or does not agree, is told why and what to do', async () => {
  const { page } = other
  await logOut(page, grace)
  await provider.logIn(mallory)
  await logIn(page)
  await page.getByRole('heading', { name: 'You are not logged in' }).waitFor()
  await page.getByText('Keys knows you, but no account here is linked to it.').waitFor()
  await page.getByText('ask an admin for an invitation').waitFor()
  await page.getByRole('link', { name: 'Back to Hearth' }).click()
  await provider.logIn(null)
  await logIn(page)
  await page.getByText('Keys did not let you in.').waitFor()
  await provider.logIn({ ...mallory, email: ada.email }) // the address of an account is no way into it
  await page.getByRole('link', { name: 'Back to Hearth' }).click()
  await logIn(page)
  await page.getByText('Keys knows you, but no account here is linked to it.').waitFor()
  settle()
})

test('an account is linked, opens with the provider, and is unlinked again', async () => {
  const { page } = admin
  await mine(page)
  await elsewhere(page).getByText('Linked once, you log in there').waitFor()
  await provider.logIn(grace)
  await elsewhere(page).getByRole('button', { name: 'Link Keys' }).click()
  await page.getByRole('heading', { name: 'Keys is not linked' }).waitFor()
  await page.getByText('Another account here is linked to who you are at Keys.').waitFor()
  await mine(page)
  await provider.logIn(ada)
  await elsewhere(page).getByRole('button', { name: 'Link Keys' }).click()
  await elsewhere(page).getByRole('button', { name: 'Unlink Keys' }).waitFor()

  await logOut(page, ada)
  await logIn(page)
  await inAs(page, ada)
  await elsewhere(page).getByRole('button', { name: 'Unlink Keys' }).click()
  await elsewhere(page).getByText('Linked once, you log in there').waitFor()
  await logOut(page, ada)
  await logIn(page)
  await page.getByText('Keys knows you, but no account here is linked to it.').waitFor()
  await page.getByRole('link', { name: 'Back to Hearth' }).click()
  await page.getByLabel('E-mail').fill(ada.email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await inAs(page, ada)
  settle()
})

test('who came without a password keeps what they log in with, until an admin’s link sets one', async () => {
  const { page } = other
  await provider.logIn(grace)
  await page.goto(`${hearth.origin}/local/default/settings/me`)
  await logIn(page)
  await page.getByText('You have no password: you log in elsewhere.').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Change the password' }).count(), 0)
  await elsewhere(page).getByRole('button', { name: 'Unlink Keys' }).click()
  await elsewhere(page).getByRole('alert').getByText('nothing else to log in with').waitFor()
  await elsewhere(page).getByRole('button', { name: 'Unlink Keys' }).waitFor()

  await admin.page.goto(`${hearth.origin}/local/default/settings/members`)
  await admin.page.getByRole('button', { name: `Menu of ${grace.name}` }).click()
  await admin.page.getByRole('menuitem', { name: 'Reset the password …' }).click()
  await admin.page.getByRole('button', { name: 'Make the link' }).click()
  await page.goto(await admin.page.getByRole('dialog').getByLabel('Link').innerText())
  await page.getByLabel('New password', { exact: true }).fill('compilers are not magic')
  await page.getByRole('button', { name: 'Set the password' }).click()
  await inAs(page, grace)
  await mine(page)
  await page.getByRole('button', { name: 'Change the password' }).waitFor()
  await elsewhere(page).getByRole('button', { name: 'Unlink Keys' }).click()
  await elsewhere(page).getByRole('button', { name: 'Unlink Keys' }).waitFor({ state: 'detached' })
  settle()
})
