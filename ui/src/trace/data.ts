import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { literal, query, type ApiError } from '../api/client'
import { rowColumns, toRow, type Row, type WireRow } from '../api/record'
import { now } from '../lib/time'

/** A record with all of its columns, as SQL has them. */
export type FullRecord = Record<string, unknown>

/** How often a trace that still runs is asked for again. */
const runningMs = 1500
/** A record comes by the tail a moment before it stands in the tables; so do its neighbours. */
const freshMs = 600
const freshTries = 4
const freshFor = 5_000_000

/** When to ask for a trace again: while it runs, and while its last records may still be on their way. */
function again(rows: Row[] | undefined, answers: number): number | false {
  if (rows?.some((row) => row.pending)) return runningMs
  if (!rows || rows.length === 0) return answers < freshTries ? freshMs : false
  return now() - Math.max(...rows.slice(-1000).map((row) => row.created)) < freshFor ? freshMs : false
}

/** All records of a trace; final ones in the place of pending ones. */
export function useTrace(project: string, trace: string): UseQueryResult<Row[], ApiError> {
  return useQuery<Row[], ApiError>({
    queryKey: ['trace', project, trace],
    staleTime: 2000,
    refetchInterval: ({ state }) => again(state.data, state.dataUpdateCount),
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
    refetchInterval: ({ state }) => {
      if (state.data === null) return state.dataUpdateCount < freshTries ? freshMs : false
      return state.data?.['kind'] === 'pending_span' ? runningMs : false
    },
    queryFn: async ({ signal }) => {
      const rows = await query<FullRecord>({
        project, signal, since: 0, limit: 10,
        sql: `SELECT * FROM records_all WHERE trace_id = ${literal(trace)} AND span_id = ${literal(span ?? '')} LIMIT 10`,
      })
      return rows.find((row) => row['kind'] !== 'pending_span') ?? rows[0] ?? null
    },
  })
}
