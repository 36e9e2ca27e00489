// What holds for the app as a whole: the history, keys alone, links from other days.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { id, openBrowser, send, startHearth } from './hearth.mjs'

let hearth, page

before(async () => {
  hearth = await startHearth()
  await send(hearth.origin, 'shop', [
    { trace: id(1, 32), span: id(10, 16), name: 'POST /pay', start: 900, end: 100 },
    { trace: id(1, 32), span: id(11, 16), parent: id(10, 16), name: 'charge card', start: 800, end: 200, failed: true },
    { trace: id(2, 32), span: id(20, 16), name: 'GET /teas', start: 500, end: 400 },
    { trace: id(3, 32), span: id(30, 16), name: 'brewed the other day', start: 2 * 86_400_000, end: 2 * 86_400_000 - 5 },
  ])
  ;({ page } = await openBrowser(hearth.origin))
})

const grid = () => page.getByRole('treegrid', { name: 'Records' })
const row = (text) => grid().getByRole('row', { name: text })
const panel = () => page.getByRole('complementary', { name: 'Details' })
const heading = (text) => panel().getByRole('heading', { name: text })
const live = () => page.goto(`${hearth.origin}/local/default`)

test('back and forward go through filters and selections', async () => {
  await live()
  await row('POST /pay').click()
  await heading('POST /pay').waitFor()
  await row('GET /teas').click()
  await heading('GET /teas').waitFor()
  await page.keyboard.press('Escape')
  await panel().waitFor({ state: 'detached' })
  await page.goto(`${hearth.origin}/local/default?q=teas`)
  await row('POST /pay').waitFor({ state: 'detached' })
  await page.goBack()
  await row('POST /pay').waitFor()
  await page.goBack()
  await heading('GET /teas').waitFor()
  await page.goBack()
  await heading('POST /pay').waitFor()
  await page.goForward()
  await heading('GET /teas').waitFor()
})

test('keys alone lead from the search to a record, through its tabs and back', async () => {
  await live()
  await row('POST /pay').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type("message <> 'GET /teas'")
  await page.keyboard.press('Enter')
  await row('GET /teas').waitFor({ state: 'detached' })
  await row('POST /pay').waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('ArrowRight')
  await row('charge card').waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await heading('charge card').waitFor()
  await panel().getByRole('tab', { name: 'Raw' }).focus()
  await page.keyboard.press('Enter')
  await panel().getByRole('tab', { name: 'Raw', selected: true }).waitFor()
  await page.keyboard.press('Escape')
  await panel().waitFor({ state: 'detached' })
  await page.keyboard.press('k')
  await page.keyboard.press('Enter')
  await heading('POST /pay').waitFor()
})

test('the tab key reaches everything in view and shows where it is', async () => {
  await live()
  await row('POST /pay').waitFor()
  const seen = new Set()
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate(() => {
      let el = document.activeElement
      while (el?.shadowRoot?.activeElement) el = el.shadowRoot.activeElement // the search box
      if (!el || el === document.body) return
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(el)
      const ring = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 || boxShadow !== 'none' || el.matches('textarea, input, .cm-content')
      return { name: el.getAttribute('aria-label') || el.title || el.textContent, ring }
    })
    if (!at || seen.has(at.name)) break
    assert.ok(at.ring, `${at.name} shows that it has the focus`)
    seen.add(at.name)
  }
  const names = [...seen].join('\n')
  for (const name of ['Search', 'Time range', 'Pause', 'Keys', 'Theme']) assert.match(names, new RegExp(name))
})

test('a link to a record of another day opens it, whatever the range', async () => {
  await page.goto(`${hearth.origin}/local/default?last=5m&traceId=${id(3, 32)}&spanId=${id(30, 16)}`)
  await heading('brewed the other day').waitFor()
})

test('a narrow page scrolls down alone', async () => {
  await page.setViewportSize({ width: 320, height: 640 })
  for (const query of ['', `?traceId=${id(1, 32)}&spanId=${id(10, 16)}`]) {
    await page.goto(`${hearth.origin}/local/default${query}`)
    await (query ? heading('POST /pay') : row('POST /pay')).waitFor()
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
  }
})
