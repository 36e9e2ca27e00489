import { useQuery } from '@tanstack/react-query'
import type { ApiError } from '../api/client'
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
