// Tokens and API keys: made and shown once, used, rotated, revoked; and that the server's log tells none of them.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { openBrowser, startHearth } from './hearth.mjs'

let hearth

before(async () => {
  hearth = await startHearth('--log-level', 'debug')
})

/** Every secret that was shown. */
const secrets = []

const settings = (page) => `${hearth.origin}/local/default/settings/${page}`

/** Sends nothing with a token, as a program that calls itself so; returns the status. */
async function write(token, agent = 'logfire/5.4.0') {
  const response = await fetch(`${hearth.origin}/v1/traces`, { method: 'POST', headers: { Authorization: token, 'Content-Type': 'application/json', 'User-Agent': agent }, body: '{}' })
  return response.status
}

/** Sends logs with a token, and returns the status. */
async function writeLogs(token, n) {
  const records = Array.from({ length: n }, (_, i) => ({ timeUnixNano: `${Date.now()}${String(i).padStart(6, '0')}`, severityNumber: 9, body: { stringValue: `tea ${i}` } }))
  const body = JSON.stringify({ resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords: records }] }] })
  const response = await fetch(`${hearth.origin}/v1/logs`, { method: 'POST', headers: { Authorization: token, 'Content-Type': 'application/json' }, body })
  return response.status
}

/** Reads the token that a dialog shows, and closes the dialog. */
async function shown(page) {
  const token = await page.getByRole('dialog').getByLabel('Token', { exact: true }).textContent()
  secrets.push(token)
  return token
}

const done = (page) => page.getByRole('button', { name: 'Done' }).click()

/** Loads the page again until a row has a text: the server writes the last use beside the request, and counts every five seconds. */
async function untilRow(page, name, text) {
  const patience = Date.now() + 60_000
  while (Date.now() < patience) {
    await page.getByRole('row', { name }).waitFor()
    if (await page.getByRole('row', { name }).getByText(text).count() > 0) return
    await page.reload()
  }
  throw new Error(`no row ${name} with ${text}`)
}

test('a write token is made, used, rotated with both at work, and revoked', async () => {
  const { browser, page } = await openBrowser(hearth.origin)
  await page.goto(settings('write-tokens'))
  await page.getByRole('button', { name: 'New write token' }).click()
  await page.getByLabel('What it is for').fill('kettle')
  await page.getByLabel('It expires').selectOption('In 90 days')
  await page.getByRole('button', { name: 'Make the token' }).click()
  await page.getByText('It is shown this once.').waitFor()
  const first = await shown(page)
  assert.match(first, /^pylf_v1_local_[A-Za-z0-9]{44}$/)
  for (const way of ['Python', 'Go', 'OpenTelemetry', 'curl']) {
    await page.getByRole('tab', { name: way, exact: true }).click()
    await page.getByRole('dialog').locator('pre').getByText(first).waitFor()
  }
  await done(page)
  await page.getByRole('row', { name: /kettle/ }).getByText(`${first.slice(0, 19)}…`).waitFor()
  assert.equal(await page.getByText(first).count(), 0, 'it is shown once')

  assert.equal(await write(first), 200)
  await untilRow(page, /kettle/, 'logfire/5.4.0')
  await page.getByRole('row', { name: /kettle/ }).getByText('127.0.0.1').waitFor()

  await page.getByRole('button', { name: 'Rotate kettle' }).click()
  await page.getByLabel('The old one works').selectOption('for an hour')
  await page.getByRole('button', { name: 'Make the new one' }).click()
  await page.getByText('The old one works for an hour.').waitFor()
  const second = await shown(page)
  await done(page)
  await page.getByRole('row', { name: /kettle/ }).nth(1).waitFor()
  assert.notEqual(second, first)
  assert.deepEqual([await write(first), await write(second)], [200, 200])

  await page.getByRole('row', { name: new RegExp(second.slice(14, 19)) }).getByRole('button', { name: 'Rotate kettle' }).click()
  await page.getByLabel('The old one works').selectOption('no more')
  await page.getByRole('button', { name: 'Make the new one' }).click()
  await page.getByText('The old one works no more.').waitFor()
  const third = await shown(page)
  await done(page)
  await page.getByRole('row', { name: new RegExp(third.slice(14, 19)) }).waitFor()
  assert.deepEqual([await write(first), await write(second), await write(third)], [200, 401, 200])

  assert.equal(await writeLogs(third, 1234), 200)
  const row = new RegExp(third.slice(14, 19))
  await untilRow(page, row, '1,234')
  await page.getByRole('row', { name: row }).getByRole('img', { name: 'At most 1,234 in an hour of the last 25' }).waitFor()
  await page.getByRole('row', { name: row }).getByRole('button', { name: 'Revoke kettle' }).click()
  await page.getByText('It sent 1,234 records in the last 24 hours.').waitFor()
  await page.getByRole('button', { name: 'Revoke it' }).click()
  await page.getByText('kettle is revoked').waitFor()
  assert.equal(await write(third), 401)
  await page.getByLabel('Show 2 that no longer work').check()
  await page.getByText('revoked').first().waitFor()
  await browser.close()
})

test('a read token is made with what to ask', async () => {
  const { browser, page } = await openBrowser(hearth.origin)
  await page.goto(settings('read-tokens'))
  await page.getByRole('button', { name: 'New read token' }).click()
  await page.getByLabel('What it is for').fill('report')
  await page.getByRole('button', { name: 'Make the token' }).click()
  const token = await shown(page)
  for (const way of ['curl', 'Python', 'Hearth']) {
    await page.getByRole('tab', { name: way, exact: true }).click()
    await page.getByRole('dialog').locator('pre').getByText(token).waitFor()
  }
  await done(page)
  const answer = await fetch(`${hearth.origin}/v1/query?sql=${encodeURIComponent('SELECT 1')}`, { headers: { Authorization: `Bearer ${token}` } })
  assert.equal(answer.status, 200)
  assert.equal(await write(token), 401)
  await browser.close()
})

test('an API key opens what its scopes say', async () => {
  const { browser, page } = await openBrowser(hearth.origin)
  await page.goto(settings('api-keys'))
  await page.getByText('No API key works here.').waitFor()
  await page.getByRole('button', { name: 'New API key' }).click()
  const make = page.getByRole('button', { name: 'Make the key' })
  await page.getByLabel('Name', { exact: true }).fill('terraform')
  assert.equal(await make.isDisabled(), true, 'a key without scopes opens nothing')
  const scope = (name) => page.getByRole('dialog').getByRole('checkbox', { name })
  assert.equal(await scope('project:read_otlp').count(), 0, 'such a key is of one project')
  await scope('organization:auditlog').check()
  await page.getByLabel('It opens').selectOption('the project default')
  assert.equal(await scope('organization:auditlog').count(), 0, 'such a key is of the organisation')
  assert.equal(await make.isDisabled(), true)
  await scope('project:write_token').check()
  await scope('project:read_otlp').check()
  await make.click()
  const key = await shown(page)
  assert.match(key, /^pylf_v2_local_[-0-9a-f]{36}_[A-Za-z0-9]{44}$/)
  for (const way of ['curl', 'Terraform', 'Coding agent']) {
    await page.getByRole('tab', { name: way, exact: true }).click()
    await page.getByRole('dialog').locator('pre').getByText(key).waitFor()
  }
  await done(page)
  const row = page.getByRole('row', { name: /terraform/ })
  await row.getByText('project default · 2 scopes').click()
  await row.getByText('project:write_token').waitFor()

  const ask = (path, init = {}) => fetch(`${hearth.origin}${path}`, { ...init, headers: { Authorization: `Bearer ${key}`, 'User-Agent': 'terraform-provider-logfire/0.1.21' } })
  const refused = await ask('/api/v1/projects/')
  assert.deepEqual([refused.status, await refused.json()], [403, { detail: 'The API key lacks the scope project:read.' }])
  const { project_id: project } = await (await ask('/v1/read-token-info')).json()
  const made = await ask(`/api/v1/projects/${project}/write-tokens/`, { method: 'POST' })
  assert.equal(made.status, 201)
  secrets.push((await made.json()).token)
  await untilRow(page, /terraform/, 'terraform-provider-logfire/0.1.21')

  await page.goto(settings('write-tokens'))
  await page.getByRole('row', { name: /no description/ }).getByText('by terraform').waitFor()

  await page.goto(settings('api-keys'))
  await page.getByRole('button', { name: 'Revoke terraform' }).click()
  await page.getByRole('button', { name: 'Revoke it' }).click()
  await page.getByText('No API key works here.').waitFor()
  assert.equal((await ask('/api/v1/projects/')).status, 200, 'local mode takes everyone without a key that it knows')
  assert.equal((await ask('/v1/read-token-info')).status, 401)
  await browser.close()
})

test('the log of the server tells none of them', async () => {
  assert.equal(secrets.length, 6)
  assert.ok(hearth.log.includes('"path":"/v1/traces"'), 'requests are logged')
  for (const secret of secrets) assert.equal(hearth.log.includes(secret.slice(-30)), false, `${secret.slice(0, 19)}… is in the log`)
})
