// Logfire's JavaScript packages, unchanged, against a Hearth with a password: the SDK for Node, and the CLI.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cleanEnv, start } from './hearth.js'

const password = 'correct horse battery'
const app = fileURLToPath(new URL('logfire-app.js', import.meta.url))
const cli = fileURLToPath(new URL('node_modules/logfire/dist/cli.js', import.meta.url))
const run = promisify(execFile)

/** Runs the program to its end, and returns its trace. whileOpen is called with it while the outermost span is open. */
async function serveTea(env, whileOpen, cwd = undefined) {
  const child = spawn(process.execPath, [app], { env: cleanEnv(env), cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  let [out, errors] = ['', '']
  child.stdout.on('data', (text) => (out += text))
  child.stderr.on('data', (text) => (errors += text))
  const exited = new Promise((resolve) => child.on('close', resolve))
  try {
    const said = new Promise((resolve) => child.stdout.once('data', resolve))
    await Promise.race([said, exited])
    assert.equal(child.exitCode, null, `the program ended: ${errors}`)
    const { traceId } = JSON.parse(out)
    await whileOpen(traceId)
    child.stdin.end('\n')
    assert.equal(await exited, 0, errors)
    assert.doesNotMatch(errors, /error|fail|region/i)
    return traceId
  } finally {
    child.kill('SIGKILL')
    await exited
  }
}

describe("Logfire's JavaScript packages", { timeout: 180_000 }, () => {
  let hearth
  before(async () => {
    hearth = await start('--password', password)
  })
  after(() => hearth.stop())

  /** What a page of the web app asks the server, after its user has given the password. */
  async function manage(method, path) {
    const headers = { Authorization: `Basic ${Buffer.from(`person:${password}`).toString('base64')}` }
    const response = await fetch(hearth.url + path, { method, headers })
    assert.ok(response.ok, `${method} ${path}: ${response.status}`)
    return response.json()
  }

  test('the SDK for Node sends where the environment says', async () => {
    const [write, read] = [await hearth.newToken('default', 'write', password), await hearth.newToken('default', 'read', password)]
    const rows = (sql, atLeast) => hearth.rows(sql, atLeast, read)
    const env = {
      LOGFIRE_TOKEN: write,
      LOGFIRE_BASE_URL: hearth.url,
      LOGFIRE_SERVICE_NAME: 'js-tea',
      LOGFIRE_SERVICE_VERSION: '1.2.3',
      LOGFIRE_ENVIRONMENT: 'staging',
      ASKED: `${hearth.url}/readyz`,
    }
    let pending
    const traceId = await serveTea(env, async (open) => {
      const seen = await rows(`select kind, message, tags, attributes from records_all where trace_id = '${open}'`)
      assert.equal(seen.length, 1)
      pending = seen[0]
    })
    assert.deepEqual([pending.kind, pending.message, pending.tags], ['pending_span', 'serve table 7', ['evening']])
    assert.deepEqual(pending.attributes.order, { tea: 'oolong', cups: 2 })

    const found = await rows(
      `select kind, span_name, message, level_name(level) as level, tags, span_id, parent_span_id, is_exception, exception_type,
         exception_message, exception_stacktrace, otel_status_code, attributes, log_body, otel_scope_name as scope, service_name,
         service_version, deployment_environment as environment, telemetry_sdk_name as sdk, telemetry_sdk_language as language
       from records where trace_id = '${traceId}' order by start_timestamp, message`,
      13,
    )
    assert.equal(found.length, 13, JSON.stringify(found.map((row) => row.message)))
    for (const row of found) {
      assert.deepEqual(
        [row.service_name, row.service_version, row.environment, row.sdk, row.language],
        ['js-tea', '1.2.3', 'staging', 'logfire', 'nodejs'],
      )
    }
    const one = (message) => {
      const rows = found.filter((row) => row.message === message)
      assert.equal(rows.length, 1, `${message}: ${JSON.stringify(rows)}`)
      return rows[0]
    }
    const serve = one('serve table 7')
    assert.deepEqual(
      [serve.kind, serve.span_name, serve.level, serve.tags, serve.parent_span_id, serve.scope],
      ['span', 'serve table {table}', 'info', ['evening'], null, 'logfire'],
    )
    assert.deepEqual(serve.attributes, { table: 7, order: { tea: 'oolong', cups: 2 } })
    assert.ok(found.every((row) => row === serve || row.parent_span_id === serve.span_id))

    const levels = { trace: 'trace', debug: 'debug', info: 'info', notice: 'notice', warning: 'warn', error: 'error', fatal: 'fatal' }
    for (const [named, level] of Object.entries(levels)) {
      const log = one(`${named} of the kitchen`)
      assert.deepEqual([log.kind, log.span_name, log.level, log.attributes], ['log', '{level} of the kitchen', level, { level: named }])
    }
    const pour = one('pour 2')
    assert.deepEqual([pour.kind, pour.attributes], ['span', { cups: 2, return: { cups: 2 } }])

    const boil = one('boil')
    const reported = one('no tea today')
    for (const row of [boil, reported]) {
      assert.deepEqual([row.is_exception, row.exception_type, row.exception_message, row.level], [true, 'RangeError', 'kettle is dry', 'error'])
      assert.match(row.exception_stacktrace, /logfire-app\.js:\d+:\d+/)
      assert.match(row.attributes['logfire.exception.fingerprint'], /^[0-9a-f]{32}$/)
    }
    assert.deepEqual([boil.otel_status_code, reported.otel_status_code, reported.attributes.jar], ['ERROR', 'ERROR', 'oolong'])

    const low = one('sugar is low')
    assert.deepEqual([low.kind, low.level, low.log_body, low.scope], ['log', 'warn', 'sugar is low', 'kitchen'])

    // Node's own fetch, which the SDK instruments by itself.
    const [fetched] = found.filter((row) => row.scope === '@opentelemetry/instrumentation-undici')
    assert.deepEqual([fetched.kind, fetched.attributes['url.full'], fetched.attributes['http.response.status_code']], ['span', env.ASKED, 200])

    const counted = await rows("select metric_type, max(scalar_value) as cups, attributes->>'tea' as tea from metrics where metric_name = 'cups' group by all")
    assert.deepEqual(counted, [{ metric_type: 'sum', cups: 2, tea: 'oolong' }])
  })

  test('the CLI logs in, makes a project, and leaves the file that the SDK reads', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'hearth-e2e-js-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const [home, work] = [join(folder, 'home'), join(folder, 'work')]
    await Promise.all([mkdir(home), mkdir(work)])
    // Nothing on the path: the browser is somebody else.
    const options = { cwd: work, env: { ...cleanEnv({ HOME: home }), PATH: '' } }
    const logfire = (...args) => run(process.execPath, [cli, '--base-url', hearth.url, ...args], options)

    const login = logfire('auth')
    let said = ''
    const told = new Promise((resolve) => {
      login.child.stderr.on('data', (text) => {
        said += text
        const page = said.match(/\/auth\/device\?code=([A-Z]{4}-[A-Z]{4})/)
        if (page) resolve(page[1])
      })
    })
    login.child.stdin.write('\n') // "Press Enter to open … in your browser"
    const code = await Promise.race([told, login.then(() => assert.fail(`no page to go to: ${said}`))])
    const asking = await manage('GET', `/api/v1/device-logins/${code}/`)
    assert.deepEqual([asking.machine_name, asking.state], [hostname(), 'pending'])
    await manage('POST', `/api/v1/device-logins/${code}/approve/`)
    assert.match((await login).stderr, /Successfully authenticated!/)
    assert.match((await logfire('auth')).stderr, /You are already logged in/)

    const made = await logfire('projects', 'new', 'js-kitchen', '--org', 'local')
    assert.ok(made.stderr.includes(`${hearth.url}/local/js-kitchen`), made.stderr)
    const file = join(work, '.logfire', 'logfire_credentials.json')
    const credentials = JSON.parse(await readFile(file, 'utf8'))
    assert.deepEqual(Object.keys(credentials).sort(), ['logfire_api_url', 'project_name', 'project_url', 'token'])
    assert.equal(credentials.logfire_api_url, hearth.url)
    const whoami = await logfire('whoami')
    assert.match(whoami.stderr, /Logged in as: admin/)
    assert.ok(whoami.stderr.includes(`Logfire project URL: ${hearth.url}/local/js-kitchen`), whoami.stderr)
    assert.match((await logfire('projects', 'list')).stderr, /local +\| +js-kitchen/)

    // A program of this folder is told nothing but its name.
    await serveTea({ LOGFIRE_SERVICE_NAME: 'js-file', ASKED: `${hearth.url}/readyz` }, async () => {}, work)
    const read = (await logfire('read-tokens', '--project', 'local/js-kitchen', 'create')).stdout.trim()
    const sent = () => hearth.rows("select message from records where service_name = 'js-file'", 13, read)
    assert.equal((await sent()).length, 13)

    assert.match((await logfire('read-tokens', 'create', '--save')).stderr, /Read token for local\/js-kitchen saved/)
    const status = JSON.parse((await logfire('projects', 'status', '--json')).stdout)
    assert.deepEqual([status.organization, status.project_name, status.services.length], ['local', 'js-kitchen', 1])
    assert.deepEqual([status.services[0].service_name, status.services[0].records], ['js-file', 13])

    await logfire('projects', 'use', 'default', '--org', 'local')
    const used = JSON.parse(await readFile(file, 'utf8'))
    assert.equal(used.project_name, 'default')
    const known = await run(process.execPath, [cli, 'whoami'], { ...options, env: { ...options.env, LOGFIRE_TOKEN: used.token, LOGFIRE_BASE_URL: hearth.url } })
    assert.equal(known.stderr, `Logfire project URL: ${hearth.url}/local/default\n`)

    assert.match((await logfire('auth', 'logout')).stderr, /Successfully logged out/)
    await assert.rejects(logfire('projects', 'list'), /No user token was found/)
  })
})
