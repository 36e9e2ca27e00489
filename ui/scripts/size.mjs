// The size of the built app against its budgets: `npm run size`, after a build. In KB (1000 bytes) of gzip, as a browser
// fetches them; the sum of everything in Brotli, as the binary holds it.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const dist = join(import.meta.dirname, '..', 'dist')
const assets = join(dist, 'assets')

// What the first page needs before it shows rows, and all styles: most of them come with the page that they are of.
const entryBudget = 260
const stylesBudget = 40
// What is fetched when it is first needed: by the name of the chunk. Any other chunk is a page or a part of one.
const chunkBudgets = [
  { name: /^Editor/, kb: 130, what: 'SQL editor' },
  { name: /^Markdown/, kb: 35, what: 'Markdown' },
  { name: /^Highlighted/, kb: 25, what: 'colours of code' },
  { name: /^(pretty|sqlFormatter)/, kb: 25, what: 'SQL formatter' },
  { name: /^(ChartView|TimeSeries)/, kb: 40, what: 'charts' },
]
const pageBudget = 40
const pagesBudget = 160
const everythingBudget = 620

const names = readdirSync(assets).filter((name) => /\.(js|css)\.gz$/.test(name)).map((name) => name.slice(0, -3))
const kb = (name, encoding) => statSync(join(assets, `${name}.${encoding}`)).size / 1000
const sum = (list, encoding = 'gz') => list.reduce((total, name) => total + kb(name, encoding), 0)

const page = readFileSync(join(dist, 'index.html'), 'utf8')
const entry = names.filter((name) => name.endsWith('.js') && page.includes(name))
const lazy = names.filter((name) => name.endsWith('.js') && !entry.includes(name))
const known = (name) => chunkBudgets.find((budget) => budget.name.test(name))
const pages = lazy.filter((name) => !known(name))

let failed = false
function line(what, size, budget) {
  const over = size > budget
  failed ||= over
  console.log(`${what.padEnd(36)} ${size.toFixed(1).padStart(7)} KB of ${String(budget).padStart(4)}${over ? '  OVER THE BUDGET' : ''}`)
}

line('entry', sum(entry), entryBudget)
line('styles', sum(names.filter((name) => name.endsWith('.css'))), stylesBudget)
for (const name of lazy) line(`  ${known(name)?.what ?? name}`, kb(name, 'gz'), known(name)?.kb ?? pageBudget)
line('pages and their parts', sum(pages), pagesBudget)
line('everything, Brotli', sum(names, 'br'), everythingBudget)
if (entry.length === 0) throw new Error('index.html names no script of dist/assets')
process.exitCode = failed ? 1 : 0
