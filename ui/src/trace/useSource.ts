import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { ApiError } from '../api/client'
import { settings, type ProjectSettings } from '../api/settings'
import { useProjectId } from '../place'
import type { Attributes } from './attributes'
import { sourceHref } from './repository'

const staleMs = 60_000

/** The page of a place in the code of whoever sent a record. */
export function useSource(resource: Attributes): (file: string, line: string | undefined) => string | undefined {
  const project = useProjectId()
  const set = useQuery<ProjectSettings, ApiError>({ queryKey: ['settings', project], queryFn: ({ signal }) => settings(project, signal), staleTime: staleMs, retry: false })
  const template = set.data?.repository_url_template ?? undefined
  return useCallback((file, line) => sourceHref(resource, file, line, template), [resource, template])
}
