// What is measured: one function for each budget of the web app.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { median, memory } from './report.mjs'

const records = (page) => page.getByRole('treegrid', { name: 'Records' })

async function newPage({ browser }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  return page
}

/** Runs in the page before its own scripts: the moment at which the first row of a list was painted. */
function watchFirstRow() {
  const observer = new MutationObserver(() => {
    if (!document.querySelector('[role=treegrid] [role=row][aria-level], [role=grid] [role=row][aria-level]')) return
    observer.disconnect()
    requestAnimationFrame(() => setTimeout(() => (globalThis.firstRow = performance.now())))
  })
  observer.observe(document, { childList: true, subtree: true })
}

/** The time from the start of the navigation to the first painted row. */
async function timeToRow(page, address) {
  await page.addInitScript(watchFirstRow)
  await page.goto(address)
  await page.waitForFunction(() => globalThis.firstRow)
  return page.evaluate(() => globalThis.firstRow)
}

/** Runs something under Chromium's profiler, where profiles are wanted. */
async function profiled(page, folder, name, run) {
  if (!folder) return run()
  const session = await page.context().newCDPSession(page)
  await session.send('Profiler.enable')
  await session.send('Profiler.start')
  const result = await run()
  const { profile } = await session.send('Profiler.stop')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.cpuprofile`), JSON.stringify(profile))
  await session.detach()
  return result
}

export async function start({ hearth, browser, report, profileFolder }) {
  const times = []
  for (let i = 0; i < 5; i++) {
    const page = await newPage({ browser })
    times.push(await profiled(page, i === 4 ? profileFolder : undefined, 'start', () => timeToRow(page, `${hearth.origin}/local/default`)))
    await page.context().close()
  }
  report.line('first row of the live view, nothing in the browser\'s cache')
  report.row('first time', times[0], 'ms', 'less than 1000')
  report.row('median of five', median(times), 'ms', 'less than 1000')
}

/** How long the page took to paint after each key that is pressed meanwhile, in steps of 8 ms, as Chromium measures it. */
async function paints(page, run) {
  await page.evaluate(() => {
    globalThis.paints = []
    globalThis.paintObserver = new PerformanceObserver((list) => globalThis.paints.push(...list.getEntries().filter((e) => e.name === 'keydown' || e.name === 'pointerup' || e.name === 'click').map((e) => e.duration)))
    globalThis.paintObserver.observe({ type: 'event', durationThreshold: 16 })
  })
  const count = await run()
  await page.waitForTimeout(300)
  const slow = await page.evaluate(() => {
    globalThis.paints.push(...globalThis.paintObserver.takeRecords().map((e) => e.duration))
    globalThis.paintObserver.disconnect()
    return globalThis.paints
  })
  return [...slow, ...Array(Math.max(0, count - slow.length)).fill(8)] // Chromium leaves out what took less than 16 ms
}

async function press(page, keys) {
  for (const key of keys) {
    await page.keyboard.press(key)
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 30))))
  }
  return keys.length
}

export async function input({ hearth, browser, report, profileFolder }) {
  const page = await newPage({ browser })
  await page.goto(`${hearth.origin}/local/default`)
  await records(page).getByRole('row').nth(5).waitFor()
  report.line('\ninput to paint')
  const row = (what, times) => {
    report.row(`${what}: median of ${times.length}`, median(times), 'ms')
    report.row(`${what}: longest`, Math.max(...times), 'ms', 'less than 100')
  }
  await profiled(page, profileFolder, 'input', async () => {
    row('walking through the list', await paints(page, () => press(page, Array(40).fill('k'))))
    row('opening and closing a trace in the list', await paints(page, () => press(page, Array(10).fill(['ArrowRight', 'ArrowLeft']).flat())))
    row('opening and closing the details', await paints(page, () => press(page, Array(10).fill(['Enter', 'Escape']).flat())))
    row('typing into the search box', await paints(page, async () => {
      await page.keyboard.press('/')
      return press(page, [..."level >= 'error' AND service_name"])
    }))
  })
  await page.context().close()
}

/** Sends one trace: a root, and below it half of the spans with one child each. */
async function sendTrace(hearth, trace, spans) {
  const end = BigInt(Date.now()) * 1_000_000n
  const begin = end - 60_000_000_000n
  const id = (n) => n.toString(16).padStart(16, '0')
  const at = (i) => begin + BigInt(i) * (50_000_000_000n / BigInt(spans))
  for (let from = 0; from < spans; from += 2500) {
    const batch = Array.from({ length: Math.min(2500, spans - from) }, (_, k) => {
      const i = from + k
      const parent = i === 0 ? undefined : i % 2 ? id(1) : id(i)
      const until = i === 0 ? end : at(i) + BigInt((i % 97) + 3) * 1_000_000n
      return { traceId: trace, spanId: id(i + 1), parentSpanId: parent, name: `step ${i}`, kind: 1, startTimeUnixNano: String(at(i)), endTimeUnixNano: String(until), attributes: [{ key: 'step', value: { intValue: i } }] }
    })
    const body = { resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: `worker-${from % 3}` } }] }, scopeSpans: [{ scope: { name: 'bench' }, spans: batch }] }] }
    const response = await fetch(`${hearth.origin}/v1/traces`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(await response.text())
  }
}

async function waitForSpans(hearth, trace, spans) {
  for (;;) {
    const body = JSON.stringify({ sql: `SELECT count(*) AS n FROM records WHERE trace_id = '${trace}'`, min_timestamp: '2020-01-01T00:00:00Z' })
    const response = await fetch(`${hearth.origin}/v2/query`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
    if ((await response.json()).data[0].n === spans) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** Scrolls a list by a few rows with each frame; returns frames a second and the main thread's time for a step. */
async function scroll(page, list) {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const busy = async () => (await session.send('Performance.getMetrics')).metrics.find((metric) => metric.name === 'TaskDuration').value
  const before = await busy()
  const frames = await list.evaluate(async (el) => {
    const took = []
    let last = await new Promise(requestAnimationFrame)
    for (let i = 0; i < 240; i++) {
      el.scrollTop += 90
      const at = await new Promise(requestAnimationFrame)
      took.push(at - last)
      last = at
    }
    return took
  })
  const after = await busy()
  await session.detach()
  const all = frames.reduce((sum, frame) => sum + frame, 0)
  return { fps: (1000 * frames.length) / all, worst: Math.max(...frames), step: (1000 * (after - before)) / frames.length }
}

export async function trace({ hearth, browser, report, profileFolder }) {
  for (const [trace, spans] of [['b'.repeat(32), 10_000], ['c'.repeat(32), 100_000]]) {
    await sendTrace(hearth, trace, spans)
    await waitForSpans(hearth, trace, spans)
    const page = await newPage({ browser })
    report.line(`\na trace of ${spans} spans on its page`)
    await profiled(page, profileFolder, `trace-${spans}`, async () => {
      report.row('from its address to the first row', await timeToRow(page, `${hearth.origin}/local/default/trace/${trace}`), 'ms', spans === 10_000 ? 'less than 1500' : '')
      const list = page.getByRole('treegrid', { name: 'Trace' })
      const rows = Number(await list.getAttribute('aria-rowcount'))
      const scrolled = await scroll(page, list)
      report.row(`scrolling ${rows} rows: frames a second`, scrolled.fps, '', 'at least 50')
      report.row('scrolling: longest frame', scrolled.worst, 'ms')
      report.row('scrolling: main thread for a step of 90 px', scrolled.step, 'ms', 'at most 4, of 50 000 rows')
    })
    await page.context().close()
  }
}

/** Processor time of the page's renderer since its start, in seconds, and its memory in MB. Others are spare, and idle. */
async function renderer(browser) {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const [own] = processInfo.filter((process) => process.type === 'renderer').toSorted((a, b) => b.cpuTime - a.cpuTime)
  return { cpu: own.cpuTime, memory: memory(own.id) }
}

/** What the page's scripts hold after a collection, in MB. */
async function heap(page) {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / 1e6
}

/** Milliseconds from the answer to a request with one record until the list shows it. */
async function timeToShow(page, hearth, n) {
  const name = `probe ${n}`
  const shown = records(page).getByRole('row', { name }).waitFor().then(() => performance.now())
  const at = BigInt(Date.now()) * 1_000_000n
  const id = (0xfa000 + n).toString(16)
  const span = { traceId: id.padStart(32, '0'), spanId: id.padStart(16, '0'), name, kind: 1, startTimeUnixNano: String(at - 1_000_000n), endTimeUnixNano: String(at) }
  const body = JSON.stringify({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'bench' }, spans: [span] }] }] })
  const response = await fetch(`${hearth.origin}/v1/traces`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
  if (!response.ok) throw new Error(await response.text())
  const acknowledged = performance.now()
  return Math.max(0, (await shown) - acknowledged)
}

export async function live({ hearth, browser, report, load, profileFolder }) {
  const seconds = 40
  const page = await newPage({ browser })
  await page.goto(`${hearth.origin}/local/default`)
  await page.locator('[data-connection=live]').waitFor()
  const shown = []
  for (let n = 0; n < 10; n++) shown.push(await timeToShow(page, hearth, n))
  report.line('\none record')
  report.row('from its acknowledgement to its row: median of ten', median(shown), 'ms')
  report.row('from its acknowledgement to its row: longest', Math.max(...shown), 'ms')
  const sending = load('--rate', '500', '--spans', String(500 * (seconds + 20)), '--batch', '50', '--conns', '2')
  await page.waitForTimeout(5000)
  await profiled(page, profileFolder, 'live', async () => {
    const before = await renderer(browser)
    await page.waitForTimeout(seconds * 1000)
    const after = await renderer(browser)
    report.line(`\nlive at 500 records a second, for ${seconds} seconds, at the end of the list`)
    report.row('the renderer\'s share of one core', (100 * (after.cpu - before.cpu)) / seconds, '%', 'less than 30')
    report.row('the renderer\'s memory (PSS)', after.memory, 'MB', 'less than 250')
    report.row('of which scripts hold, after a collection', await heap(page), 'MB')
  })
  await sending.stop()
  await page.context().close()
}

export async function chart({ hearth, browser, report, profileFolder }) {
  const columns = Array.from({ length: 10 }, (_, i) => `duration * ${i + 1} + ${i} AS y${i}`).join(', ')
  const sql = `SELECT start_timestamp, ${columns} FROM records WHERE kind = 'span' ORDER BY start_timestamp LIMIT 10000`
  const page = await newPage({ browser })
  await page.goto(`${hearth.origin}/local/default/explore?${new URLSearchParams({ sql, limit: '10000', last: '1h', view: 'table' })}`)
  await page.getByRole('tab', { name: 'Chart' }).waitFor()
  await profiled(page, profileFolder, 'chart', async () => {
    const [took] = await paints(page, async () => {
      await page.getByRole('tab', { name: 'Chart' }).click()
      await page.locator('canvas').first().waitFor()
      return 1
    })
    report.line('\na chart of ten series with 10 000 points each, in Explore')
    report.row('from the click to the painted chart', took, 'ms', 'less than 100 to draw')
  })
  await page.context().close()
}
