import { useQuery } from '@tanstack/react-query'
import { literal, query, type ApiError } from '../api/client'
import { now, parseTimestamp } from '../lib/time'
import type { Process } from './processes'

interface WireProcess {
  service_name: string
  service_instance_id: string | null
  host_name: string | null
  process_pid: number | null
  first: string
  last: string
}

/** How often processes are asked for while something has not ended. */
const askMs = 10_000

/** The processes of services, as far as they sent anything in the last half hour; asked for again and again while there are any. */
export function useProcesses(project: string, services: readonly string[]): readonly Process[] {
  const asked = useQuery<Process[], ApiError>({
    queryKey: ['processes', project, services],
    enabled: services.length > 0,
    refetchInterval: askMs,
    placeholderData: (old) => old,
    queryFn: async ({ signal }) => {
      const rows = await query<WireProcess>({
        project, signal, since: now() - 1_800_000_000, limit: 1000,
        sql: `SELECT service_name, service_instance_id, otel_resource_attributes->>'host.name' AS host_name, process_pid,
                min(created_at) AS first, max(created_at) AS last
              FROM records_all WHERE service_name IN (${services.map(literal).join(', ')}) GROUP BY 1, 2, 3, 4 LIMIT 1000`,
      })
      return rows.map((row) => ({
        service: row.service_name, instance: row.service_instance_id ?? undefined, host: row.host_name ?? undefined,
        pid: row.process_pid ?? undefined, first: parseTimestamp(row.first), last: parseTimestamp(row.last),
      }))
    },
  })
  return asked.data ?? none
}

const none: Process[] = []
