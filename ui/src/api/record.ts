import { parseTimestamp, type Micros } from '../lib/time'

/** A record as lists and the live tail know it: the wire shape. */
export interface WireRow {
  created_at: string
  start_timestamp: string
  end_timestamp: string
  duration: number | null
  trace_id: string
  span_id: string
  parent_span_id: string | null
  kind: 'span' | 'log' | 'span_event' | 'pending_span' | 'annotation'
  level: number | string
  span_name: string
  message: string
  service_name: string
  tags: string[]
  is_exception: boolean
  exception_type: string | null
  otel_scope_name: string | null
  otel_status_code: string | null
  http_response_status_code: number | null
  deployment_environment: string | null
  gen_ai_operation_name: string | null
  gen_ai_request_model: string | null
  gen_ai_response_model: string | null
  gen_ai_usage_input_tokens: number | string | null
  gen_ai_usage_output_tokens: number | string | null
  operation_cost: number | string | null
  service_instance_id: string | null
  process_pid: number | null
}

/** The columns of WireRow, as the live tail sends them, for SQL. */
export const rowColumns = `created_at, start_timestamp, end_timestamp, duration, trace_id, span_id, parent_span_id, kind, level,
  span_name, message, service_name, tags, is_exception, exception_type, otel_scope_name, otel_status_code,
  http_response_status_code, deployment_environment, service_instance_id, process_pid,
  attributes->>'gen_ai.operation.name' AS gen_ai_operation_name,
  attributes->>'gen_ai.request.model' AS gen_ai_request_model,
  attributes->>'gen_ai.response.model' AS gen_ai_response_model,
  attributes->>'gen_ai.usage.input_tokens' AS gen_ai_usage_input_tokens,
  attributes->>'gen_ai.usage.output_tokens' AS gen_ai_usage_output_tokens,
  attributes->>'operation.cost' AS operation_cost`

/** A record in a list. */
export interface Row {
  trace: string
  span: string
  parent: string | undefined
  start: Micros
  end: Micros
  created: Micros
  /** A pending record of a span whose final one has not come. */
  pending: boolean
  kind: WireRow['kind']
  level: number
  name: string
  message: string
  service: string
  tags: string[]
  exception: string | undefined
  scope: string
  status: number | undefined
  operation: string | undefined
  model: string | undefined
  tokensIn: number | undefined
  tokensOut: number | undefined
  /** Of a model call, in dollars. */
  cost: number | undefined
  /** service.instance.id, and the process's number there. */
  instance: string | undefined
  pid: number | undefined
  /** What tells its process from others. */
  process: string
  environment: string | undefined
}

export const levels: Record<string, number> = { trace: 1, debug: 5, info: 9, notice: 10, warn: 13, error: 17, fatal: 21 }

export function toRow(w: WireRow): Row {
  return {
    trace: w.trace_id,
    span: w.span_id,
    parent: w.parent_span_id ?? undefined,
    start: parseTimestamp(w.start_timestamp),
    end: parseTimestamp(w.end_timestamp),
    created: parseTimestamp(w.created_at),
    pending: w.kind === 'pending_span',
    kind: w.kind,
    level: typeof w.level === 'number' ? w.level : (levels[w.level] ?? 9),
    name: w.span_name,
    message: w.message || w.span_name,
    service: w.service_name,
    tags: w.tags,
    exception: w.is_exception ? (w.exception_type ?? 'exception') : undefined,
    scope: w.otel_scope_name ?? '',
    status: w.http_response_status_code ?? undefined,
    operation: w.gen_ai_operation_name ?? undefined,
    model: w.gen_ai_response_model ?? w.gen_ai_request_model ?? undefined,
    tokensIn: count(w.gen_ai_usage_input_tokens),
    tokensOut: count(w.gen_ai_usage_output_tokens),
    cost: count(w.operation_cost),
    instance: w.service_instance_id ?? undefined,
    pid: w.process_pid ?? undefined,
    process: `${w.service_instance_id ?? w.service_name}/${w.process_pid ?? ''}`,
    environment: w.deployment_environment ?? undefined,
  }
}

/** The events whose logs are messages of the model call that they were written in: docs/sql.md, "Messages of models". */
const messageEvents = new Set([
  'gen_ai.system.message', 'gen_ai.user.message', 'gen_ai.assistant.message', 'gen_ai.tool.message', 'gen_ai.choice',
  'gen_ai.content.prompt', 'gen_ai.content.completion', 'gen_ai.client.inference.operation.details',
])

/** Tells whether a record is a message of the span above it. The conversation shows it; in a tree it is folded into that span. */
export function isMessage(row: Pick<Row, 'kind' | 'name' | 'parent'>): boolean {
  return row.kind === 'log' && row.parent !== undefined && messageEvents.has(row.name)
}

/** What somebody said of a record afterwards is shown with that record, not as one of its own. */
export function isAnnotation(row: Pick<Row, 'kind' | 'parent'>): boolean {
  return row.kind === 'annotation' && row.parent !== undefined
}

/** How many annotations each record has, by its span. */
export function annotationCounts(rows: readonly Pick<Row, 'kind' | 'parent'>[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const row of rows) if (isAnnotation(row)) found.set(row.parent!, (found.get(row.parent!) ?? 0) + 1)
  return found
}

function count(value: number | string | null): number | undefined {
  if (value === null || value === '') return undefined
  const n = Number(value)
  return Number.isFinite(n) ? n : undefined
}

export type LevelName = 'trace' | 'debug' | 'info' | 'notice' | 'warn' | 'error' | 'fatal'

/** The name of a level; a number in between takes the one below it. */
export function levelName(level: number): LevelName {
  if (level >= 21) return 'fatal'
  if (level >= 17) return 'error'
  if (level >= 13) return 'warn'
  if (level >= 10) return 'notice'
  if (level >= 9) return 'info'
  if (level >= 5) return 'debug'
  return 'trace'
}
