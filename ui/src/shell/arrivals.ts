import { useQuery } from '@tanstack/react-query'
import type { ApiError, Ingest } from '../api/client'
import { ingestSeen, usePasswordGiven } from '../api/manage'

/** How many requests had a status, and the newest of those that were refused. */
export interface Arrivals {
  status: number
  count: number
  newest?: Ingest['refused_requests'][number]
}

const always = [200, 401, 400]

/** Requests by status: the usual ones always, others where there were any. */
export function arrivals(ingest: Ingest): Arrivals[] {
  const counts = new Map<number, number>(always.map((status) => [status, 0]))
  for (const { status, count } of ingest.requests) counts.set(status, (counts.get(status) ?? 0) + count)
  return [...counts].map(([status, count]) => {
    const newest = ingest.refused_requests.find((refused) => refused.status === status)
    return { status, count, ...(newest && { newest }) }
  })
}

/** What a refused request lacked, in a few words. */
export function fault({ status, token_suffix, text }: Pick<Ingest['refused_requests'][number], 'status' | 'token_suffix' | 'text'>): string {
  if (status !== 401) return text
  return token_suffix ? `wrong token …${token_suffix}` : text || 'no token'
}

/** What became of telemetry on its way here, asked for again and again. */
export function useIngest(project: string, everyMs: number) {
  const given = usePasswordGiven()
  return useQuery<Ingest, ApiError>({
    queryKey: ['ingest', project, given], queryFn: ({ signal }) => ingestSeen(project, signal), refetchInterval: everyMs, staleTime: 0, retry: false,
  })
}
