// A statement that runs: one at a time for each tab. What it answered stays while the next one runs.

import { ApiError, ask, type Answer, type Question } from '../api/client'
import { range } from '../lib/time'
import { limits } from './address'
import { fill, placeOf, type Filled } from '../sql/parameters'

/** What is asked, as the page knows it. */
export interface Asked {
  project: string
  /** All of the editor's text, and the part of it that runs. */
  text: string
  from: number
  to: number
  values: Readonly<Record<string, string>>
  /** last is "all" for no time range. */
  time: { last?: string | undefined; since?: string | undefined; until?: string | undefined }
  environment: string | undefined
  zone: string
  limit: number
}

export interface RunState {
  phase: 'idle' | 'running' | 'done' | 'failed' | 'cancelled'
  /** What runs or ran last, and the same as it was sent. */
  asked?: Asked
  question?: Question
  /** When it was sent and how long it took, in milliseconds. */
  startedAt: number
  took: number
  /** The last answer; while another statement runs, or after it failed, that of the one before. */
  answer?: Answer
  /** Whether there are more rows than the limit: maybe, when the server gives no more. */
  cut: 'no' | 'yes' | 'maybe'
  error?: ApiError
  /** Where in the editor's text the error is. */
  place?: number
}

/** Makes a question of what is asked. One row more than the limit tells whether it cuts. */
export function questionOf(asked: Asked, present: number): { question: Question; filled: Filled } {
  const filled = fill(asked.text.slice(asked.from, asked.to), asked.values)
  const time = asked.time.last === 'all' && !asked.time.since && !asked.time.until ? { since: 0 } : range(asked.time, present)
  return {
    filled,
    question: {
      project: asked.project, sql: filled.sql, ...time, environment: asked.environment, timezone: asked.zone,
      limit: Math.min(asked.limit + 1, limits.at(-1)!),
    },
  }
}

/** Takes the row too many off again. */
export function cutTo(answer: Answer, limit: number): Pick<RunState, 'answer' | 'cut'> {
  const rows = answer.rows.length
  if (rows > limit) return { answer: { ...answer, rows: answer.rows.slice(0, limit) }, cut: 'yes' }
  return { answer, cut: rows === limits.at(-1) ? 'maybe' : 'no' }
}

export class Runner {
  private state: RunState = { phase: 'idle', startedAt: 0, took: 0, cut: 'no' }
  private listeners = new Set<() => void>()
  private abort: AbortController | undefined

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  get = (): RunState => this.state

  /** Runs what is asked instead of what runs. Resolves with the state that it ended in. */
  async run(asked: Asked): Promise<RunState> {
    this.abort?.abort()
    const abort = new AbortController()
    this.abort = abort
    const { question, filled } = questionOf(asked, Date.now() * 1000)
    const startedAt = Date.now()
    const { answer: before, cut } = this.state
    this.set({ phase: 'running', asked, question, startedAt, took: 0, cut, ...(before ? { answer: before } : {}) })
    const started = performance.now()
    const end = (changes: Partial<RunState>) => {
      if (this.abort === abort) this.set({ ...this.state, ...changes, took: performance.now() - started })
      return this.state
    }
    try {
      const answer = await ask({ ...question, signal: abort.signal })
      return end({ phase: 'done', ...cutTo(answer, asked.limit) })
    } catch (error) {
      if (abort.signal.aborted) return end({ phase: 'cancelled' })
      if (!(error instanceof ApiError)) throw error
      const place = error.position === undefined ? {} : { place: asked.from + filled.origin(placeOf(filled.sql, error.position)) }
      return end({ phase: 'failed', error, ...place })
    }
  }

  /** Ends what runs: closing the request makes the server stop. */
  cancel(): void {
    this.abort?.abort()
  }

  private set(state: RunState): void {
    this.state = state
    for (const listener of this.listeners) listener()
  }
}

const runners = new Map<string, Runner>()

/** The runner of a tab. It outlives the page, so that its answer is there on the way back. */
export function runnerOf(place: string, tab: string): Runner {
  const key = `${place}/${tab}`
  const runner = runners.get(key) ?? new Runner()
  runners.set(key, runner)
  return runner
}

export function dropRunner(place: string, tab: string): void {
  runners.get(`${place}/${tab}`)?.cancel()
  runners.delete(`${place}/${tab}`)
}
