// Logfire's CLI, unchanged, and the page that it opens: a person at a terminal and a browser, from the login to the first trace.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { promisify } from 'node:util'
import { openBrowser, startHearth } from './hearth.mjs'
import { root } from './program.mjs'

const run = promisify(execFile)

let hearth

before(async () => {
  hearth = await startHearth()
})

/** Somebody with a home and a folder that they work in, and the clients of an environment (make test-ui installs them). */
async function developer(t, environment) {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-cli-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const [home, work] = [join(folder, 'home'), join(folder, 'work')]
  await Promise.all([mkdir(home), mkdir(work)])
  const bin = join(root, '.venv', environment, 'bin')
  // The CLI opens its page with the browser of the environment: `true` opens nothing. This test has one of its own.
  const options = { cwd: work, env: { PATH: process.env.PATH, HOME: home, BROWSER: 'true', COLUMNS: '200', LOGFIRE_BASE_URL: hearth.origin } }
  const flag = environment === 'logfire-3' ? '--logfire-url' : '--base-url'
  return {
    logfire: (...command) => run(join(bin, 'logfire'), [flag, hearth.origin, ...command], options),
    firstRun: () => run(join(bin, 'python'), [join(root, 'e2e', 'python', 'apps', 'first_run.py')], options),
    credentials: async () => JSON.parse(await readFile(join(work, '.logfire', 'logfire_credentials.json'), 'utf8')),
  }
}

/** The address that a login prints. */
function addressOf(login) {
  let said = ''
  const found = new Promise((resolve) => {
    login.child.stderr.on('data', (text) => {
      said += text
      const address = said.match(/http:\/\/\S+\/auth\/device\?code=[A-Z]{4}-[A-Z]{4}/)
      if (address) resolve(address[0])
    })
  })
  return Promise.race([found, login.then(() => assert.fail(`no page to go to: ${said}`))])
}

for (const environment of ['newest', 'logfire-4', 'pydantic-ai-1', 'logfire-3']) {
  test(`the CLI of ${environment} is let in by a click, and what its project is sent is seen`, async (t) => {
    const { logfire, firstRun, credentials } = await developer(t, environment)
    const { browser, page } = await openBrowser(hearth.origin)
    const login = logfire('auth')
    login.child.stdin.end('\n') // "Press Enter to open … in your browser"
    await page.goto(await addressOf(login))
    await page.getByRole('heading', { name: `Let ${hostname()} log in?` }).waitFor()
    await page.getByText('127.0.0.1', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('heading', { name: `${hostname()} is logged in` }).waitFor()
    assert.match((await login).stderr, /Successfully authenticated!/)

    await logfire('projects', 'new', `cli-${environment}`, '--org', 'local')
    const { project_url: address } = await credentials()
    assert.equal(address, `${hearth.origin}/local/cli-${environment}`)
    await firstRun()
    await page.goto(address)
    const row = page.getByRole('treegrid', { name: 'Records' }).getByRole('row', { name: /brew tea/ })
    await row.click()
    const trace = new URL(await row.getAttribute('href'), address).searchParams.get('traceId')
    // The address that logfire-mcp makes of a trace.
    await page.goto(`${address}?q=${encodeURIComponent(`trace_id='${trace}'`)}`)
    await row.waitFor()
    await browser.close()
  })
}
