// The connection of the live tail: opens it, comes again where it was cut off, and rests while nobody looks. Where
// something between here and the server holds back a stream, it asks again and again instead.

import { ApiError } from '../api/client'
import { EventParser, type ServerEvent } from '../api/sse'

export type Connection = 'off' | 'connecting' | 'catching up' | 'live' | 'lost'

export interface TailState {
  connection: Connection
  /** When to try again, in milliseconds since 1970, while the connection is lost. */
  retryAt: number | undefined
}

/** How long a page may be hidden before its connection is closed. */
export const hiddenMs = 60_000
const longestWaitMs = 10_000
/** The server says something at once. What has not come after so long is held back on the way. */
export const firstWordMs = 10_000
/** And it says something every 15 seconds, if only that it lives. */
export const silentMs = 35_000
/** How long to wait after a poll has brought something. */
export const pollPauseMs = 500

interface Wishes {
  /** Opens the stream after a cursor; an empty one begins now. poll: one that ends with what it brings. */
  open: (cursor: string, signal: AbortSignal, poll: boolean) => Promise<ReadableStream<Uint8Array>>
  take: (events: ServerEvent[]) => void
  changed: (state: TailState) => void
  /** The server will not serve it: the filter is wrong, or who asks has no right to. Who has logged out may log in, and retry. */
  refused: (error: ApiError) => void
}

export class Tail {
  private ended = new AbortController()
  private connection: AbortController | undefined
  private cursor = ''
  private wake: (() => void) | undefined
  private hidden: ReturnType<typeof setTimeout> | undefined
  private resting = false
  private polling = false

  constructor(private readonly wishes: Wishes) {}

  /** Follows until it is stopped, or the server refuses. */
  async run(): Promise<void> {
    let failures = 0
    while (!this.ended.signal.aborted) {
      if (this.resting) {
        this.wishes.changed({ connection: 'off', retryAt: undefined })
        await this.sleep()
        continue
      }
      const polls = this.polling
      if (!polls || failures > 0) this.wishes.changed({ connection: failures > 0 ? 'lost' : 'connecting', retryAt: undefined })
      try {
        await this.connect(() => (failures = 0))
        if (polls) {
          await this.sleep(pollPauseMs)
          continue
        }
      } catch (error) {
        if (this.ended.signal.aborted) return
        if (!this.resting && error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
          this.wishes.changed({ connection: 'off', retryAt: undefined })
          this.wishes.refused(error)
          if (error.status !== 401) return
          await this.sleep()
          continue
        }
      }
      if (this.resting || this.polling !== polls) continue
      const ms = Math.min(longestWaitMs, 500 * 2 ** Math.min(failures, 5))
      failures++
      this.wishes.changed({ connection: 'lost', retryAt: Date.now() + ms })
      await this.sleep(ms)
    }
  }

  private async connect(opened: () => void): Promise<void> {
    const connection = new AbortController()
    this.connection = connection
    let silence = setTimeout(() => {
      this.polling = true
      connection.abort()
    }, this.polling ? silentMs : firstWordMs)
    try {
      const body = await this.wishes.open(this.cursor, AbortSignal.any([this.ended.signal, connection.signal]), this.polling)
      opened()
      this.wishes.changed({ connection: this.cursor && !this.polling ? 'catching up' : 'live', retryAt: undefined })
      const parser = new EventParser()
      const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        clearTimeout(silence)
        silence = setTimeout(() => connection.abort(), silentMs)
        this.took(parser.push(value))
      }
    } finally {
      clearTimeout(silence)
    }
  }

  private took(events: ServerEvent[]): void {
    for (const event of events) {
      if (event.id) this.cursor = event.id
      // An id alone says that everything up to here was sent.
      if (event.event === '') this.wishes.changed({ connection: 'live', retryAt: undefined })
    }
    this.wishes.take(events)
  }

  /** Waits until it is woken, or for so long. */
  private async sleep(ms?: number): Promise<void> {
    if (this.ended.signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.wake = undefined
  }

  /** Tries at once. */
  retry(): void {
    this.wake?.()
  }

  /** A page that stays hidden gives its connection back; it goes on from its cursor. */
  hide(hidden: boolean): void {
    clearTimeout(this.hidden)
    if (hidden) {
      this.hidden = setTimeout(() => {
        this.resting = true
        this.connection?.abort()
        this.wake?.()
      }, hiddenMs)
    } else if (this.resting) {
      this.resting = false
      this.wake?.()
    }
  }

  stop(): void {
    clearTimeout(this.hidden)
    this.ended.abort()
    this.wake?.()
  }
}
