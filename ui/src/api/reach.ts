// Whether the server can be reached. The client reports it; the shell shows it and tries again.

import { useSyncExternalStore } from 'react'

/** What is known of the server. */
export interface Reach {
  gone: boolean
  /** When to try again, in milliseconds since 1970; undefined while an attempt is under way. */
  retryAt: number | undefined
  /** The version that answered first. */
  version: string | undefined
  /** Another version that answers now: this page is of an older one. */
  newVersion: string | undefined
}

let reach: Reach = { gone: false, retryAt: undefined, version: undefined, newVersion: undefined }
const listeners = new Set<() => void>()

function set(changes: Partial<Reach>): void {
  reach = { ...reach, ...changes }
  for (const listener of listeners) listener()
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function current(): Reach {
  return reach
}

/** Notes that a request was answered, or was not. */
export function reachable(yes: boolean): void {
  if (yes === reach.gone) set({ gone: !yes, retryAt: undefined })
}

/** Notes when the next attempt is due. */
export function retryAt(at: number | undefined): void {
  set({ retryAt: at })
}

/** Notes the version that answers. The first is the one of this page. */
export function answers(version: string): void {
  if (reach.version === undefined) set({ version })
  else set({ newVersion: version === reach.version ? undefined : version })
}

export function useReach(): Reach {
  return useSyncExternalStore(subscribe, current)
}
