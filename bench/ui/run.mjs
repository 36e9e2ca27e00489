// Measures the web app in Chromium against the built binary and writes the figures beside the budgets of the spec.
//
//     node bench/ui/run.mjs                     everything: about four minutes
//     node bench/ui/run.mjs --records 100000    with fewer records, for a first look
//     node bench/ui/run.mjs --only trace        one part: start, input, trace, live, chart
//     node bench/ui/run.mjs --profile           also writes CPU profiles for Chromium's developer tools
//
// Nothing is asserted: the budgets stand beside the figures, and who reads decides.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { launch, root, startHearth } from '../../ui/e2e/program.mjs'
import { chart, input, live, start, trace } from './parts.mjs'
import { Report } from './report.mjs'

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    only: { type: 'string' },
    profile: { type: 'boolean', default: false },
    output: { type: 'string', default: join(root, 'bench', 'results', `${new Date().toISOString().slice(0, 10)}-ui.txt`) },
  },
})
const records = Number(flags.records)
const parts = Object.entries({ start, input, trace, live, chart }).filter(([name]) => !flags.only || flags.only === name)

const folder = mkdtempSync(join(tmpdir(), 'hearth-bench-ui-'))
const otlpload = join(folder, 'otlpload')
execFileSync('go', ['build', '-o', otlpload, './otlpload'], { cwd: join(root, 'bench'), stdio: 'inherit' })

/** Sends spans of the web profile; returns what ends it early. */
function load(hearth, ...args) {
  const child = spawn(otlpload, ['send', '--addr', hearth.origin, '--profile', 'web', ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = new Promise((resolve, reject) => child.once('exit', (code, signal) => (code === 0 || signal ? resolve() : reject(new Error(`otlpload ended with ${code}`)))))
  return { ended, stop: () => child.kill('SIGTERM') && ended }
}

const hearth = await startHearth()
const browser = await launch()
try {
  const report = new Report(flags.output, browser.version())
  console.error(`sending ${records} records`)
  await load(hearth, '--spans', String(records), '--spread', '50m').ended
  report.line(`${records} records of the web profile over the last 50 minutes\n`)
  for (const [, measure] of parts) await measure({ hearth, browser, report, load: (...args) => load(hearth, ...args), profileFolder: flags.profile ? join(root, 'artifacts') : undefined })
  report.save()
} finally {
  await browser.close()
  await hearth.stop()
  rmSync(folder, { recursive: true })
}
