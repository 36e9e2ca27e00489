// Dashboards as the pages ask for them.

import { useLoaderData } from '@tanstack/react-router'
import { dashboard, dashboards, type Dashboard } from '../api/dashboards'
import { readDefinition, type Definition } from './definition'

/** The id of the project whose page is open, which the API of dashboards wants. */
export function useProjectId(): string {
  return useLoaderData({ from: '/$org/$project' }).project_id
}

export function dashboardsQuery(project: string, id: string) {
  return { queryKey: ['dashboards', project], queryFn: ({ signal }: { signal: AbortSignal }): Promise<Dashboard[]> => dashboards(id, signal), staleTime: 5_000 }
}

/** A dashboard with its definition, read with care. */
export interface Opened extends Dashboard {
  definition: Definition
}

export function dashboardQuery(project: string, id: string, slug: string) {
  return {
    queryKey: ['dashboard', project, slug], staleTime: Infinity,
    queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Opened> => {
      const { dashboard: definition, ...rest } = await dashboard(id, slug, signal)
      return { ...rest, definition: readDefinition(definition) }
    },
  }
}
