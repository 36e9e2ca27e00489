// What the address of the Explore page holds.

export const views = ['table', 'details', 'chart', 'plan'] as const
export type View = (typeof views)[number]

export interface ExploreSearch {
  sql?: string | undefined
  /** A span that ends now; "all" for no time range. */
  last?: string | undefined
  since?: string | undefined
  until?: string | undefined
  limit?: string | undefined
  view?: View | undefined
  chart?: string | undefined
  env?: string | undefined
  tz?: string | undefined
}

/** Reads the parameters that are known; what cannot be meant is left out. */
export function exploreSearch(raw: Record<string, unknown>): ExploreSearch {
  const search: ExploreSearch = {}
  for (const key of ['sql', 'last', 'since', 'until', 'limit', 'chart', 'env', 'tz'] as const) {
    if (typeof raw[key] === 'string') search[key] = raw[key]
  }
  const view = views.find((name) => name === raw['view'])
  if (view) search.view = view
  return search
}

export const limits = [100, 1000, 5000, 10_000] as const

/** The most rows that are wanted; an answer holds no more than the last of limits. */
export function limitOf(text: string | undefined): number {
  const n = Number(text)
  return Number.isInteger(n) && n >= 1 && n <= limits.at(-1)! ? n : 1000
}

// Proxies and chats cut long addresses; the fragment is not sent to anybody.
const longest = 1500

/** Where a statement stands in the address: among the parameters, or in the fragment when it is long. */
export function placed(sql: string): { sql: string | undefined; hash: string } {
  if (sql === '') return { sql: undefined, hash: '' }
  return sql.length <= longest ? { sql, hash: '' } : { sql: undefined, hash: new URLSearchParams({ sql }).toString() }
}

/** The statement that an address holds. */
export function statementOf(search: Pick<ExploreSearch, 'sql'>, hash: string): string | undefined {
  return search.sql ?? new URLSearchParams(hash.replace(/^#/, '')).get('sql') ?? undefined
}
