import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { literal, query, type ApiError } from '../api/client'
import { TraceSource, type TraceState } from './source'
import type { Span } from './span'

/** A record with all of its columns, as SQL has them. */
export type FullRecord = Record<string, unknown>

/** A record comes by the tail a moment before it stands in the tables. */
const freshMs = 600
const freshTries = 4

let begun: { key: string; source: TraceSource } | undefined
/** How long a trace is read for a page that does not come. */
const begunMs = 5000

const keyOf = (project: string, trace: string) => JSON.stringify([project, trace])

/** Begins to read a trace whose page is still on its way. */
export function beginTrace(project: string, trace: string): void {
  const source = new TraceSource(project, trace)
  const own = { key: keyOf(project, trace), source }
  begun?.source.stop()
  begun = own
  source.start()
  setTimeout(() => {
    if (begun !== own) return
    begun = undefined
    source.stop()
  }, begunMs)
}

/** The reading of a trace: one that has begun, unless it failed. */
function open(project: string, trace: string): TraceSource {
  const taken = begun
  begun = undefined
  if (taken?.key === keyOf(project, trace) && taken.source.snapshot().error === undefined) return taken.source
  taken?.source.stop()
  const source = new TraceSource(project, trace)
  source.start()
  return source
}

/** All records of a trace, as they come. */
export function useTrace(project: string, trace: string): { state: TraceState; retry: () => void } {
  const [source, setSource] = useState(() => new TraceSource(project, trace))
  useEffect(() => {
    const opened = open(project, trace)
    setSource(opened)
    const look = () => opened.hide(document.hidden)
    document.addEventListener('visibilitychange', look)
    return () => {
      document.removeEventListener('visibilitychange', look)
      opened.stop()
    }
  }, [project, trace])
  return { state: useSyncExternalStore(source.subscribe, source.snapshot), retry: () => source.retry() }
}

/** One record; null when there is none. What lists know of it tells when it has changed. */
export function useRecord(project: string, trace: string, span: string | undefined, known: Span | undefined): UseQueryResult<FullRecord | null, ApiError> {
  return useQuery<FullRecord | null, ApiError>({
    queryKey: ['record', project, trace, span, known && !known.pending],
    enabled: span !== undefined,
    placeholderData: (old) => old,
    refetchInterval: ({ state }) => {
      const behind = state.data === null || (state.data?.['kind'] === 'pending_span' && known?.pending === false)
      return behind && state.dataUpdateCount < freshTries ? freshMs : false
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

/** All records of a trace with all of their columns, in pages. */
export async function fullTrace(project: string, trace: string): Promise<FullRecord[]> {
  const page = 1000
  const found: FullRecord[] = []
  for (let after = ''; ; ) {
    const rows = await query<FullRecord>({
      project, since: 0, limit: page,
      sql: `SELECT * FROM records_all WHERE trace_id = ${literal(trace)}${after} ORDER BY start_timestamp, span_id, kind LIMIT ${page}`,
    })
    found.push(...rows)
    const last = rows.at(-1)
    if (!last || rows.length < page) return found
    after = ` AND (start_timestamp, span_id, kind) > (${literal(String(last['start_timestamp']))}::timestamptz, ${literal(String(last['span_id']))}, ${literal(String(last['kind']))})`
  }
}
