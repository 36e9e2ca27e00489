// Figures as text, beside their budgets.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'

export class Report {
  #text = ''
  #file

  constructor(file, browser) {
    this.#file = file
    const commit = execFileSync('git', ['describe', '--tags', '--always', '--dirty'], { encoding: 'utf8' }).trim()
    this.line(`${new Date().toUTCString()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB of memory, Node ${process.version}, Chromium ${browser} without a window`)
    this.line(`processor: ${cpus()[0].model}\ncommit: ${commit}\nload average before: ${loadavg().map((x) => x.toFixed(2)).join(' ')}\n`)
  }

  line(text) {
    this.#text += `${text}\n`
    console.log(text)
  }

  /** One figure, with what it must be. */
  row(what, value, unit, budget = '') {
    this.line(`  ${what.padEnd(58)} ${value.toFixed(value < 100 ? 1 : 0).padStart(9)} ${unit.padEnd(4)} ${budget && `(budget: ${budget})`}`.trimEnd())
  }

  save() {
    writeFileSync(this.#file, this.#text)
  }
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

/** The memory that a process has for itself and its share of what it has with others, in MB. */
export function memory(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+)/m.exec(text)[1]) / 1000
}
