import { formatUTC, now, range } from '../lib/time'
import type { LiveSearch } from '../search'

/** An address with the time it shows now, so that it shows the same tomorrow. */
export function absoluteLink(address: string, search: LiveSearch): string {
  const url = new URL(address)
  if (search.last === 'all') return address
  const { since, until } = range(search, now())
  url.searchParams.delete('last')
  url.searchParams.delete('live')
  url.searchParams.set('since', formatUTC(since))
  url.searchParams.set('until', formatUTC(until ?? now()))
  return url.href
}
