// The frame around the pages: palette, time, zones, theme, settings with tokens, signing in, copying, keys, narrow screens.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

const password = 'open sesame'

let hearth, guarded, context, page, faults

before(async () => {
  ;[hearth, guarded] = await Promise.all([startHearth(), startHearth('--password', password)])
  await send(hearth.origin, 'shop', [
    { trace: id(1, 32), span: id(10, 16), name: 'POST /pay', start: 900, end: 100 },
    { trace: id(2, 32), span: id(20, 16), name: 'GET /teas', start: 500, end: 400 },
  ])
  ;({ context, page, faults } = await openBrowser(hearth.origin))
})

const live = () => page.goto(`${hearth.origin}/local/default`)
const row = (text) => page.getByRole('treegrid', { name: 'Records' }).getByRole('row', { name: text })
const parameter = (name) => new URL(page.url()).searchParams.get(name)

/** A page of the server with the password, in a context of its own. */
async function openGuarded() {
  const opened = await openBrowser(guarded.origin)
  // The browser reports that the page was refused, and the router that it could not load it.
  const expected = /status of 401|authorization header|Invalid token|Nobody is logged in|password is wrong/
  opened.settle = () => {
    for (let i = opened.faults.length; i-- > 0;) if (expected.test(opened.faults[i])) opened.faults.splice(i, 1)
  }
  return opened
}

test('the palette leads to pages, commands, traces and spans', async () => {
  await live()
  await row('POST /pay').waitFor()
  await page.keyboard.press('Control+k')
  const field = page.getByRole('combobox', { name: 'Search or jump' })
  await field.fill('read tok')
  await page.getByRole('option', { name: 'Settings › Read tokens', selected: true }).waitFor()
  await field.press('Enter')
  await page.getByRole('heading', { name: 'Read tokens' }).waitFor()

  await page.keyboard.press('Control+k')
  await field.fill(id(1, 32))
  await page.getByRole('option', { name: `Open trace ${id(1, 32)}` }).waitFor()
  await field.press('Enter')
  await page.getByRole('heading', { name: 'POST /pay' }).first().waitFor()

  await page.keyboard.press('Control+k')
  await field.fill(id(999, 16))
  await field.press('Enter')
  await page.getByText(`No span of this project has the id ${id(999, 16)}.`).waitFor()
  await field.fill(id(20, 16))
  await field.press('Enter')
  await page.getByRole('heading', { name: 'GET /teas' }).first().waitFor()
  assert.match(page.url(), new RegExp(`/trace/${id(2, 32)}\\?.*spanId=${id(20, 16)}`))

  await page.keyboard.press('Control+k')
  await field.fill('theme light')
  await field.press('Enter')
  await page.locator('html[data-theme=light]').waitFor()
  await page.keyboard.press('Control+k')
  await field.fill('zzzz')
  await page.getByText('Nothing is called so.').waitFor()
  await page.keyboard.press('Escape')
  await field.waitFor({ state: 'detached' })
})

test('time is chosen in words, with presets, with fields, and in steps', async () => {
  await live()
  const button = page.getByTitle('Time range (t)')
  await row('POST /pay').waitFor()
  await page.keyboard.press('t')
  const words = page.getByRole('textbox', { name: 'Time range' })
  await words.fill('soon')
  await words.press('Enter')
  await page.getByRole('alert').getByText('Not understood').waitFor()
  await words.fill('yesterday 9-17')
  await page.getByText('09:00 – 17:00').waitFor()
  await words.press('Enter')
  await button.getByText('09:00 – 17:00').waitFor()
  const since = new Date(parameter('since'))
  assert.equal(Date.parse(parameter('until')) - since.getTime(), 8 * 3_600_000)
  assert.equal(new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit' }).format(since), '09')

  await page.getByTitle('One window earlier (←)').click()
  await button.getByText('01:00 – 09:00').waitFor()
  await button.focus()
  await page.keyboard.press('ArrowRight')
  await button.getByText('09:00 – 17:00').waitFor()
  await page.keyboard.press('=')
  await button.getByText('11:00 – 15:00').waitFor()

  await button.click()
  await page.getByRole('textbox', { name: 'From, time' }).fill('10:30')
  await page.getByRole('button', { name: 'Show this range' }).click()
  await button.getByText('10:30 – 15:00').waitFor()
  await button.click()
  await page.getByRole('button', { name: '6h' }).click()
  await button.getByText('Last 6 hours').waitFor()
  assert.equal(parameter('last'), '6h')
  assert.equal(parameter('since'), null)
})

test('a zone is found, kept, and yields to the one that a link names', async () => {
  await live()
  const clock = page.getByTitle('Times are shown in')
  await clock.click()
  await page.getByRole('combobox', { name: 'Zone' }).fill('kolk')
  await page.getByRole('option', { name: /Kolkata/ }).waitFor()
  await page.keyboard.press('Enter')
  await clock.getByText('UTC+5:30').waitFor()
  await page.reload()
  await clock.getByText('UTC+5:30').waitFor()
  await page.goto(`${hearth.origin}/local/default?tz=America%2FNew_York`)
  await page.getByTitle('Times are shown in America/New_York').waitFor()
  await live()
  await clock.getByText('UTC+5:30').waitFor()
  await page.evaluate(() => localStorage.clear())
})

test('the theme and the height of rows are there before the first paint', async () => {
  await page.goto(`${hearth.origin}/local/default/settings/me`)
  await page.getByRole('radio', { name: 'Light' }).check()
  await page.getByRole('radio', { name: 'Compact' }).check()
  const opened = await context.newPage()
  await opened.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.body) return
      globalThis.atFirst = { ...document.documentElement.dataset }
      observer.disconnect()
    }).observe(document, { childList: true, subtree: true })
  })
  await opened.goto(`${hearth.origin}/local/default`)
  assert.deepEqual(await opened.evaluate(() => globalThis.atFirst), { theme: 'light', density: 'compact' })
  assert.deepEqual(await opened.evaluate(() => {
    const style = getComputedStyle(document.documentElement)
    return [style.colorScheme, style.getPropertyValue('--row-h')]
  }), ['light', '22px'])
  await opened.close()
  await page.getByRole('radio', { name: 'As the system' }).check()
  await page.getByRole('radio', { name: 'Normal' }).check()
})

test('a write token is made, used, and revoked', async () => {
  await page.goto(`${hearth.origin}/local/default/settings/write-tokens`)
  await page.getByRole('button', { name: 'New write token' }).click()
  const dialog = page.getByRole('dialog', { name: 'New write token' })
  await dialog.getByLabel('What it is for').fill('the shop')
  await dialog.getByRole('button', { name: 'Make the token' }).click()
  const token = await dialog.getByLabel('Token', { exact: true }).innerText()
  assert.match(token, /^pylf_v1_local_\w{44}$/)
  await dialog.getByRole('tab', { name: 'OpenTelemetry' }).click()
  await dialog.getByText(`OTEL_EXPORTER_OTLP_HEADERS='Authorization=${token}'`).waitFor()
  await dialog.getByRole('button', { name: 'Done' }).click()
  const sent = () => fetch(`${hearth.origin}/v1/traces`, { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: token }, body: '{}' })
  assert.equal((await sent()).status, 200)

  await page.getByRole('button', { name: 'Revoke the shop' }).click()
  const question = page.getByRole('dialog', { name: 'Revoke a token' })
  await question.getByRole('button', { name: 'Revoke it' }).click()
  await page.getByText('No write token works in this project.').waitFor()
  assert.equal((await sent()).status, 401)
  await page.getByRole('status', { name: 'Notices' }).getByText('the shop is revoked').waitFor()
  await page.getByRole('checkbox', { name: /no longer works/ }).check()
  await page.getByRole('row', { name: /the shop/ }).getByText('revoked').waitFor()

  await page.goto(`${hearth.origin}/local/default/settings/ingest`)
  await page.getByText(`wrong token …${token.slice(-3)}`).waitFor()
})

test('a project is made, and its first page makes the token that it needs', async () => {
  await page.goto(`${hearth.origin}/local/default/settings/general`)
  await page.getByLabel('Name', { exact: true }).fill('Not A Name!')
  await page.getByRole('button', { name: 'Make the project' }).click()
  await page.getByRole('alert').waitFor()
  faults.splice(0) // the browser reports the 422
  await page.getByLabel('Name', { exact: true }).fill('teahouse')
  await page.getByRole('button', { name: 'Make the project' }).click()
  await page.getByRole('link', { name: 'Go to teahouse' }).click()
  await page.getByText('Waiting for the first record').waitFor()
  await page.getByRole('button', { name: 'Make a write token' }).click()
  await page.getByText('The token is in the snippets below').waitFor()
  const [, token] = /LOGFIRE_TOKEN=(\S+)/.exec(await page.locator('pre').innerText())
  await fetch(`${hearth.origin}/v1/traces`, { method: 'POST', headers: { Authorization: `${token}x` } })
  await page.getByLabel('Requests so far').getByText(/401: \d+ \(last \d\d:\d\d, wrong token/).waitFor()
  const at = `${BigInt(Date.now()) * 1_000_000n}`
  const spans = [{ traceId: id(7, 32), spanId: id(70, 16), name: 'first cup', kind: 1, startTimeUnixNano: at, endTimeUnixNano: at }]
  const response = await fetch(`${hearth.origin}/v1/traces`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: token },
    body: JSON.stringify({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans }] }] }),
  })
  assert.equal(response.status, 200)
  await row('first cup').waitFor()
})

test('a server with a password is signed in to with a token, and managed with the password', async () => {
  const token = (await guarded.run('tokens', 'create', '--project', 'default', '--kind', 'read', '--password', password)).trim()
  const opened = await openGuarded()
  await opened.page.goto(`${guarded.origin}/local/default/settings/read-tokens?tz=UTC`)
  let answer
  const held = new Promise((resolve) => (answer = resolve))
  const asks = (url) => url.pathname === '/v1/read-token-info'
  await opened.page.route(asks, (route) => held.then(() => route.continue()))
  await opened.page.getByLabel('Read token').fill('pylf_v1_local_wrong')
  const asked = opened.page.waitForRequest((request) => asks(new URL(request.url())))
  await opened.page.getByRole('button', { name: 'Open' }).click()
  await asked
  await opened.page.evaluate(() => new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve))))
  assert.equal(await opened.page.getByRole('alert').count(), 0, 'nothing is said of a token that the server has not judged')
  answer()
  await opened.page.getByRole('alert').getByText('Invalid token').waitFor()
  await opened.page.unroute(asks)
  await opened.page.getByLabel('Read token').fill(token)
  await opened.page.getByRole('button', { name: 'Open' }).click()
  await opened.page.getByRole('heading', { name: 'Read tokens' }).waitFor()
  assert.equal(new URL(opened.page.url()).search, '?tz=UTC')

  const field = opened.page.getByLabel('Operator’s key')
  await field.fill('wrong')
  await field.press('Enter')
  await opened.page.getByRole('alert').getByText('The password is wrong.').waitFor()
  await field.fill(password)
  await field.press('Enter')
  await opened.page.getByRole('row', { name: new RegExp(token.slice(0, 19)) }).waitFor()
  await opened.page.goto(`${guarded.origin}/local/default`)
  await opened.page.getByText('Waiting for the first record').waitFor()
  await opened.page.getByRole('button', { name: 'Make a write token …' }).click()
  await opened.page.getByLabel('Operator’s key').fill(password)
  await opened.page.getByRole('button', { name: 'Go on' }).click()
  await opened.page.getByRole('button', { name: 'Make a write token', exact: true }).click()
  await opened.page.getByText('The token is in the snippets below').waitFor()
  opened.settle()
  await opened.browser.close()
})

test('who knows the password needs no token to sign in, and can sign out', async () => {
  const opened = await openGuarded()
  await opened.page.goto(`${guarded.origin}/local/default/settings/me`)
  await opened.page.getByLabel('Operator’s key').fill(password)
  await opened.page.getByRole('button', { name: 'Enter' }).click()
  await opened.page.getByRole('button', { name: 'Sign out' }).click()
  await opened.page.getByRole('heading', { name: 'Log in' }).waitFor()
  opened.settle()
  await opened.browser.close()
})

test('without a clipboard, the text is shown and selected', async () => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await live()
  await row('POST /pay').waitFor()
  await page.keyboard.press('.')
  await page.getByText('Link copied').waitFor()
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /since=.*until=/)

  const without = await context.newPage()
  await without.addInitScript(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined })
    document.execCommand = () => false
  })
  await without.goto(`${hearth.origin}/local/default`)
  await without.getByRole('treegrid').waitFor()
  await without.keyboard.press('.')
  const box = without.getByRole('textbox', { name: 'Text to copy' })
  await box.waitFor()
  assert.match(await without.evaluate(() => getSelection().toString()), /since=.*until=/)
  await without.keyboard.press('Escape')
  await box.waitFor({ state: 'detached' })
  await without.close()
})

test('the frame can be used with keys alone, and letters can be switched off', async () => {
  await live()
  await row('POST /pay').waitFor()
  await page.keyboard.press('Tab')
  await page.getByRole('link', { name: 'Skip to the page' }).press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'page')
  await page.keyboard.press('g')
  await page.keyboard.press('s')
  await page.getByRole('heading', { name: 'General' }).waitFor()
  await page.keyboard.press('\\')
  await page.locator('[data-pinned=true]').waitFor()
  await page.keyboard.press('\\')
  await page.locator('[data-pinned=false]').waitFor()
  const help = page.getByRole('button', { name: 'Keys (?)' })
  await help.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Keys' }).getByText('Search or jump').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' })
  assert.equal(await help.evaluate((button) => button === document.activeElement), true)
  await page.keyboard.press('g')
  await page.keyboard.press('l')
  await row('POST /pay').waitFor()

  await page.goto(`${hearth.origin}/local/default/settings/me`)
  await page.getByRole('radio', { name: 'Off' }).check()
  await page.getByRole('heading', { name: 'Me' }).click()
  await page.keyboard.press('g')
  await page.keyboard.press('l')
  await page.keyboard.press('?')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Search or jump' }).waitFor()
  assert.equal(await page.getByRole('dialog', { name: 'Keys' }).count(), 0)
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: 'Me' }).waitFor()
  await page.getByRole('radio', { name: 'On', exact: true }).check()
})

test('a server that does not answer is said to, and its return is noticed', async () => {
  await page.goto(`${hearth.origin}/local/default/settings/ingest`)
  await page.getByRole('heading', { name: 'Requests', exact: true }).waitFor()
  await context.setOffline(true)
  await page.getByText('Hearth does not answer.').first().waitFor()
  await context.setOffline(false)
  await page.getByRole('button', { name: 'Now' }).click()
  await page.getByText('Hearth does not answer.').first().waitFor({ state: 'detached' })
  faults.splice(0) // the browser reports each request that found nobody
})

test('another version is noticed', async () => {
  const opened = await context.newPage()
  await opened.clock.install()
  await opened.goto(`${hearth.origin}/local/default/settings/about`)
  await opened.getByText('Version', { exact: true }).waitFor()
  await opened.route('**/v1/version', (route) => route.fulfill({ json: { version: '99.0.0' } }))
  await opened.clock.fastForward('11:00')
  await opened.getByText('A new version is running').waitFor()
  await opened.close()
})

test('a part of the app that an upgrade took away is fetched by one reload', async () => {
  const opened = await context.newPage()
  await opened.goto(`${hearth.origin}/local/default`)
  await opened.getByRole('treegrid').waitFor()
  let missing = 0
  await opened.route('**/assets/Settings-*.js', (route) => (missing++ === 0 ? route.fulfill({ status: 404 }) : route.continue()))
  await opened.getByRole('link', { name: 'Settings' }).click()
  await opened.getByRole('heading', { name: 'General' }).waitFor()
  assert.equal(missing, 2)
  await opened.close()
  faults.splice(0) // the browser reports the part that was missing
})

test('on a narrow screen nothing is out of reach', async () => {
  const narrow = await context.newPage()
  await narrow.setViewportSize({ width: 320, height: 640 })
  await narrow.goto(`${hearth.origin}/local/default`)
  await narrow.getByRole('treegrid').waitFor()
  const wide = () => narrow.evaluate(() => document.documentElement.scrollWidth)
  assert.equal(await wide(), 320)
  await narrow.getByTitle('Time range (t)').click()
  const layer = await narrow.getByRole('dialog', { name: 'Time range (t)' }).boundingBox()
  assert.ok(layer.x >= 0 && layer.x + layer.width <= 320, JSON.stringify(layer))
  await narrow.keyboard.press('Escape')
  const rail = await narrow.getByRole('navigation', { name: 'Pages' }).boundingBox()
  assert.ok(rail.y > 500, 'the pages are at the bottom')
  await narrow.getByRole('link', { name: 'Settings' }).click()
  await narrow.getByRole('link', { name: 'Write tokens' }).click()
  await narrow.getByRole('button', { name: 'New write token' }).click()
  await narrow.getByLabel('What it is for').waitFor()
  assert.equal(await wide(), 320)
  await narrow.keyboard.press('Escape')
  await narrow.getByTitle('Search or jump').click()
  await narrow.getByRole('combobox').fill('show the keys')
  await narrow.keyboard.press('Enter')
  await narrow.getByRole('dialog', { name: 'Keys' }).waitFor()
  for (const target of await narrow.getByRole('button').all()) {
    const box = await target.boundingBox()
    if (box && box.width > 0) assert.ok(box.width >= 24 && box.height >= 24, `${await target.getAttribute('title')} ${JSON.stringify(box)}`)
  }
  await narrow.close()
})
