// The server's public API, typed. Nothing else in the app sends requests.

import { formatUTC, type Micros } from '../lib/time'
import type { Conversation, Dialogue } from './conversation'
import { entrances, refused } from './door'
import { reachable } from './reach'

/** What went wrong, in the server's words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** What to write instead. */
    readonly hint?: string,
    /** Where in the SQL, in characters from 1. */
    readonly position?: number,
    /** What the server's log calls the request. */
    readonly requestId?: string,
    /** Method and path of what was asked. */
    readonly request?: string,
    /** After how many seconds to come again, where the server says so. */
    readonly retryAfter?: number,
    /** What is wrong with which field of what was sent. */
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(message)
  }
}

const tokenKey = 'hearth.readToken'

/** A read token, where the server wants one: not on loopback addresses. */
export function readToken(): string {
  return sessionStorage.getItem(tokenKey) ?? ''
}

export function setReadToken(token: string): void {
  sessionStorage.setItem(tokenKey, token)
}

let organization = ''

/** Says in which organisation the projects are that requests name. Pages of another one are loaded anew, so that there is one at a time. */
export function inOrganization(name: string): void {
  organization = name
}

/** The organisation of the page; empty where none is open. */
export function organizationHere(): string {
  return organization
}

function headers(project: string | undefined): Headers {
  const h = new Headers({ Accept: 'application/json' })
  const token = readToken()
  if (token) h.set('Authorization', token)
  if (project) h.set('X-Hearth-Project', organization ? `${organization}/${project}` : project)
  return h
}

async function problem(response: Response, asked: string): Promise<ApiError> {
  const text = await response.text()
  const id = response.headers.get('X-Request-Id') ?? undefined
  const wait = Number(response.headers.get('Retry-After')) || undefined
  try {
    const body = JSON.parse(text) as { detail?: unknown; hint?: string; position?: number }
    const wrong = Array.isArray(body.detail) ? body.detail.map((d: { loc?: string[]; msg?: string }) => [d.loc?.at(-1) ?? '', d.msg ?? ''] as const) : undefined
    const detail = wrong?.map(([field, msg]) => `${field}: ${msg}`).join('; ') ?? String(body.detail ?? text)
    return new ApiError(response.status, detail, body.hint, body.position, id, asked, wait, Object.fromEntries(wrong ?? []))
  } catch {
    return new ApiError(response.status, text || response.statusText, undefined, undefined, id, asked, wait)
  }
}

/** Sends a request; what is not a success is thrown as an ApiError. What a refusal means is left to who sends it. */
export async function send(path: string, init: RequestInit): Promise<Response> {
  const asked = `${init.method ?? 'GET'} ${path.split('?')[0]}`
  let response: Response
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (init.signal?.aborted) throw error
    reachable(false)
    throw new ApiError(0, 'Hearth does not answer.', undefined, undefined, undefined, asked)
  }
  reachable(true)
  if (!response.ok) throw await problem(response, asked)
  return response
}

/** Sends a request of somebody who was let in: a refusal tells that they no longer are, or may less than the page knows. */
export async function request(path: string, init: RequestInit): Promise<Response> {
  const entrance = entrances()
  try {
    return await send(path, init)
  } catch (error) {
    if (error instanceof ApiError) refused(error.status, path.split('?')[0]!, entrance)
    throw error
  }
}

/** Asks for what people keep in a project, as who may read it. */
export async function keeping<T>(path: string, init: { method?: string; body?: unknown; signal?: AbortSignal } = {}): Promise<T> {
  const h = headers(undefined)
  if (init.body !== undefined) h.set('Content-Type', 'application/json')
  const response = await request(path, { method: init.method ?? 'GET', headers: h, signal: init.signal ?? null, body: init.body === undefined ? null : JSON.stringify(init.body) })
  return (response.status === 204 ? undefined : await response.json()) as T
}

/** What stands for $name in a statement: a text, or a list of texts. */
export type Variables = Readonly<Record<string, string | readonly string[]>>

export interface Question {
  project: string
  sql: string
  since: Micros
  until?: Micros | undefined
  limit?: number
  environment?: string | undefined
  timezone?: string
  variables?: Variables
  signal?: AbortSignal
}

function post(q: Question, accept: string, more: object = {}, path = '/v2/query'): Promise<Response> {
  const h = headers(q.project)
  h.set('Accept', accept)
  h.set('Content-Type', 'application/json')
  const body = {
    sql: q.sql,
    min_timestamp: formatUTC(q.since),
    ...(q.until === undefined ? {} : { max_timestamp: formatUTC(q.until) }),
    limit: q.limit ?? 1000,
    ...(q.environment === undefined ? {} : { deployment_environment: q.environment }),
    ...(q.timezone ? { timezone: q.timezone } : {}),
    ...(q.variables ? { variables: q.variables } : {}),
    ...more,
  }
  return request(path, { method: 'POST', headers: h, body: JSON.stringify(body), signal: q.signal ?? null })
}

/** Runs SQL and returns the rows. */
export async function query<T>(q: Question): Promise<T[]> {
  const response = await post(q, 'application/json')
  return ((await response.json()) as { data: T[] }).data
}

/** A column of an answer; the type is spelt as Arrow's. */
export interface AnswerField {
  name: string
  data_type: string | Record<string, unknown>
  nullable: boolean
}

/** Rows with what is known of their columns. */
export interface Answer {
  fields: AnswerField[]
  /** The values in the order of the fields. Whole numbers too large for JavaScript are texts of digits. */
  rows: unknown[][]
}

/** Runs SQL that nobody knew before. */
export async function ask(q: Question): Promise<Answer> {
  const response = await post(q, 'application/json')
  const { schema, data } = parseExact(await response.text()) as { schema: { fields: AnswerField[] }; data: Record<string, unknown>[] }
  return { fields: schema.fields, rows: data.map((row) => schema.fields.map((field) => row[field.name])) }
}

/** Reads JSON without rounding whole numbers, where the browser tells how they were written. */
export function parseExact(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text)
  const keep = (_: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '') ? context!.source : value
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown)
}

/** A statement as it runs, with its variables filled in. */
export async function rendered(q: Question): Promise<string> {
  return ((await (await post(q, 'application/json', {}, '/v1/render')).json()) as { sql: string }).sql
}

/** The engine's plan of a statement. */
export async function plan(q: Question): Promise<string> {
  const response = await post(q, 'application/json', { explain: true })
  return ((await response.json()) as { physical_plan?: string }).physical_plan ?? ''
}

/** How an answer can be written into a file. */
export const fileTypes = { csv: 'text/csv', json: 'application/json', ndjson: 'application/x-ndjson' } as const

/** Runs SQL and returns the answer as a file: as the server writes it, but of NDJSON the rows alone. */
export async function file(q: Question, type: keyof typeof fileTypes): Promise<Blob> {
  const answer = await post(q, fileTypes[type])
  return type === 'ndjson' ? new Blob([rowLines(await answer.text())], { type: fileTypes.ndjson }) : answer.blob()
}

/** Takes the rows out of the frames in which the server streams NDJSON (Logfire's: schema, data, end), a line for each. */
export function rowLines(framed: string): string {
  const frames = framed.split('\n').filter((line) => line !== '').map((line) => parseExact(line) as { rows?: unknown[] })
  return frames.flatMap((frame) => frame.rows ?? []).map((row) => `${JSON.stringify(row)}\n`).join('')
}

/** What statements can ask for: tables with columns, and functions. */
export interface Schemas {
  tables: { name: string; description: string; schema: Record<string, { data_type: string; nullable: boolean; description: string; is_json: boolean; position?: number }> }[]
  functions?: { name: string; kind: 'scalar' | 'aggregate' | 'window'; signature: string; description: string }[]
}

export async function schemas(project: string, signal: AbortSignal): Promise<Schemas> {
  return (await request('/v1/schemas', { headers: headers(project), signal })).json() as Promise<Schemas>
}

/** A text as a SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

export interface Project {
  id: string
  project_name: string
  organization_name: string
}

export interface TokenInfo {
  token_id: string
  project_id: string
  organization_name: string
  project_name: string
}

const anonymous = '00000000-0000-0000-0000-000000000000'

/** Who is asking. local: no token is needed here. */
export async function whoami(project: string, signal: AbortSignal): Promise<TokenInfo & { local: boolean }> {
  const info = (await (await request('/v1/read-token-info', { headers: headers(project), signal })).json()) as TokenInfo
  return { ...info, local: info.token_id === anonymous }
}

/** Which Hearth answers, and from which prices it works out what models cost. */
export async function about(): Promise<{ version: string; prices: string }> {
  return (await (await request('/v1/version', { headers: headers(undefined) })).json()) as { version: string; prices: string }
}

/** Which version of Hearth answers. */
export async function version(): Promise<string> {
  return (await about()).version
}

export interface Service {
  service_name: string
  /** 1 to 20: which of the tokens --series-N is its colour, for every viewer. */
  hue: number
}

/** The services of a project, first seen first. */
export async function services(project: string, signal: AbortSignal): Promise<Service[]> {
  const body = (await (await request('/v1/services', { headers: headers(project), signal })).json()) as { services: Service[] }
  return body.services
}

export interface IngestOutcome {
  signal: 'traces' | 'logs' | 'metrics'
  transport: 'http' | 'grpc'
  /** HTTP's, for gRPC too. */
  status: number
  /** A stable word; empty for requests that were taken. */
  reason: string
}

/** What became of telemetry on its way into a project, since the server started. */
export interface Ingest {
  since: string
  /** Requests without a token or with an unknown one are among these: the asker may manage the server. */
  unauthorized_shown: boolean
  requests: (IngestOutcome & { count: number; last_at: string })[]
  /** The newest first; texts are what clients were told, and may hold anything. */
  refused_requests: (IngestOutcome & { at: string; text: string; token_suffix: string; client: string; remote: string })[]
  records: { signal: IngestOutcome['signal']; reason: string; text: string; count: number; last_at: string }[]
  /** The last hour, oldest first; those in which nothing came are left out. */
  minutes: { at: string; signal: IngestOutcome['signal']; accepted: number; refused: number; cut: number; refused_requests: number }[]
  /** The last 30 days of UTC, oldest first; those without anything are left out. */
  days: { day: string; bytes: number; records: number }[]
  /** How full things are; what is of the whole server is told to whoever may manage it. */
  state: {
    project_disk_bytes: number
    today_bytes: number
    daily_quota_bytes: number | null
    queue_bytes?: number
    queue_limit_bytes?: number
    log_bytes?: number
    disk_free_bytes?: number
  }
}

/** managing: headers of who may manage the server, instead of a read token. */
export async function ingest(project: string, signal: AbortSignal, managing: Record<string, string> = {}): Promise<Ingest> {
  const h = headers(project)
  for (const [name, value] of Object.entries(managing)) h.set(name, value)
  return (await request('/v1/ingest', { headers: h, signal })).json() as Promise<Ingest>
}

/** What was said below a span, whichever dialect it was told in. */
export async function conversation(project: string, trace: string, span: string, signal: AbortSignal): Promise<Conversation> {
  const path = `/v1/traces/${encodeURIComponent(trace)}/conversation?span_id=${encodeURIComponent(span)}`
  return (await request(path, { headers: headers(project), signal })).json() as Promise<Conversation>
}

/** What was said under the id of a conversation or a session since a moment, in all traces. */
export async function dialogue(project: string, id: string, since: Micros, signal: AbortSignal): Promise<Dialogue> {
  const parameters = new URLSearchParams({ id, min_timestamp: formatUTC(since) })
  return (await request(`/v1/conversation?${parameters}`, { headers: headers(project), signal })).json() as Promise<Dialogue>
}

export interface LiveQuestion {
  project: string
  filter: string
  environment?: string | undefined
  cursor: string
  /** An answer that ends with the first events, or after a while. */
  poll: boolean
  signal: AbortSignal
}

/** How long one poll may take. */
const pollSeconds = 20
/** How many records a second a person can make something of. */
const mostPerSecond = 500

/**
 * Opens the live tail; the events end when the connection does. There are at most 20 a second. Where more than 500 records
 * a second match, `records` is `{rows, of}`: some of them, errors, roots and whole traces first, and how many there were.
 */
export async function openLive(q: LiveQuestion): Promise<ReadableStream<Uint8Array>> {
  const parameters = new URLSearchParams({ q: q.filter, sample: String(mostPerSecond) })
  if (q.environment !== undefined) parameters.set('deployment_environment', q.environment)
  if (q.poll) parameters.set('poll', String(pollSeconds))
  const h = headers(q.project)
  h.set('Accept', 'text/event-stream')
  if (q.cursor) h.set('Last-Event-ID', q.cursor)
  const response = await request(`/v1/live?${parameters}`, { headers: h, signal: q.signal })
  if (!response.body) throw new ApiError(0, 'The live tail has no body.')
  return response.body
}
