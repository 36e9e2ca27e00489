import { useNow } from '../lib/store'
import { ago, clock, day, formatUTC, parseTimestamp, rfc3339 } from '../lib/time'

/** A moment as the server writes it, in the display zone; what it is elsewhere is said when one points at it. */
export function Moment({ at, zone, relative }: { at: string; zone: string; relative?: boolean }) {
  const moment = parseTimestamp(at)
  const present = useNow(1000) * 1000
  const words = relative ? ago(moment, present) : `${day(moment, zone)} ${clock(moment, zone).slice(0, 5)}`
  return <time dateTime={at} title={`${rfc3339(moment, zone)} · ${formatUTC(moment)} · ${ago(moment, present)}`}>{words}</time>
}
