// A server where people have accounts, and its pages and states, for the tests and pictures that go through all of them.

import { openBrowser, startProvider, startTown, startTownWith } from './hearth.mjs'

const ada = { email: 'ada@example.com', name: 'Ada Lovelace', password: 'a long engine of analysis' }

/**
 * Starts a server with an admin, two others, an organisation without projects, somebody who is in none, an open invitation and a failed
 * login; one before its set-up; and both with a provider at which people log in. cookies are those of a browser of each who looks at places: the admin, Eve who may only read, and Mallory who is in no organisation.
 */
export async function startFilledTown() {
  const town = await startTown()
  const setUp = await startTown()
  const provider = await startProvider()
  const [keys, keysSetUp] = [await startTownWith(provider), await startTownWith(provider)]
  await fetch(`${keys.origin}/api/v1/setup/`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code: keys.setUp.split('#')[1], ...ada }) })
  const ask = async (cookie, method, path, body) => {
    const headers = { 'Content-Type': 'application/json', Origin: town.origin, 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', ...(cookie && { Cookie: cookie }) }
    const response = await fetch(town.origin + path, { method, headers, body: body && JSON.stringify(body) })
    const set = response.headers.getSetCookie()[0]?.split(';')[0]
    return { cookie: set, body: response.status === 204 ? undefined : await response.json() }
  }
  const { cookie } = await ask('', 'POST', '/api/v1/setup/', { code: town.setUp.split('#')[1], ...ada })
  const invite = async (role, description, organization = 'local') => (await ask(cookie, 'POST', `/api/v1/invitations/?organization=${organization}`, { role, description })).body.invite_url.split('#')[1]
  const come = async (role, name, organization) => {
    const account = { name, email: `${name.split(' ')[0].toLowerCase()}@example.com`, password: 'apples grow on trees' }
    return ask('', 'POST', '/api/v1/invitation/accept/', { code: await invite(role, name, organization), ...account })
  }
  await ask(cookie, 'POST', '/api/v1/organizations/', { organization_name: 'acme' })
  await come('member', 'Grace Hopper')
  const eve = await come('read-only', 'Eve')
  await ask(eve.cookie, 'POST', '/api/v1/invitation/accept/', { code: await invite('read-only', 'Eve', 'acme') })
  const mallory = await come('read-only', 'Mallory')
  await ask(cookie, 'DELETE', `/api/v1/members/${mallory.body.user_id}/`)
  await ask('', 'POST', '/api/v1/login/', { email: 'mallory@example.com', password: 'guess' })
  await ask('', 'POST', '/api/v1/login/', ada)
  await ask(cookie, 'POST', '/api/v1/projects/', { project_name: 'checkout' })
  const { body: projects } = await ask(cookie, 'GET', '/api/v1/projects/')
  const id = projects.find((one) => one.project_name === 'default').id
  for (const kind of ['write', 'read']) await ask(cookie, 'POST', `/api/v1/projects/${id}/${kind}-tokens/`, { description: 'shop' })
  await ask(cookie, 'POST', '/api/v1/api-keys/', { name: 'terraform', scopes: ['project:read_dashboard', 'project:write_dashboard'] })
  const kept = (cookie) => {
    const [name, value] = cookie.split('=')
    return [{ name, value, url: town.origin }]
  }
  const [grace] = (await ask(cookie, 'GET', '/api/v1/members/')).body.filter((one) => one.name === 'Grace Hopper')
  const reset = (await ask(cookie, 'POST', `/api/v1/members/${grace.user_id}/password-reset/`)).body.reset_url.split('#')[1]
  const login = (await ask('', 'POST', '/v1/device-auth/new/?machine_name=ada-laptop')).body
  return { town, setUp, provider, keys, keysSetUp, invitation: await invite('member', 'Katherine'), reset, login: login.user_code, cookies: { admin: kept(cookie), reader: kept(eve.cookie), outsider: kept(mallory.cookie) } }
}

/** The places of a filled town, as those of places(). as: who looks; the admin, the reader, the outsider or nobody. */
export function townPlaces({ town, setUp, provider, keys, keysSetUp, invitation, reset, login }) {
  const settings = (name, ready) => ({ name: `settings-${name}`, as: 'admin', origin: town.origin, path: `/local/default/settings/${name}`, ready })
  const shown = (page) => page.getByRole('main').getByRole('table').last().waitFor()
  const logIn = async (page, password) => {
    await page.getByLabel('E-mail').fill(ada.email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
  }
  const made = (button, name, make) => async (page) => {
    await page.getByRole('button', { name: button }).click()
    await page.getByRole('dialog').getByLabel(name).fill('shop')
    await page.getByRole('dialog').getByRole('button', { name: make }).click()
    await page.getByRole('dialog').getByLabel('Token', { exact: true }).waitFor()
  }
  return [
    { name: 'set-up', as: 'nobody', origin: setUp.origin, path: new URL(setUp.setUp).pathname + new URL(setUp.setUp).hash, ready: (page) => page.getByRole('button', { name: 'Make the account' }).waitFor() },
    { name: 'set-up-wrong', as: 'nobody', origin: setUp.origin, path: new URL(setUp.setUp).pathname + new URL(setUp.setUp).hash, ready: async (page) => {
      for (const [label, text] of [['Name', 'Ada'], ['E-mail', ada.email], ['Password', 'short'], ['Organisation', 'acme'], ['First project', 'My shop']]) await page.getByLabel(label, { exact: true }).fill(text)
      await page.getByRole('button', { name: 'Make the account' }).click()
      await page.getByRole('alert').nth(1).waitFor()
    } },
    { name: 'no-project', as: 'admin', origin: town.origin, path: '/acme', ready: (page) => page.getByRole('button', { name: 'New project' }).waitFor() },
    { name: 'no-project-reader', as: 'reader', origin: town.origin, path: '/acme', ready: (page) => page.getByRole('link', { name: ada.email }).waitFor() },
    { name: 'no-organisation', as: 'outsider', origin: town.origin, path: '/', ready: (page) => page.getByRole('heading', { name: 'You are in no organisation' }).waitFor() },
    { name: 'before-set-up', as: 'nobody', origin: setUp.origin, path: '/', ready: (page) => page.getByText('Nobody has an account here yet.').waitFor() },
    { name: 'log-in', as: 'nobody', origin: town.origin, path: '/local/default', ready: (page) => page.getByLabel('E-mail').waitFor() },
    { name: 'log-in-provider', as: 'nobody', origin: keys.origin, path: '/', ready: (page) => page.getByRole('link', { name: 'Log in with Keys' }).waitFor() },
    { name: 'set-up-provider', as: 'nobody', origin: keysSetUp.origin, path: new URL(keysSetUp.setUp).pathname + new URL(keysSetUp.setUp).hash, ready: (page) => page.getByRole('button', { name: 'Come in with Keys' }).waitFor() },
    { name: 'log-in-refused', as: 'nobody', origin: keys.origin, path: '/', ready: async (page) => {
      await provider.logIn({ sub: '3', email: 'mallory@example.com', name: 'Mallory' })
      await page.getByRole('link', { name: 'Log in with Keys' }).click()
      await page.getByText('Keys knows you, but no account here is linked to it.').waitFor()
    } },
    { name: 'settings-me-provider', as: 'nobody', origin: keys.origin, path: '/local/default/settings/me', ready: async (page) => {
      const unlink = page.getByRole('button', { name: 'Unlink Keys' })
      const link = page.getByRole('button', { name: 'Link Keys', exact: true })
      const linked = link.or(unlink).first()
      await page.getByLabel('E-mail').or(linked).first().waitFor()
      if (await page.getByLabel('E-mail').isVisible()) await logIn(page, ada.password)
      await linked.waitFor()
      if (await unlink.isVisible()) return
      await provider.logIn({ sub: '1', email: ada.email, name: ada.name })
      await link.click()
      await unlink.waitFor()
    } },
    { name: 'log-in-wrong', as: 'nobody', origin: town.origin, path: '/local/default', ready: async (page) => {
      await page.getByLabel('E-mail').fill(ada.email)
      await page.getByLabel('Password', { exact: true }).fill('guess')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').waitFor()
    } },
    { name: 'invitation', as: 'nobody', origin: town.origin, path: `/auth/invitation#${invitation}`, ready: (page) => page.getByRole('button', { name: 'Make an account and join' }).waitFor() },
    { name: 'invitation-join', as: 'admin', origin: town.origin, path: `/auth/invitation#${invitation}`, ready: (page) => page.getByRole('button', { name: 'Join as Ada Lovelace' }).waitFor() },
    { name: 'invitation-over', as: 'nobody', origin: town.origin, path: '/auth/invitation#x', ready: (page) => page.getByRole('heading', { name: 'This invitation is over' }).waitFor() },
    { name: 'reset', as: 'nobody', origin: town.origin, path: `/auth/reset#${reset}`, ready: (page) => page.getByRole('button', { name: 'Set the password' }).waitFor() },
    { name: 'reset-over', as: 'nobody', origin: town.origin, path: '/auth/reset#x', ready: (page) => page.getByRole('heading', { name: 'This link is over' }).waitFor() },
    { name: 'login-as-person', as: 'admin', origin: town.origin, path: `/auth/device?code=${login}`, ready: (page) => page.getByRole('button', { name: 'Approve as Ada Lovelace' }).waitFor() },
    settings('members', shown),
    { ...settings('members', async (page) => {
      await page.getByRole('button', { name: 'Invite somebody' }).click()
      await page.getByRole('dialog', { name: 'Invite somebody' }).getByRole('radio').first().waitFor()
    }), name: 'invite' },
    { ...settings('members', async (page) => {
      await page.getByRole('button', { name: 'Menu of Eve' }).click()
      await page.getByRole('menuitem', { name: 'Remove from local …' }).click()
      await page.getByRole('button', { name: 'Remove them' }).waitFor()
    }), name: 'remove-member' },
    { ...settings('members', async (page) => {
      await page.getByRole('button', { name: 'Menu of Eve' }).click()
      await page.getByRole('menuitem', { name: 'Reset the password …' }).click()
      await page.getByRole('button', { name: 'Make the link' }).click()
      await page.getByRole('dialog').getByLabel('Link').waitFor()
    }), name: 'reset-member' },
    ...['write-tokens', 'read-tokens', 'api-keys'].map((name) => settings(name, shown)),
    { ...settings('write-tokens', made('New write token', 'What it is for', 'Make the token')), name: 'write-token-made' },
    { ...settings('read-tokens', made('New read token', 'What it is for', 'Make the token')), name: 'read-token-made' },
    { ...settings('api-keys', async (page) => {
      await page.getByRole('button', { name: 'New API key' }).click()
      await page.getByRole('dialog').getByRole('checkbox').first().waitFor()
    }), name: 'api-key-new' },
    { ...settings('write-tokens', async (page) => {
      await page.getByRole('button', { name: 'Rotate shop' }).first().click()
      await page.getByRole('dialog').getByLabel('The old one works').waitFor()
    }), name: 'token-rotate' },
    { ...settings('about', async (page) => {
      await page.getByTitle('Project', { exact: true }).click()
      await page.getByRole('menu', { name: 'Project' }).getByRole('menuitem', { name: 'Organisation …' }).click()
      await page.getByRole('dialog', { name: 'New organisation' }).getByLabel('First project').waitFor()
    }), name: 'organisation-new' },
    settings('audit-log', shown),
    settings('me', shown),
    { ...settings('me', async (page) => {
      await page.getByRole('button', { name: 'Change the password' }).click()
      await page.getByRole('dialog').getByLabel('The new one').waitFor()
    }), name: 'change-password' },
    { ...settings('about', async (page) => {
      await page.getByRole('button', { name: 'Account of Ada Lovelace' }).click()
      await page.getByRole('menuitem', { name: 'Log out' }).waitFor()
    }), name: 'account' },
    { ...settings('about', async (page) => {
      await page.getByRole('button', { name: 'Account of Ada Lovelace' }).waitFor()
      const [session] = (await page.context().cookies()).map((cookie) => ({ ...cookie }))
      await page.context().clearCookies()
      await page.getByRole('link', { name: 'Members' }).click()
      await page.getByRole('dialog', { name: 'You are logged out' }).getByLabel('E-mail').waitFor()
      await page.context().addCookies([session])
    }), name: 'logged-out' },
    { name: 'log-in-throttled', as: 'nobody', origin: town.origin, path: '/local/default', ready: async (page) => { // the last: nobody logs in after it
      for (let status; status !== 429;) {
        const answered = page.waitForResponse((response) => response.url().endsWith('/api/v1/login/') && response.request().method() === 'POST')
        await logIn(page, 'guess') // the button waits until it can be clicked: one attempt is over when the next begins
        status = (await answered).status()
      }
      await page.getByText('You can try again in').waitFor()
    } },
  ]
}

/** Opens a browser for who looks at the places of a town. Refusals are what they are about, and no faults. */
export async function openTown({ town, setUp, provider, keys, keysSetUp, cookies }) {
  const browsers = { nobody: await openBrowser(town.origin, { origins: [setUp.origin, keys.origin, keysSetUp.origin, provider.issuer] }) }
  for (const [who, theirs] of Object.entries(cookies)) {
    browsers[who] = await openBrowser(town.origin)
    await browsers[who].context.addCookies(theirs)
  }
  const settle = () => {
    for (const { faults } of Object.values(browsers)) {
      for (let i = faults.length; i-- > 0;) if (/status of (401|403|404|422|429)|logged out|authorization header|Nobody is logged in|password is wrong/i.test(faults[i])) faults.splice(i, 1)
    }
  }
  return { pageOf: (place) => browsers[place.as].page, settle }
}
