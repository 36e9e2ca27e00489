// API keys of an organisation: for programs that manage it.

import { managed, rotationBody, type Rotation, type Token } from './manage'

export interface ApiKey extends Token {
  name: string
  scopes: string[]
  project_id: string | null
  project_name: string | null
}

/** Something that an API key may do. */
export interface Scope {
  scope: string
  description: string
  /** Not for keys of one project. */
  of_organization: boolean
  /** Only for keys of one project. */
  needs_project: boolean
}

export interface NewApiKey {
  name: string
  description: string
  scopes: string[]
  /** undefined: all projects of the organisation. */
  projectId: string | undefined
  expiresAt: string | undefined
}

const path = (organization: string, rest = '', revoked = false) => `/api/v1/api-keys/${rest}?organization=${encodeURIComponent(organization)}${revoked ? '&revoked=true' : ''}`

export function apiKeys(organization: string, signal: AbortSignal): Promise<ApiKey[]> {
  return managed(path(organization, '', true), { signal })
}

/** What the viewer may give to a key. */
export function scopes(organization: string, signal: AbortSignal): Promise<Scope[]> {
  return managed(path(organization, 'scopes/'), { signal })
}

/** Makes a key. Its text is told now and never again. */
export function createApiKey(organization: string, { name, description, scopes: wanted, projectId, expiresAt }: NewApiKey): Promise<{ token: string }> {
  const body = { name, scopes: wanted, ...(description && { description }), ...(projectId && { project_id: projectId }), ...(expiresAt && { expires_at: expiresAt }) }
  return managed(path(organization), { method: 'POST', body })
}

export function rotateApiKey(organization: string, id: string, rotation: Rotation): Promise<{ token: string }> {
  return managed(path(organization, `${id}/rotate/`), { method: 'POST', body: rotationBody(rotation) })
}

export function revokeApiKey(organization: string, id: string): Promise<void> {
  return managed(path(organization, `${id}/`), { method: 'DELETE' })
}

/** Whether a key of one project, or of all, may have a scope. */
export function fits(scope: Scope, ofProject: boolean): boolean {
  return ofProject ? !scope.of_organization : !scope.needs_project
}
