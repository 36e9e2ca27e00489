// Searches that people keep: their own and those that are shared. Whoever may read a project may keep some.

import { keeping } from './client'

export type SearchKind = 'live' | 'explore'

/** What a search is made of. */
export interface SearchDraft {
  name: string
  kind: SearchKind
  /** What stands in the search box, or a statement. */
  query: string
  /** Everybody who may read the project sees it. */
  shared: boolean
  /** What else the address held, by the names that it has there. */
  address: Record<string, string>
}

export interface SavedSearch extends SearchDraft {
  id: string
  created_at: string
  updated_at: string
  created_by_name: string
  mine: boolean
  may_change: boolean
}

const base = (project: string) => `/api/v1/projects/${project}/searches/`

/** project is an id, here and below. */
export function searches(project: string, signal: AbortSignal): Promise<SavedSearch[]> {
  return keeping(base(project), { signal })
}

export function createSearch(project: string, draft: SearchDraft): Promise<SavedSearch> {
  return keeping(base(project), { method: 'POST', body: draft })
}

export function changeSearch(project: string, id: string, changes: Partial<SearchDraft>): Promise<SavedSearch> {
  return keeping(`${base(project)}${id}/`, { method: 'PUT', body: changes })
}

export function deleteSearch(project: string, id: string): Promise<void> {
  return keeping(`${base(project)}${id}/`, { method: 'DELETE' })
}
