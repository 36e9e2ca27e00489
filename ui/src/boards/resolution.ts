// How long the buckets of a chart are: what $resolution stands for.

const ladder: [string, number][] = [
  ['1 second', 1], ['2 seconds', 2], ['5 seconds', 5], ['10 seconds', 10], ['15 seconds', 15], ['30 seconds', 30],
  ['1 minute', 60], ['2 minutes', 120], ['5 minutes', 300], ['10 minutes', 600], ['15 minutes', 900], ['30 minutes', 1800],
  ['1 hour', 3600], ['2 hours', 7200], ['3 hours', 10_800], ['6 hours', 21_600], ['12 hours', 43_200],
  ['1 day', 86_400], ['7 days', 604_800], ['30 days', 2_592_000],
]

/** The lengths that can be pinned, as the server reads them. */
export const resolutions: readonly string[] = ladder.map(([name]) => name)

/** A bucket is no narrower on screen than this. */
const pixels = 4

/** The shortest bucket for a range of so many microseconds in a chart of so many pixels. */
export function resolutionOf(length: number, width: number): string {
  const most = Math.max(10, Math.floor(width / pixels))
  const wanted = length / 1e6 / most
  return (ladder.find(([, seconds]) => seconds >= wanted) ?? ladder.at(-1)!)[0]
}

/** How many microseconds a bucket is long; undefined for a text that names none. */
export function lengthOf(resolution: string): number | undefined {
  const seconds = ladder.find(([name]) => name === resolution)?.[1]
  return seconds === undefined ? undefined : seconds * 1e6
}

/** The intervals in which a dashboard can ask again; 0s never. */
export const refreshes = ['0s', '5s', '10s', '30s', '1m', '5m', '15m'] as const

/** Reads a duration as definitions have it (1h30m); milliseconds, 0 for none. */
export function durationMs(text: string | undefined): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 }
  let sum = 0
  for (const [, n, unit] of (text ?? '').matchAll(/(\d+)(ms|[smhdwy])/g)) sum += Number(n) * units[unit!]!
  return sum
}

/** A duration as an address has it, in one unit: 90m for 1h30m. */
export function lastOf(duration: string | undefined): string | undefined {
  const ms = durationMs(duration)
  if (ms < 1000) return undefined
  for (const [unit, size] of [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000]] as const) if (ms % size === 0) return `${ms / size}${unit}`
  return `${Math.round(ms / 1000)}s`
}
