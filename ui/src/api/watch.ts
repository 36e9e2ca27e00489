// Asks a server that has gone until it answers again, and now and then which version answers.

import { ApiError, version } from './client'
import { answers, current, retryAt, subscribe } from './reach'

const firstWaitMs = 1000
const longestWaitMs = 10_000
/** How often a page that nobody reloads looks for a new version. */
const versionMs = 10 * 60_000

let hurry: (() => void) | undefined

/** Does not wait for the next attempt. */
export function answersNow(): void {
  hurry?.()
}

/** Watches the server for as long as the page is open. returned is called when a server that had gone answers again. */
export function watchServer(returned: () => void): void {
  let asking = false
  subscribe(() => {
    if (!current().gone || asking) return
    asking = true
    void untilItAnswers().then(() => {
      asking = false
      returned()
    })
  })
  setInterval(() => {
    if (!document.hidden && !current().gone) void askVersion()
  }, versionMs)
}

async function untilItAnswers(): Promise<void> {
  for (let wait = firstWaitMs; current().gone; wait = Math.min(longestWaitMs, wait * 2)) {
    retryAt(Date.now() + wait)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait)
      hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    if (!current().gone) return
    retryAt(undefined)
    await askVersion()
  }
}

/** Asks which version answers. Where none does, the client has noted it, and the next attempt tells. */
export async function askVersion(): Promise<void> {
  try {
    answers(await version())
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
  }
}
