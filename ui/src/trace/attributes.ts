// What the attributes of a record say together: a request over HTTP, a statement to a database, a place in the code.

import { tokens } from '../lib/numbers'
import { parsed, streamed } from './texts'

export type Attributes = Record<string, unknown>

/** An object from JSON, or from text that holds JSON; an empty one from anything else. */
export function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'string') {
    try {
      return objectOf(JSON.parse(value))
    } catch {
      return {}
    }
  }
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

/** The first of these attributes that is there, as text. */
export function first(attributes: Attributes, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const value = attributes[key]
    if (value !== undefined && value !== null && value !== '') return typeof value === 'string' ? value : JSON.stringify(value)
  }
  return undefined
}

export interface CodePlace {
  file: string
  line: string | undefined
  fn: string | undefined
}

/** Where in the code a record was made. */
export function codePlace(attributes: Attributes): CodePlace | undefined {
  const file = first(attributes, 'code.file.path', 'code.filepath')
  const fn = first(attributes, 'code.function.name', 'code.function')
  if (file === undefined) return undefined
  return { file, line: first(attributes, 'code.line.number', 'code.lineno'), fn }
}

const codeKeys = new Set(['code.file.path', 'code.filepath', 'code.function.name', 'code.function', 'code.line.number', 'code.lineno'])

export interface HttpMessage {
  headers: [string, string][]
  /** Text, what it holds as JSON, or the events of a stream. */
  body: unknown
  /** Body is the events of a stream. */
  streamed?: true
}

/** A request and its response, from the names of OpenTelemetry, old and new, and those of logfire's capture. */
export interface Http {
  method: string
  url: string
  route: string | undefined
  status: number | undefined
  request: HttpMessage
  response: HttpMessage
}

const httpKey = /^(?:http\.|url\.|user_agent\.|client\.|server\.|network\.|net\.)/

export function httpOf(attributes: Attributes): Http | undefined {
  const method = first(attributes, 'http.request.method', 'http.method')
  const status = Number(first(attributes, 'http.response.status_code', 'http.status_code') ?? Number.NaN)
  if (method === undefined && Number.isNaN(status)) return undefined
  const query = first(attributes, 'url.query')
  const path = first(attributes, 'url.path', 'http.target')
  return {
    method: method ?? 'HTTP',
    url: first(attributes, 'url.full', 'http.url') ?? `${path ?? ''}${query && !path?.includes('?') ? `?${query}` : ''}`,
    route: first(attributes, 'http.route'),
    status: Number.isNaN(status) ? undefined : status,
    request: message(attributes, 'request'),
    response: message(attributes, 'response'),
  }
}

function message(attributes: Attributes, side: 'request' | 'response'): HttpMessage {
  const prefix = `http.${side}.header.`
  const headers = Object.entries(attributes)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]): [string, string] => [key.slice(prefix.length).replaceAll('_', '-'), Array.isArray(value) ? value.join(', ') : String(value)])
  const body = attributes[`http.${side}.body.text`] ?? attributes[`http.${side}.body.form`] ?? attributes[`http.${side}.body`]
  const events = typeof body === 'string' ? streamed(body) : undefined
  if (events) return { headers, body: events, streamed: true }
  return { headers, body: body === '' ? undefined : parsed(body) }
}

/** POST /pay → 200 */
export function httpSummary(http: Http): string {
  return `${http.method} ${http.route ?? http.url}${http.status === undefined ? '' : ` → ${http.status}`}`
}

export interface Statement {
  text: string
  system: string
  /** The name of its dialect for the formatter. */
  dialect: string
  summary: string
}

const dialects: Record<string, string> = {
  postgresql: 'postgresql', cockroachdb: 'postgresql', mysql: 'mysql', mariadb: 'mariadb', sqlite: 'sqlite', duckdb: 'postgresql', redshift: 'postgresql',
}
const noSql = /^(?:redis|memcached|mongodb|elasticsearch|opensearch|couchbase|couchdb|neo4j|dynamodb|aws\.dynamodb|azure\.cosmosdb)$/

/** A statement to a database. */
export function statementOf(attributes: Attributes): Statement | undefined {
  const text = first(attributes, 'db.query.text', 'db.statement')
  if (text === undefined) return undefined
  const system = first(attributes, 'db.system.name', 'db.system') ?? ''
  const where = [system, first(attributes, 'db.namespace', 'db.name'), first(attributes, 'db.collection.name', 'db.sql.table')].filter(Boolean).join(' · ')
  const does = first(attributes, 'db.query.summary', 'db.operation.name', 'db.operation') ?? text.trim().split(/\s/)[0] ?? ''
  return { text, system, dialect: noSql.test(system) ? '' : (dialects[system] ?? 'sql'), summary: where ? `${does} on ${where}` : does }
}

/** Attributes that belong together, with one line that says what they say. */
export interface Section {
  title: 'HTTP' | 'Database' | 'GenAI' | 'Messaging' | 'RPC'
  summary: string
  entries: [string, unknown][]
}

const sections: { title: Section['title']; key: RegExp; summary: (attributes: Attributes) => string | undefined }[] = [
  { title: 'HTTP', key: httpKey, summary: (a) => { const http = httpOf(a); return http && httpSummary(http) } },
  { title: 'Database', key: /^db\./, summary: (a) => statementOf(a)?.summary ?? first(a, 'db.operation.name', 'db.operation', 'db.system.name', 'db.system') },
  { title: 'GenAI', key: /^(?:gen_ai\.|llm\.|ai\.|pydantic_ai\.|model_request_parameters$|all_messages_events$|request_data$|response_data$|operation\.cost$|final_result$)/, summary: genAiSummary },
  { title: 'Messaging', key: /^messaging\./, summary: (a) => [first(a, 'messaging.operation.type', 'messaging.operation', 'messaging.operation.name'), first(a, 'messaging.destination.name', 'messaging.destination')].filter(Boolean).join(' ') || undefined },
  { title: 'RPC', key: /^rpc\./, summary: (a) => [first(a, 'rpc.service'), first(a, 'rpc.method')].filter(Boolean).join('/') || undefined },
]

function genAiSummary(a: Attributes): string | undefined {
  const what = first(a, 'gen_ai.operation.name', 'llm.request.type')
  const model = first(a, 'gen_ai.response.model', 'gen_ai.request.model', 'llm.model_name')
  const [into, out] = [first(a, 'gen_ai.usage.input_tokens', 'gen_ai.aggregated_usage.input_tokens'), first(a, 'gen_ai.usage.output_tokens', 'gen_ai.aggregated_usage.output_tokens')]
  const tool = first(a, 'gen_ai.tool.name')
  return [what, tool ?? model, tokens(Number(into ?? 0), Number(out ?? 0))].filter(Boolean).join(' ') || undefined
}

/** Parts the attributes of a record: those that belong together, and the others. Each is in one place. */
export function groupAttributes(attributes: Attributes, named: ReadonlySet<string>): { sections: Section[]; rest: [string, unknown][] } {
  const left = Object.entries(attributes).filter(([key]) => !named.has(key) && !codeKeys.has(key))
  const found: Section[] = []
  let rest = left
  for (const { title, key, summary } of sections) {
    const said = summary(attributes)
    const entries = said === undefined ? [] : rest.filter(([name]) => key.test(name))
    if (said === undefined || entries.length === 0) continue
    found.push({ title, summary: said, entries })
    rest = rest.filter((entry) => !entries.includes(entry))
  }
  return { sections: found, rest }
}
