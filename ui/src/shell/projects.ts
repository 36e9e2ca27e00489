import { useQuery } from '@tanstack/react-query'
import type { ApiError, Project } from '../api/client'
import { projects, type FullProject } from '../api/manage'
import { useMay, usePlace } from '../place'

/** All projects, for whom they are shown. */
export function useProjects() {
  const may = useMay('read-only')
  return useQuery<FullProject[], ApiError>({ queryKey: ['projects', may], queryFn: ({ signal }) => projects(signal), enabled: may, retry: false })
}

/** The project whose page is open, with what the management knows of it. */
export function useProject() {
  const { org, project } = usePlace()
  const list = useProjects()
  return { list, project: list.data?.find((p) => p.project_name === project && p.organization_name === org) }
}

/** Projects by their organisations: that of the page first, then the others by name. */
export function byOrganization<P extends Project>(list: readonly P[], here: string): [organization: string, projects: P[]][] {
  const groups = new Map<string, P[]>()
  for (const p of list) groups.set(p.organization_name, [...(groups.get(p.organization_name) ?? []), p])
  return [...groups].sort(([a], [b]) => Number(b === here) - Number(a === here) || a.localeCompare(b))
}
