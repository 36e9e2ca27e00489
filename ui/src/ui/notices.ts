// Short notices, and the box of a text that the clipboard would not take. Components say what happened; Notices.tsx draws it.

import { useSyncExternalStore } from 'react'

export interface Notice {
  id: number
  text: string
  bad: boolean
}

export interface Shown {
  notices: readonly Notice[]
  /** A text that is to be copied by hand. */
  byHand: string | undefined
}

let shown: Shown = { notices: [], byHand: undefined }
let lastId = 0
const listeners = new Set<() => void>()

function set(changes: Partial<Shown>): void {
  shown = { ...shown, ...changes }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Says something for five seconds. An error is said where it happened; a notice may only repeat it. */
export function notify(text: string, bad = false): void {
  const notice = { id: ++lastId, text, bad }
  set({ notices: [...shown.notices.filter((other) => other.text !== text), notice].slice(-4) })
}

export function dismiss(id: number): void {
  set({ notices: shown.notices.filter((notice) => notice.id !== id) })
}

/** Shows a text in a box in which it is selected. */
export function showByHand(text: string | undefined): void {
  set({ byHand: text })
}

export function useShown(): Shown {
  return useSyncExternalStore(subscribe, () => shown)
}
