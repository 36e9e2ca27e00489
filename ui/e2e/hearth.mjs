// What every browser test stands on. What a file of tests has opened is closed after the last of them. A test during which
// a page reports a fault fails; one that provokes faults takes them out of the list. What there was to see of a test that
// fails is kept in artifacts/.

import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach } from 'node:test'
import { open, root } from './program.mjs'

export { id, openBrowser, send, startHearth, startProvider, startTown, startTownWith } from './program.mjs'

/** Where tests leave what people look at; not part of the project. */
export const artifacts = join(root, 'artifacts')

after(async () => {
  await Promise.all([...open.browsers].map(({ browser }) => browser.close()))
  await Promise.all([...open.servers].map((server) => server.stop()))
})

afterEach(async (t) => {
  const faults = [...open.browsers].flatMap((browser) => browser.faults.splice(0))
  if (!t.passed || faults.length > 0) await keep(t.name)
  assert.deepEqual(faults, [], 'the page has no faults')
})

/** Leaves what there is to see of a failure in artifacts/: each page as a picture, its console, the servers' logs. */
async function keep(name) {
  const file = process.argv[1].split('/').at(-1).replace(/\..*/, '')
  const folder = join(artifacts, 'failures', `${file}-${name.replaceAll(/[^a-zA-Z0-9]+/g, '-').slice(0, 80)}`)
  await mkdir(folder, { recursive: true })
  let n = 0
  for (const browser of open.browsers) {
    for (const page of browser.context.pages()) await page.screenshot({ path: join(folder, `page-${++n}.png`) }).catch((error) => browser.console.push(String(error)))
    const addresses = browser.context.pages().map((page) => page.url())
    await writeFile(join(folder, `console-${n}.txt`), [...addresses, ...browser.console].join('\n'))
  }
  for (const server of open.servers) await writeFile(join(folder, `hearth-${++n}.log`), server.log)
}
