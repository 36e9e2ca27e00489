// What the address of a dashboard holds.

import { durationMs, resolutions } from './resolution'

export interface BoardSearch {
  last?: string | undefined
  since?: string | undefined
  until?: string | undefined
  env?: string | undefined
  tz?: string | undefined
  /** The panel that fills the page. */
  panel?: string | undefined
  /** How often it asks again, where it is not as the dashboard says. */
  refresh?: string | undefined
  /** The length of buckets that is pinned. */
  res?: string | undefined
  /** Without the app's frame: for a screen on a wall. */
  kiosk?: string | undefined
  /** A panel to add, as JSON: how Explore and Metrics hand one over. */
  add?: string | undefined
}

const prefix = 'var.'

/** What the address says of variables, which have names that no type knows: var.env=prod. */
export function variablesIn(search: BoardSearch): [name: string, text: string][] {
  return Object.entries(search).flatMap(([key, text]) => (key.startsWith(prefix) && typeof text === 'string' ? [[key.slice(prefix.length), text]] : []))
}

/** A change of the address that chooses a value of a variable. */
export function choosing(name: string, text: string | undefined): BoardSearch {
  return { [prefix + name]: text } as BoardSearch
}

/** Reads the parameters that are known; what cannot be meant is left out. */
export function boardSearch(raw: Record<string, unknown>): BoardSearch {
  const search: BoardSearch = {}
  for (const key of ['last', 'since', 'until', 'env', 'tz', 'panel', 'kiosk', 'add'] as const) if (typeof raw[key] === 'string') search[key] = raw[key]
  const { refresh, res } = raw
  if (typeof refresh === 'string' && (refresh === '0s' || durationMs(refresh) >= 1000)) search.refresh = refresh
  if (typeof res === 'string' && resolutions.includes(res)) search.res = res
  return { ...search, ...Object.fromEntries(Object.entries(raw).filter(([key, value]) => key.startsWith(prefix) && typeof value === 'string')) }
}
