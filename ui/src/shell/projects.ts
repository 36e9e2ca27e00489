import { useQuery } from '@tanstack/react-query'
import type { ApiError, Project } from '../api/client'
import { projects, type FullProject } from '../api/manage'
import { firstOrganization } from '../api/organizations'
import { useMay, usePlace } from '../place'

/** What organisations and projects can be called, as a sentence. */
export const nameRule = 'Names have 2 to 50 characters: a to z, 0 to 9, and single hyphens between them.'

/** All projects, for whom they are shown. */
export function useProjects() {
  const may = useMay('read-only')
  return useQuery<FullProject[], ApiError>({ queryKey: ['projects', may], queryFn: ({ signal }) => projects(signal), enabled: may, retry: false })
}

/**
 * Where somebody lands who names no project, in an organisation if they name one: where this browser was last, as organisation/project,
 * else the project that every server has, else the first; undefined where they see none.
 */
export function landing<P extends Project>(list: readonly P[], last: string, org?: string): P | undefined {
  const seen = org === undefined ? list : list.filter((p) => p.organization_name === org)
  const named = (place: string) => seen.find((p) => `${p.organization_name}/${p.project_name}` === place)
  return named(last) ?? named(`${firstOrganization}/default`) ?? seen[0]
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
