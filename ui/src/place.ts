// Where the app is: what the address names and how it is changed.

import { useLoaderData, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { usePasswordGiven } from './api/manage'
import { includes, type Entry, type Role } from './api/people'
import { displayZone } from './lib/store'
import { browserZone, isZone } from './lib/time'
import { stringifySearch, type LiveSearch } from './search'

const project = '/$org/$project'

/** The organisation and the project whose page this is. */
export function usePlace(): { org: string; project: string } {
  return useParams({ from: project })
}

/** The id of the project whose page this is, as the API's paths name it. */
export function useProjectId(): string {
  return useLoaderData({ from: project }).project_id
}

/** Who is in the project whose page this is. */
export function useEntry(): Entry {
  return useLoaderData({ from: project })
}

/** The role of who looks at the page; undefined for who has none, and is here with a read token. */
export function useRole(): Role | undefined {
  const { role } = useEntry()
  return usePasswordGiven() ? 'admin' : role
}

/** Whether who looks at the page may do what a role may. What they may not is not offered; the server judges anew. */
export function useMay(role: Role): boolean {
  return includes(useRole(), role)
}

/** Whether who looks at the page may do what concerns the whole server. */
export function useManagesServer(): boolean {
  const { local, person } = useEntry()
  return usePasswordGiven() || local || (person?.manages_server ?? false)
}

/** The zone in which times are shown: the address's, else the one that was chosen here, else the browser's. */
export function useZone(): string {
  const { tz } = useSearch({ from: project })
  const chosen = displayZone.use()
  return [tz, chosen].find((zone) => zone && isZone(zone)) ?? browserZone()
}

/** An address of a page of the project, with the time, the environment and the zone of the page that is open. */
export function usePageHref(): (path: string, more?: LiveSearch) => string {
  const { org, project: name } = usePlace()
  const { last, since, until, env, tz } = useSearch({ from: project })
  return useCallback(
    // That there is no time range is Explore's to offer; the other pages have always one.
    (path, more = {}) => `/${org}/${name}${path}${stringifySearch({ last: last === 'all' ? undefined : last, since, until, env, tz, ...more })}`,
    [org, name, last, since, until, env, tz],
  )
}

/** Shows a record of any trace: on the page of a trace that of its own, elsewhere in the panel. */
export function useShowRecord(): (trace: string, span: string, more?: LiveSearch) => void {
  const navigate = useNavigate()
  const change = useChange()
  const { org, project: name } = usePlace()
  const { traceId: page } = useParams({ strict: false })
  return useCallback(
    (trace, span, more = {}) => {
      if (page === undefined) return change({ traceId: trace, spanId: span, ...more })
      void navigate({ to: '/$org/$project/trace/$traceId', params: { org, project: name, traceId: trace }, search: (old: LiveSearch) => ({ ...old, spanId: span, ...more }) })
    },
    [navigate, change, org, name, page],
  )
}

/** Changes what the address holds, on the page that is open. replace: without a step in the history. */
export function useChange(): (changes: LiveSearch, replace?: boolean) => void {
  const navigate = useNavigate()
  return useCallback(
    (changes, replace = false) => void navigate({ to: '.', search: (old: LiveSearch) => ({ ...old, ...changes }), replace, hash: true } as Parameters<typeof navigate>[0]),
    [navigate],
  )
}
