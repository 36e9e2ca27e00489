// Records that someone marked to find them again. They stay in this browser; the search for them is a link like any other.

import { useCallback, useMemo } from 'react'
import { literal } from '../api/client'
import { Setting } from '../lib/store'

/** Of more, the oldest are forgotten: a search box is not a store. */
export const mostMarks = 100

const kept = new Setting<string>('hearth.marks', '')

/** Keys of records by what they are of, the oldest first; what cannot be read is as if nothing was marked. */
export function parseMarks(text: string): Record<string, string[]> {
  try {
    const raw = JSON.parse(text) as Record<string, unknown>
    return Object.fromEntries(Object.entries(raw).flatMap(([place, keys]) => (Array.isArray(keys) ? [[place, keys.filter((key) => typeof key === 'string')]] : [])))
  } catch {
    return {}
  }
}

/** Marks a record, or takes its mark away. */
export function toggledMark(text: string, place: string, key: string): string {
  const all = parseMarks(text)
  const own = all[place] ?? []
  const next = own.includes(key) ? own.filter((one) => one !== key) : [...own, key].slice(-mostMarks)
  return JSON.stringify({ ...all, [place]: next })
}

/** The condition that the marked records fulfil. */
export function markedSQL(keys: Iterable<string>): string {
  return `span_id IN (${[...keys].map((key) => literal(key.split('/')[1] ?? '')).join(', ')})`
}

export interface Marks {
  keys: ReadonlySet<string>
  toggle: (key: string) => void
}

/** The marks of a project. */
export function useMarks(org: string, project: string): Marks {
  const text = kept.use()
  const place = `${org}/${project}`
  const keys = useMemo(() => new Set(parseMarks(text)[place]), [text, place])
  const toggle = useCallback((key: string) => kept.set(toggledMark(kept.get(), place, key)), [place])
  return useMemo(() => ({ keys, toggle }), [keys, toggle])
}
