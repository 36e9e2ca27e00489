// A running Hearth with an empty folder, a browser, and what to send.

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const binary = process.env.HEARTH_BIN ?? join(import.meta.dirname, '..', '..', 'bin', 'hearth')

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts the built binary; stop() ends it and removes its folder. */
export async function startHearth() {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-ui-'))
  const origin = `http://127.0.0.1:${await freePort()}`
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HEARTH_')))
  const child = spawn(binary, ['serve', '--data-dir', folder, '--listen', origin.slice('http://'.length), '--grpc-listen', 'off'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (data) => (log += data))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  for (let i = 0; ; i++) {
    const ready = await fetch(`${origin}/readyz`).catch(() => undefined)
    if (ready?.ok) break
    if (i > 200 || child.exitCode !== null) throw new Error(`Hearth does not start:\n${log}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    origin,
    async stop() {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Opens Chromium. Whatever a page reports against itself is kept in faults: errors, refusals of the policy, and requests
 * to elsewhere, none of which leaves the machine.
 */
export async function openBrowser(origin) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
  const context = await browser.newContext({ viewport: { width: 1440, height: 860 }, colorScheme: 'dark', timezoneId: 'Europe/Berlin' })
  const faults = []
  await context.route((url) => url.origin !== origin, (route) => {
    faults.push(`request to ${route.request().url()}`)
    return route.abort()
  })
  const page = await context.newPage()
  page.on('pageerror', (error) => faults.push(String(error)))
  // The browser reports refused requests by itself: a condition that is none, which a test asks for, and a conversation of
  // records that are not in the tables yet, which is asked for again.
  page.on('console', (message) => {
    if (message.type() !== 'error' || /status of 400/.test(message.text())) return
    if (/status of 404/.test(message.text()) && message.location().url.includes('/conversation')) return
    faults.push(message.text())
  })
  page.setDefaultTimeout(15_000)
  return { browser, page, faults }
}

const attribute = ([key, value]) => ({ key, value: typeof value === 'number' ? { intValue: value } : { stringValue: String(value) } })

/** Sends spans; start and end are milliseconds before now. */
export async function send(origin, service, spans) {
  const present = BigInt(Date.now()) * 1_000_000n
  const nano = (ago) => String(present - BigInt(Math.round(ago * 1_000_000)))
  const response = await fetch(`${origin}/v1/traces`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      resourceSpans: [{
        resource: { attributes: [attribute(['service.name', service])] },
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
