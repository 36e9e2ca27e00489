import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { literal, query, type ApiError } from '../api/client'
import { rowColumns, toRow, type Row, type WireRow } from '../api/record'

/** A record with all of its columns, as SQL has them. */
export type FullRecord = Record<string, unknown>

/** How often a trace that still runs is asked for again. */
const runningMs = 1500

/** All records of a trace; final ones in the place of pending ones. */
export function useTrace(project: string, trace: string): UseQueryResult<Row[], ApiError> {
  return useQuery<Row[], ApiError>({
    queryKey: ['trace', project, trace],
    staleTime: 2000,
    refetchInterval: ({ state }) => (state.data?.some((row) => row.pending) ? runningMs : false),
    queryFn: async ({ signal }) => {
      const rows = await query<WireRow>({
        project, signal, since: 0, limit: 10_000,
        sql: `SELECT ${rowColumns} FROM records_all WHERE trace_id = ${literal(trace)} ORDER BY start_timestamp LIMIT 10000`,
      })
      const latest = new Map<string, Row>()
      for (const row of rows.map(toRow)) if (!row.pending || !latest.has(row.span)) latest.set(row.span, row)
      return [...latest.values()]
    },
  })
}

/** One record; null when there is none. */
export function useRecord(project: string, trace: string, span: string | undefined): UseQueryResult<FullRecord | null, ApiError> {
  return useQuery<FullRecord | null, ApiError>({
    queryKey: ['record', project, trace, span],
    enabled: span !== undefined,
    placeholderData: (old) => old,
    refetchInterval: ({ state }) => (state.data?.['kind'] === 'pending_span' ? runningMs : false),
    queryFn: async ({ signal }) => {
      const rows = await query<FullRecord>({
        project, signal, since: 0, limit: 10,
        sql: `SELECT * FROM records_all WHERE trace_id = ${literal(trace)} AND span_id = ${literal(span ?? '')} LIMIT 10`,
      })
      return rows.find((row) => row['kind'] !== 'pending_span') ?? rows[0] ?? null
    },
  })
}
