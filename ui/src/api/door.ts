// Whether the server lets this page in. The client reports refusals; who has logged in reports that. The shell shows where to log
// in, over a page that stays as it is.

import { useSyncExternalStore } from 'react'

let outside = false
let count = 0
const watchers = new Set<() => void>()
const entering = new Set<() => void>()
const doubting = new Set<() => void>()

/** The requests that ask who is there: their refusals raise no doubt, because they are what a doubt asks again. */
const askingWho = ['/v1/read-token-info', '/api/v1/me/']
/** The requests that are refused as if nothing were there, when somebody is taken out of an organisation. */
const ofProject = ['/v2/query', '/v1/live']

function set(value: boolean): void {
  if (outside === value) return
  outside = value
  for (const watcher of watchers) watcher()
}

/** How often somebody has come in. A refusal of a request that was sent before the last time says nothing. */
export function entrances(): number {
  return count
}

/** Notes that a request to a path was refused; entrance is what entrances() was when it was sent. */
export function refused(status: number, path: string, entrance: number): void {
  if (entrance !== count) return
  if (status === 401) set(true)
  else if ((status === 403 && !askingWho.includes(path)) || (status === 404 && ofProject.includes(path))) for (const listener of doubting) listener()
}

/** Notes that somebody came in. */
export function entered(): void {
  count++
  set(false)
  for (const listener of entering) listener()
}

/** Calls the listener whenever somebody has come in again. */
export function onEntered(listener: () => void): () => void {
  entering.add(listener)
  return () => entering.delete(listener)
}

/** Calls the listener when a refusal tells that who is there may less than the page knows. */
export function onDoubt(listener: () => void): () => void {
  doubting.add(listener)
  return () => doubting.delete(listener)
}

/** Whether the server has refused this page, and nobody has logged in since. */
export function useOutside(): boolean {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher)
    return () => watchers.delete(watcher)
  }, () => outside)
}
