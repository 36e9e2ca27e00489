// Where the app is: what the address names and how it is changed.

import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { browserZone, isZone } from './lib/time'
import type { LiveSearch } from './search'

const project = '/$org/$project'

/** The organisation and the project whose page this is. */
export function usePlace(): { org: string; project: string } {
  return useParams({ from: project })
}

/** The zone in which times are shown: the address's, else the browser's. */
export function useZone(): string {
  const { tz } = useSearch({ from: project })
  return tz && isZone(tz) ? tz : browserZone()
}

/** Changes what the address holds, on the page that is open. replace: without a step in the history. */
export function useChange(): (changes: LiveSearch, replace?: boolean) => void {
  const navigate = useNavigate()
  return useCallback(
    (changes, replace = false) => void navigate({ to: '.', search: (old: LiveSearch) => ({ ...old, ...changes }), replace } as Parameters<typeof navigate>[0]),
    [navigate],
  )
}
