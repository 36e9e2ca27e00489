// Logfire's SDK for browsers, unchanged, in Chromium: a page of another origin that sends OTLP/JSON straight to Hearth.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { rolldown } from 'rolldown'
import { start } from './hearth.js'

const password = 'correct horse battery'

async function bundle() {
  const build = await rolldown({ input: fileURLToPath(new URL('logfire-page.js', import.meta.url)), platform: 'browser' })
  const { output } = await build.generate({ format: 'esm' })
  await build.close()
  return new Map(output.map((chunk) => [`/${chunk.fileName}`, chunk.code]))
}

/** Serves the page and its scripts on a port of its own. */
async function servePage() {
  const scripts = await bundle()
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://page')
    const answer = (type, text) => response.writeHead(200, { 'Content-Type': type }).end(text)
    if (pathname === '/') answer('text/html', '<!doctype html><title>Tea</title><h1>Tea</h1><script type="module" src="/logfire-page.js"></script>')
    else if (scripts.has(pathname)) answer('text/javascript', scripts.get(pathname))
    else response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((resolve) => server.close(resolve)) }
}

describe("Logfire's SDK for browsers", { timeout: 180_000 }, () => {
  let page, hearth, browser
  before(async () => {
    page = await servePage()
    hearth = await start('--password', password, '--cors-origins', page.origin)
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
  })
  after(async () => {
    await browser?.close()
    await hearth?.stop()
    await page?.close()
  })

  /**
   * Opens the page under an origin, and does with it what the test wants. Returns what became of the first request for each
   * path of Hearth, and what the test returned.
   */
  async function visit(origin, token, use) {
    const context = await browser.newContext()
    context.setDefaultTimeout(60_000)
    const [answers, elsewhere] = [new Map(), []]
    context.on('request', (request) => {
      const { origin: asked, pathname } = new URL(request.url())
      if (asked === hearth.url) answers.set(pathname, answers.get(pathname) ?? request.response().then((response) => response?.status() ?? request.failure().errorText))
      else if (asked !== origin) elsewhere.push(request.url())
    })
    const tab = await context.newPage()
    await tab.addInitScript((hearth) => (window.hearth = hearth), { server: hearth.url, token })
    await tab.goto(origin)
    await tab.waitForFunction('window.order')
    const used = await use(tab)
    const [traces, metrics] = [await answers.get('/v1/traces'), await answers.get('/v1/metrics')]
    await context.close()
    assert.deepEqual(elsewhere, [])
    return { used, traces, metrics }
  }

  test('a page of another origin sends nothing', async () => {
    const [write, read] = [await hearth.newToken('default', 'write', password), await hearth.newToken('default', 'read', password)]
    const refused = await visit(page.origin.replace('127.0.0.1', 'localhost'), write, async (tab) => {
      const failed = ['traces', 'metrics'].map((signal) => tab.waitForEvent('requestfailed', (request) => request.url() === `${hearth.url}/v1/${signal}`))
      await tab.evaluate('void window.order()') // the SDK goes on trying for a while
      await Promise.all(failed)
    })
    assert.deepEqual([refused.traces, refused.metrics], ['net::ERR_FAILED', 'net::ERR_FAILED'])
    assert.deepEqual(await hearth.rows("select message from records where service_name = 'js-page'", 0, read), [])
  })

  test('a page of a listed origin sends spans, exceptions and metrics', async () => {
    const [write, read] = [await hearth.newToken('default', 'write', password), await hearth.newToken('default', 'read', password)]
    const { used: traceId, traces, metrics: measures } = await visit(page.origin, write, (tab) => tab.evaluate('window.order()'))
    assert.deepEqual([traces, measures], [200, 200])

    const rows = await hearth.rows(
      `select kind, span_name, message, level_name(level) as level, tags, trace_id, span_id, parent_span_id, is_exception, exception_type,
         exception_message, exception_stacktrace, attributes, service_name, service_version, deployment_environment as environment,
         telemetry_sdk_name as sdk, telemetry_sdk_language as language
       from records where kind <> 'span_event' and span_name in ('order {tea}', 'only {left} left', 'spilled', 'documentLoad', 'web_vital.fcp', 'web_vital.ttfb')`,
      6,
      read,
    )
    const one = (name) => {
      const found = rows.filter((row) => row.span_name === name)
      assert.equal(found.length, 1, `${name}: ${JSON.stringify(rows.map((row) => row.span_name))}`)
      return found[0]
    }
    const session = one('order {tea}').attributes['session.id']
    assert.match(session, /^[0-9a-f-]{36}$/)
    for (const row of rows) {
      assert.deepEqual(
        [row.service_name, row.service_version, row.environment, row.sdk, row.language],
        ['js-page', '1.2.3', 'staging', 'logfire-browser', 'webjs'],
      )
      assert.deepEqual([row.attributes['session.id'], row.attributes['logfire.page.url.path']], [session, '/'])
    }

    const ordered = one('order {tea}')
    assert.deepEqual(
      [ordered.kind, ordered.message, ordered.level, ordered.tags, ordered.trace_id, ordered.parent_span_id],
      ['span', 'order sencha', 'info', ['evening'], traceId, null],
    )
    assert.deepEqual([ordered.attributes.tea, ordered.attributes.order], ['sencha', { cups: 2 }])
    const left = one('only {left} left')
    assert.deepEqual([left.kind, left.message, left.level, left.parent_span_id], ['log', 'only 1 left', 'warn', ordered.span_id])
    const spilled = one('spilled')
    assert.deepEqual(
      [spilled.level, spilled.is_exception, spilled.exception_type, spilled.exception_message, spilled.parent_span_id],
      ['error', true, 'RangeError', 'cup is full', ordered.span_id],
    )
    assert.match(spilled.exception_stacktrace, /\/logfire-page\.js:\d+:\d+/)

    const load = one('documentLoad')
    assert.deepEqual([load.kind, load.attributes['url.full']], ['span', `${page.origin}/`])
    for (const vital of ['FCP', 'TTFB']) {
      const row = one(`web_vital.${vital.toLowerCase()}`)
      assert.deepEqual([row.kind, row.attributes['web_vital.name'], typeof row.attributes['web_vital.value']], ['log', vital, 'number'])
    }
    const metrics = await hearth.rows(
      `select metric_name, metric_type, max(histogram_count) as count, attributes->>'web_vital.name' as vital
       from metrics where metric_name in ('logfire.browser.web_vital.fcp', 'logfire.browser.web_vital.ttfb') group by all order by 1`,
      2,
      read,
    )
    assert.deepEqual(metrics, [
      { metric_name: 'logfire.browser.web_vital.fcp', metric_type: 'histogram', count: 1, vital: 'FCP' },
      { metric_name: 'logfire.browser.web_vital.ttfb', metric_type: 'histogram', count: 1, vital: 'TTFB' },
    ])
  })
})
