import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ApiError } from '../api/client'
import { projects, usePasswordGiven, type FullProject } from '../api/manage'
import { usePlace } from '../place'

const route = getRouteApi('/$org/$project')

/** Whether the viewer may manage projects and tokens: everyone on a loopback address, else who gave the password. */
export function useMayManage(): boolean {
  const me = route.useLoaderData()
  const given = usePasswordGiven()
  return me.local || given
}

/** All projects, for whom they are shown. */
export function useProjects() {
  const may = useMayManage()
  return useQuery<FullProject[], ApiError>({ queryKey: ['projects', may], queryFn: ({ signal }) => projects(signal), enabled: may, retry: false })
}

/** The project whose page is open, with what the management knows of it. */
export function useProject() {
  const { org, project } = usePlace()
  const list = useProjects()
  return { list, project: list.data?.find((p) => p.project_name === project && p.organization_name === org) }
}
