import { formatUTC, type Micros } from '../lib/time'
import { attribute, column, has } from '../sql/condition'
import { isPoint, type Span } from './span'

/** A ready-made question about a record. */
export interface ReadyQuery {
  title: string
  sql: string
}

/** Attributes that name something worth following: the first of these that a record has. */
const telling = ['gen_ai.conversation.id', 'user.id', 'user_id', 'enduser.id', 'session.id', 'session_id', 'gen_ai.agent.name', 'gen_ai.tool.name', 'http.route', 'gen_ai.request.model', 'db.query.text', 'error.type']

/** How many kinds of "same attribute" are offered. */
const mostSame = 4

/** The questions for a record: its name over time, slower ones, the same attributes, its trace. */
export function readyQueries(span: Span, attributes: Record<string, unknown>): ReadyQuery[] {
  const same = `${has(column('span_name'), span.name)}\n  AND ${has(column('service_name'), span.service)}`
  const made: ReadyQuery[] = [{
    title: 'This name over time',
    sql: isPoint(span)
      ? `SELECT time_bucket('5 minutes', start_timestamp) AS at, count(*) AS records, count(*) FILTER (WHERE level >= 'error') AS errors\nFROM records\nWHERE ${same}\nGROUP BY at\nORDER BY at`
      : `SELECT time_bucket('5 minutes', start_timestamp) AS at, count(*) AS spans, count(*) FILTER (WHERE level >= 'error') AS errors,\n  percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) AS p50, percentile_cont(0.95) WITHIN GROUP (ORDER BY duration) AS p95\nFROM records\nWHERE ${same}\nGROUP BY at\nORDER BY at`,
  }]
  if (!isPoint(span) && !span.pending) {
    made.push({
      title: 'Slower than this one',
      sql: `SELECT start_timestamp, duration, message, trace_id, span_id\nFROM records\nWHERE ${same}\n  AND duration > ${seconds(span.end - span.start)}\nORDER BY duration DESC\nLIMIT 100`,
    })
  }
  if (span.exception) {
    made.push({
      title: 'The same exception',
      sql: `SELECT start_timestamp, service_name, message, exception_message, trace_id, span_id\nFROM records\nWHERE ${has(column('exception_type'), span.exception)}\nORDER BY start_timestamp DESC\nLIMIT 100`,
    })
  }
  for (const key of telling.filter((name) => attributes[name] !== undefined && attributes[name] !== null && attributes[name] !== '').slice(0, mostSame)) {
    made.push({
      title: `The same ${key}`,
      sql: `SELECT start_timestamp, service_name, message, duration, trace_id, span_id\nFROM records\nWHERE ${has(attribute(key), attributes[key])}\nORDER BY start_timestamp DESC\nLIMIT 100`,
    })
  }
  made.push({
    title: 'This trace',
    sql: `SELECT start_timestamp, duration, service_name, kind, message, span_id, parent_span_id\nFROM records_all\nWHERE trace_id = '${span.trace}'\nORDER BY start_timestamp`,
  }, {
    title: 'This record',
    sql: `SELECT *\nFROM records_all\nWHERE trace_id = '${span.trace}'\n  AND span_id = '${span.span}'`,
  })
  return made
}

function seconds(us: Micros): string {
  return (us / 1e6).toFixed(6)
}

const hour: Micros = 3_600_000_000

/** The time around a record in which its questions are asked: Explore has no range by itself. */
export function around(span: Span): { since: string; until: string } {
  return { since: formatUTC(span.start - 12 * hour), until: formatUTC(span.end + 12 * hour) }
}
