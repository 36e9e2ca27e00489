// Projects and their tokens, and how everything is asked for that takes a person: with the cookie of who logged in, or with
// the operator's key.

import { useSyncExternalStore } from 'react'
import { ingest, organizationHere, readToken, request, send, type Ingest, type Project } from './client'

// In memory only: who reloads the page is asked again.
let password = ''
const listeners = new Set<() => void>()

export function setPassword(text: string): void {
  password = text
  for (const listener of listeners) listener()
}

/** Whether the operator's key was given, and the server took it. */
export function usePasswordGiven(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, () => password !== '')
}

/** HTTP Basic with UTF-8, as RFC 7617 says. The name does not matter to Hearth. */
export function basic(text: string): string {
  const bytes = new TextEncoder().encode(`hearth:${text}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}

/** X-Requested-With: without it a wrong password would open the browser's own dialog. */
function managing(secret: string): Record<string, string> {
  return { 'X-Requested-With': 'XMLHttpRequest', ...(secret && { Authorization: basic(secret) }) }
}

/** What became of telemetry; who may manage the server also sees the requests that belong to no project. */
export function ingestSeen(project: string, signal: AbortSignal): Promise<Ingest> {
  return ingest(project, signal, managing(password))
}

interface Init {
  method?: string
  body?: unknown
  signal?: AbortSignal
  /** The operator's key that somebody tries. */
  password?: string
  /** The organisation that is meant, where the path names none; that of the page, if it is left out. */
  organization?: string
}

/** Asks for something that takes a person, by its full path. */
export async function managedResponse(path: string, init: Init = {}): Promise<Response> {
  const headers = new Headers({ Accept: 'application/json', ...managing(init.password ?? password) })
  if (init.body !== undefined) headers.set('Content-Type', 'application/json')
  const organization = init.organization ?? organizationHere()
  if (organization) headers.set('X-Hearth-Organization', organization)
  // Who is here with a read token, or tries a key, is not out because of it.
  const ask = init.password !== undefined || readToken() !== '' ? send : request
  return ask(path, { method: init.method ?? 'GET', headers, signal: init.signal ?? null, body: init.body === undefined ? null : JSON.stringify(init.body) })
}

/** Asks for something that takes a person, and reads the answer. */
export async function managed<T>(path: string, init: Init = {}): Promise<T> {
  const response = await managedResponse(path, init)
  return (response.status === 204 ? undefined : await response.json()) as T
}

/** Asks for something below /api/v1/projects/ as a person. */
export function manage<T>(path: string, init: Init = {}): Promise<T> {
  return managed(`/api/v1/projects/${path}`, init)
}

/** A project with what only its own page shows. */
export interface FullProject extends Project {
  description: string | null
  created_at: string
}

export function projects(signal: AbortSignal): Promise<FullProject[]> {
  return manage('', { signal })
}

/** Keeps the operator's key when the server takes it; throws what the server says when it does not. */
export async function tryPassword(text: string): Promise<void> {
  await manage<FullProject[]>('', { password: text })
  setPassword(text)
}

export function createProject(organization: string, name: string, description: string): Promise<FullProject> {
  return manage('', { method: 'POST', body: { organization_name: organization, project_name: name, ...(description && { description }) } })
}

/** Changes what is named of a project; another name gives it other addresses. */
export function changeProject(id: string, change: { project_name?: string; description: string | null }): Promise<FullProject> {
  return manage(`${id}/`, { method: 'PUT', body: change })
}

/** Deletes a project with its records, for good. */
export function deleteProject(id: string): Promise<void> {
  return manage(`${id}/`, { method: 'DELETE' })
}

/** The project of the server's own metrics, on every server. */
const serverProject = '00000000-0000-8000-8000-686561727468'

/** Whether it is a project that every server has: it keeps its name, and stays. */
export function isPermanent(p: FullProject): boolean {
  return p.id === serverProject || p.organization_name === 'local' && p.project_name === 'default'
}

export type TokenKind = 'write' | 'read'

export interface Token {
  id: string
  description: string | null
  /** The start of its text. */
  token_prefix: string
  created_at: string
  /** null where nobody knows any more. */
  created_by_name: string | null
  expires_at: string | null
  last_used_at: string | null
  /** Where from, and by which program, as it calls itself. */
  last_used_address: string | null
  last_used_client: string | null
  revoked_at: string | null
  active: boolean
  /** How many records were sent with it in the last 24 hours; undefined of what cannot send. */
  records_24h?: number
  /** The same by the hour of the clock, oldest first; the last is the running one. */
  records_by_hour?: number[]
}

/** How a token takes the place of another. */
export interface Rotation {
  /** How long the old one goes on working. */
  keepOldHours: number
  /** undefined: as long as the old one was good. */
  expiresAt: string | undefined
}

export function rotationBody({ keepOldHours, expiresAt }: Rotation): unknown {
  return { keep_old_hours: keepOldHours, ...(expiresAt && { expires_at: expiresAt }) }
}

export function tokens(project: string, kind: TokenKind, signal: AbortSignal): Promise<Token[]> {
  return manage(`${project}/${kind}-tokens/?revoked=true`, { signal })
}

/** Makes a token. Its text is told now and never again. */
export function createToken(project: string, kind: TokenKind, description: string, expiresAt: string | undefined): Promise<{ id: string; token: string }> {
  return manage(`${project}/${kind}-tokens/`, { method: 'POST', body: { ...(description && { description }), ...(expiresAt && { expires_at: expiresAt }) } })
}

export function revokeToken(project: string, kind: TokenKind, id: string): Promise<void> {
  return manage(`${project}/${kind}-tokens/${id}/`, { method: 'DELETE' })
}

/** Makes a token that takes the place of another. Its text is told now and never again. */
export function rotateToken(project: string, kind: TokenKind, id: string, rotation: Rotation): Promise<{ id: string; token: string }> {
  return manage(`${project}/${kind}-tokens/${id}/rotate/`, { method: 'POST', body: rotationBody(rotation) })
}
