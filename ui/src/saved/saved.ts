// Saved searches as addresses: what of a page is kept with its query, and how it is opened again.

import type { SavedSearch, SearchKind } from '../api/searches'
import { placed } from '../explore/address'
import { stringifySearch } from '../search'

/** What is kept beside the query. A time range is kept when it ends now: a moment would only show what was. */
const keptOf: Record<SearchKind, readonly string[]> = { live: ['last', 'env', 'cols'], explore: ['last', 'env', 'limit', 'view', 'chart'] }

/** What an address holds that is worth keeping. */
export function addressOf(kind: SearchKind, search: object): Record<string, string> {
  const held = search as Record<string, unknown>
  return Object.fromEntries(keptOf[kind].flatMap((name) => (typeof held[name] === 'string' && held[name] !== '' ? [[name, held[name]]] : [])))
}

/** Where a saved search leads. Only what is known is taken from it: somebody else may have shared it. */
export function hrefOf({ org, project }: { org: string; project: string }, { kind, query, address }: Pick<SavedSearch, 'kind' | 'query' | 'address'>): string {
  const kept = addressOf(kind, address)
  if (kind === 'live') return `/${org}/${project}${stringifySearch({ q: query, ...kept })}`
  const { sql, hash } = placed(query)
  return `/${org}/${project}/explore${stringifySearch({ sql, ...kept })}${hash && `#${hash}`}`
}

/** A name to begin with: the first words of what is kept. */
export function nameOf(query: string): string {
  const line = query.replace(/\s+/g, ' ').trim()
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}
