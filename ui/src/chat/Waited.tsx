import { useNow } from '../lib/store'
import { duration, parseTimestamp } from '../lib/time'

/** How long something has been going on; it ticks by itself. */
export function Waited({ since }: { since: string | undefined }) {
  const now = useNow(1000)
  if (since === undefined) return null
  const seconds = Math.max(0, Math.round((now * 1000 - parseTimestamp(since)) / 1e6))
  return <> · {seconds < 60 ? `${seconds} s` : duration(seconds * 1e6)}</>
}
