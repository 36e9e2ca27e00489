// Whether a span that has not ended still runs: told from the signs of life of the process that began it.

import { useQuery } from '@tanstack/react-query'
import { literal, query, type ApiError } from '../api/client'
import { stateOf, type State } from '../live/state'
import { now, parseTimestamp, type Micros } from '../lib/time'
import type { Model } from './model'
import type { Span } from './span'

/** A process, and when records of it arrived first and last. */
export interface Process {
  service: string
  instance: string | undefined
  host: string | undefined
  pid: number | undefined
  first: Micros
  last: Micros
}

/** After its parent has ended for so long, a span will not end any more. */
const parentGone: Micros = 300_000_000

/** Who began the span: the same instance, else the same process of the same machine. */
function same(process: Process, span: Span): boolean {
  if (process.service !== span.service) return false
  if (span.instance !== undefined || process.instance !== undefined) return process.instance === span.instance && process.pid === span.pid
  return process.host === span.host && process.pid === span.pid
}

/** The same place, started again: one instance with a new process, or a new process on the machine after the old one fell silent. */
function successor(process: Process, span: Span, last: Micros): boolean {
  if (process.service !== span.service || process.first <= last || same(process, span)) return false
  return (span.instance !== undefined && process.instance === span.instance) || (span.host !== undefined && process.host === span.host)
}

/** What is known of a span, and when there was the last sign of it. */
export interface Life {
  state: State
  lastSign: Micros
}

export function lifeOf(span: Span, model: Model, processes: readonly Process[], present: Micros): Life {
  const own = processes.find((process) => same(process, span))
  const lastSign = Math.max(span.created, own?.last ?? 0)
  const state = stateOf(span, lastSign, present)
  if (state === 'done' || state === 'unfinished') return { state, lastSign }
  const parent = span.parent === undefined ? undefined : model.nodes.get(span.parent)?.row
  const orphaned = parent !== undefined && !model.missing.has(parent.span) && !parent.pending && present - parent.end > parentGone
  const restarted = processes.some((process) => successor(process, span, lastSign))
  return { state: orphaned || restarted ? 'unfinished' : state, lastSign }
}

interface WireProcess {
  service_name: string
  service_instance_id: string | null
  host_name: string | null
  process_pid: number | null
  first: string
  last: string
}

/** How often processes are asked for while something of the trace has not ended. */
const askMs = 10_000

/** The processes of the services that have spans which have not ended, as far as they sent anything in the last half hour. */
export function useProcesses(project: string, pending: Span[]): readonly Process[] {
  const services = [...new Set(pending.map((span) => span.service))].sort()
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
