// The tabs of the Explore page: texts that this browser keeps, for each project.

import { Setting } from '../lib/store'

export interface Tab {
  id: string
  name: string
  sql: string
  /** The statement that ran last. */
  ran?: string
  /** Values of the parameters, by name. */
  values: Record<string, string>
}

export interface Tabs {
  list: Tab[]
  active: string
}

function fresh(list: Tab[]): Tab {
  const used = new Set(list.map((tab) => tab.id))
  let n = 1
  while (used.has(String(n))) n++
  return { id: String(n), name: `Query ${n}`, sql: '', values: {} }
}

/** Reads what was kept; there is always a tab. */
export function readTabs(text: string): Tabs {
  let list: Tab[] = []
  let active = ''
  try {
    const kept = JSON.parse(text) as Partial<Tabs> | null
    list = (kept?.list ?? []).filter((tab) => typeof tab.id === 'string' && typeof tab.sql === 'string' && typeof tab.name === 'string')
      .map((tab) => ({ ...tab, values: tab.values ?? {} }))
    active = kept?.active ?? ''
  } catch {
    // somebody else's
  }
  if (list.length === 0) list = [fresh([])]
  return { list, active: list.some((tab) => tab.id === active) ? active : list[0]!.id }
}

/** Adds a tab with a text and makes it the active one. */
export function opened(tabs: Tabs, sql = ''): Tabs {
  const tab = { ...fresh(tabs.list), sql }
  return { list: [...tabs.list, tab], active: tab.id }
}

/** Takes a tab away; its neighbour becomes active. The last one is replaced by an empty one. */
export function closed(tabs: Tabs, id: string): Tabs {
  const at = tabs.list.findIndex((tab) => tab.id === id)
  const list = tabs.list.filter((tab) => tab.id !== id)
  if (list.length === 0) return opened({ list, active: '' })
  return { list, active: tabs.active === id ? list[Math.min(at, list.length - 1)]!.id : tabs.active }
}

export function changed(tabs: Tabs, id: string, changes: Partial<Omit<Tab, 'id'>>): Tabs {
  return { ...tabs, list: tabs.list.map((tab) => (tab.id === id ? { ...tab, ...changes } : tab)) }
}

/** The tab so many places further, round and round. */
export function beside(tabs: Tabs, step: number): Tabs {
  const at = tabs.list.findIndex((tab) => tab.id === tabs.active)
  return { ...tabs, active: tabs.list.at((at + step) % tabs.list.length)!.id }
}

/** Shows a statement that an address asks for: in the tab that has it, in the active one if that is empty, or in a new one. */
export function shown(tabs: Tabs, sql: string): Tabs {
  const active = tabs.list.find((tab) => tab.id === tabs.active)!
  if (active.sql === sql || active.ran === sql) return tabs
  const has = tabs.list.find((tab) => tab.sql === sql || tab.ran === sql)
  if (has) return { ...tabs, active: has.id }
  return active.sql.trim() === '' ? changed(tabs, active.id, { sql }) : opened(tabs, sql)
}

/** The tabs of a project in the browser's storage. */
export class KeptTabs {
  private readonly setting: Setting<string>
  private text = ''
  private tabs: Tabs = readTabs('')

  constructor(place: string) {
    this.setting = new Setting(`hearth.explore.${place}`, '')
  }

  get = (): Tabs => {
    const text = this.setting.get()
    if (text !== this.text) {
      this.text = text
      this.tabs = readTabs(text)
    }
    return this.tabs
  }

  set(tabs: Tabs): void {
    this.tabs = tabs // kept for this page where there is no storage
    this.setting.set(JSON.stringify(tabs))
  }

  use(): Tabs {
    this.setting.use()
    return this.get()
  }
}
