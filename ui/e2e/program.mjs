// A running Hearth with an empty folder, a browser, and what to send.

import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'

export const root = join(import.meta.dirname, '..', '..')
const binary = process.env.HEARTH_BIN ?? join(root, 'bin', 'hearth')

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** What this process has open. */
export const open = { servers: new Set(), browsers: new Set() }

/**
 * Starts the built binary with an empty folder. A flag may be a function of the server's origin. run() runs another command of it against this server and returns what that
 * prints; demo() fills the server with the demo's past hour, the same one each time; stop() ends it and removes its folder.
 */
export async function startHearth(...flags) {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-ui-'))
  const origin = `http://127.0.0.1:${await freePort()}`
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HEARTH_')))
  const child = spawn(binary, ['serve', '--data-dir', folder, '--listen', origin.slice('http://'.length), '--grpc-listen', 'off', ...flags.map((flag) => (typeof flag === 'function' ? flag(origin) : flag))], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const server = { log: '', printed: '' }
  child.stdout.on('data', (data) => (server.printed += data))
  child.stderr.on('data', (data) => (server.log += data))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  for (let i = 0; ; i++) {
    const ready = await fetch(`${origin}/readyz`).catch(() => undefined)
    if (ready?.ok) break
    if (i > 400 || child.exitCode !== null) throw new Error(`Hearth does not start:\n${server.log}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const run = async (...command) => (await promisify(execFile)(binary, command, { cwd: folder, env: { ...env, HEARTH_BASE_URL: origin }, maxBuffer: 64 << 20 })).stdout
  Object.assign(server, {
    origin,
    pid: child.pid,
    run,
    demo: () => run('demo', '--once', '--seed', '7'),
    async stop() {
      open.servers.delete(server)
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  })
  open.servers.add(server)
  return server
}

/**
 * Starts Hearth as one that others reach, where people have accounts. setUp is the link of its first start, as it is reached
 * here; inside() asks for something of the project default as who is logged in with a page.
 */
export async function startTown(...flags) {
  return town(await startHearth('--public-url', 'http://hearth.example.com', ...flags))
}

/** Starts Hearth as one where people log in at a provider of startProvider(), whom they call Keys; else as startTown(). */
export async function startTownWith(provider) {
  return town(await startHearth('--public-url', (origin) => origin, '--oidc-issuer', provider.issuer, '--oidc-client-id', 'hearth', '--oidc-client-secret', "the client's secret", '--oidc-name', 'Keys'))
}

async function town(server) {
  let code
  for (let i = 0; !(code = /\/auth\/setup#(\S+)/.exec(server.printed)?.[1]); i++) {
    if (i > 100) throw new Error(`Hearth prints no link:\n${server.printed}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const inside = (page, method, path, body) => page.evaluate(async ([method, path, body]) => {
    const { project_id: project } = await (await fetch('/v1/read-token-info')).json()
    const response = await fetch(`/api/v1/projects/${project}/${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    return response.json()
  }, [method, path, body])
  return Object.assign(server, { setUp: `${server.origin}/auth/setup#${code}`, inside })
}

/**
 * Builds and starts the provider of OpenID Connect of the tests in e2e. logIn() says who is logged in at it, as {sub, email, name};
 * null is somebody who does not agree.
 */
export async function startProvider() {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-provider-'))
  const program = join(folder, 'provider')
  await promisify(execFile)('go', ['build', '-o', program, './identity/serve'], { cwd: join(root, 'e2e') })
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const issuer = await new Promise((resolve, reject) => {
    child.once('exit', (status) => reject(new Error(`the provider ends with ${status}`)))
    child.stdout.once('data', (line) => resolve(String(line).trim()))
  })
  const provider = {
    issuer,
    async logIn(person) {
      const { status } = await fetch(`${issuer}/person`, { method: 'PUT', body: JSON.stringify(person) })
      if (status !== 204) throw new Error(`the provider answers ${status}`)
    },
    async stop() {
      open.servers.delete(provider)
      child.stdin.end()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
    log: '',
  }
  open.servers.add(provider)
  return provider
}

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
}

/**
 * Opens Chromium on a page of a server; options are those of Playwright's contexts, and origins, which pages may ask, too. What a page reports against itself is a
 * fault: errors, refusals of the policy, and requests to elsewhere, none of which leaves the machine.
 */
export async function openBrowser(origin, options = {}) {
  const browser = await launch()
  const { origins, ...rest } = options
  const context = await browser.newContext({ viewport: { width: 1440, height: 860 }, colorScheme: 'dark', timezoneId: 'Europe/Berlin', ...rest })
  const faults = []
  const opened = { browser, context, faults, console: [] }
  context.setDefaultTimeout(15_000)
  await context.route((url) => url.origin !== origin && !origins?.includes(url.origin), (route) => {
    faults.push(`request to ${route.request().url()}`)
    return route.abort()
  })
  context.on('weberror', (error) => faults.push(String(error.error())))
  context.on('console', (message) => {
    opened.console.push(`${message.type()}: ${message.text()} (${message.location().url})`)
    if (message.type() === 'error' && !isAnswer(message)) faults.push(message.text())
  })
  open.browsers.add(opened)
  browser.on('disconnected', () => open.browsers.delete(opened))
  return { browser, context, page: await context.newPage(), faults }
}

// The browser reports refused requests by itself: a condition that is none, which a test asks for, and a conversation of
// records that are not in the tables yet, which is asked for again.
function isAnswer(message) {
  return /status of 400/.test(message.text()) || /status of 404/.test(message.text()) && message.location().url.includes('/conversation')
}

const attribute = ([key, value]) => ({ key, value: typeof value === 'number' ? { intValue: value } : { stringValue: String(value) } })

/** Sends spans; start and end are milliseconds before now. resource: what is told of who sends, besides its name. token: with which, where one is needed. */
export async function send(origin, service, spans, resource = {}, token = '') {
  const present = BigInt(Date.now()) * 1_000_000n
  const nano = (ago) => String(present - BigInt(Math.round(ago * 1_000_000)))
  const response = await fetch(`${origin}/v1/traces`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: token }) },
    body: JSON.stringify({
      resourceSpans: [{
        resource: { attributes: Object.entries({ 'service.name': service, ...resource }).map(attribute) },
        scopeSpans: [{
          scope: { name: 'e2e' },
          spans: spans.map((span) => ({
            traceId: span.trace, spanId: span.span, parentSpanId: span.parent, name: span.name, kind: 1,
            startTimeUnixNano: span.at ?? nano(span.start ?? 20), endTimeUnixNano: nano(span.end ?? 10),
            attributes: Object.entries(span.attributes ?? {}).map(attribute), status: span.failed ? { code: 2, message: 'failed' } : {},
          })),
        }],
      }],
    }),
  })
  if (!response.ok) throw new Error(await response.text())
}

/** An id for tests: n in hexadecimal digits. */
export function id(n, digits) {
  return n.toString(16).padStart(digits, '0')
}
