// What this browser keeps of a list: what was run, what was searched for.

import { Setting } from '../lib/store'

/** A list in the browser's storage, newest first, without repeats; the oldest entries fall out. */
export class Recent<T extends { text: string }> {
  private readonly setting: Setting<string>
  private read = ''
  private entries: readonly T[] = []

  constructor(key: string, private readonly most: number) {
    this.setting = new Setting(key, '[]')
  }

  /** The same array as long as nothing changes. */
  list = (): readonly T[] => {
    const text = this.setting.get()
    if (text !== this.read) {
      this.read = text
      this.entries = listOf(text) as T[]
    }
    return this.entries
  }

  add(entry: T): void {
    this.set([entry, ...this.list().filter((old) => old.text !== entry.text)].slice(0, this.most))
  }

  clear(): void {
    this.set([])
  }

  use(): readonly T[] {
    this.setting.use()
    return this.list()
  }

  private set(entries: readonly T[]): void {
    this.setting.set(JSON.stringify(entries))
  }
}

function listOf(text: string): unknown[] {
  try {
    const read: unknown = JSON.parse(text)
    return Array.isArray(read) ? read.filter((entry) => typeof (entry as { text?: unknown } | null)?.text === 'string') : []
  } catch {
    return [] // somebody else's
  }
}
