/** What the address of the live page holds. The names are Logfire's. */
export interface LiveSearch {
  q?: string | undefined
  last?: string | undefined
  since?: string | undefined
  until?: string | undefined
  live?: string | undefined
  env?: string | undefined
  tz?: string | undefined
  traceId?: string | undefined
  spanId?: string | undefined
  tab?: string | undefined
  /** run: a model call is shown within the run that it is part of; all: within the conversation, which may go on over several traces. */
  chat?: string | undefined
  /** Where the panel is: right or bottom. */
  dock?: string | undefined
  /** How a trace is drawn: waterfall, flame, list or logs. */
  view?: string | undefined
  /** What is shown of a trace besides: errors, critical, self, clocks, single, with commas between them. */
  show?: string | undefined
  /** Two stretches of time are compared: the ends of one, with .. between them, and ..rest where it is not the time before. */
  compare?: string | undefined
  /** Columns of the list beyond its own: SQL expressions, with commas between them. */
  cols?: string | undefined
}

const hex = /^[0-9a-f]+$/i

/** Reads the parameters that are known; what cannot be meant is left out. */
export function liveSearch(raw: Record<string, unknown>): LiveSearch {
  const search: LiveSearch = {}
  for (const key of ['q', 'last', 'since', 'until', 'live', 'env', 'tz', 'traceId', 'spanId', 'tab', 'chat', 'dock', 'view', 'show', 'cols', 'compare'] as const) {
    const value = raw[key]
    if (typeof value !== 'string') continue
    if ((key === 'traceId' || key === 'spanId') && !hex.test(value)) continue
    search[key] = value
  }
  return search
}

/** Parameters are plain text in the address: ids that are all digits stay text. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(search)) if (value !== undefined && value !== '') parameters.set(key, String(value))
  const text = parameters.toString()
  return text && `?${text}`
}
