import { literal, query } from '../api/client'

/** The trace of a span, whenever it was; undefined when there is no such span. */
export async function traceOf(project: string, span: string): Promise<string | undefined> {
  const rows = await query<{ trace_id: string }>({ project, since: 0, limit: 1, sql: `SELECT trace_id FROM records_all WHERE span_id = ${literal(span)} LIMIT 1` })
  return rows[0]?.trace_id
}
