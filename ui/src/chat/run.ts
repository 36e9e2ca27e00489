// The runs of agents around a span, and those before and after one.

import { literal, query } from '../api/client'
import type { Row } from '../api/record'

function isRun(row: Row): boolean {
  return row.operation === 'invoke_agent' || /^(agent run|invoke_agent\b)/.test(row.name)
}

/** The nearest agent's run that a span is part of. */
export function runOf(rows: Row[], span: string): Row | undefined {
  const bySpan = new Map(rows.map((row) => [row.span, row]))
  const seen = new Set([span])
  for (let at = bySpan.get(bySpan.get(span)?.parent ?? ''); at && !seen.has(at.span); at = bySpan.get(at.parent ?? '')) {
    if (isRun(at)) return at
    seen.add(at.span)
  }
  return undefined
}

/** The SQL that finds the run of the same agent before, or after, one. */
export function neighbourSql(own: Row, agent: string, step: 1 | -1): string {
  const moment = literal(new Date(own.start / 1000).toISOString())
  const named = "coalesce(attributes->>'gen_ai.agent.name', attributes->>'agent_name', '')"
  return `SELECT trace_id, span_id FROM records
WHERE span_name = ${literal(own.name)} AND service_name = ${literal(own.service)} AND ${named} = ${literal(agent)}
  AND span_id <> ${literal(own.span)} AND start_timestamp ${step > 0 ? '>=' : '<='} ${moment}
ORDER BY start_timestamp ${step > 0 ? '' : 'DESC'} LIMIT 1`
}

export async function neighbourRun(project: string, own: Row, agent: string, step: 1 | -1): Promise<{ trace: string; span: string } | undefined> {
  const rows = await query<{ trace_id: string; span_id: string }>({ project, sql: neighbourSql(own, agent, step), since: 0, limit: 1 })
  return rows[0] && { trace: rows[0].trace_id, span: rows[0].span_id }
}
