// People: how they come in, who is here, and the members of an organisation.

import { ApiError, readToken, send, whoami, type TokenInfo } from './client'
import { managed, managedResponse } from './manage'

/** What somebody may do in an organisation; each may what the ones after it may. */
export type Role = 'admin' | 'member' | 'read-only'

export const roles: readonly Role[] = ['admin', 'member', 'read-only']

/** Whether who has a role may do what another may. */
export function includes(role: Role | undefined, other: Role): boolean {
  return role !== undefined && roles.indexOf(role) <= roles.indexOf(other)
}

/** A place where people log in instead. */
export interface Provider {
  id: string
  name: string
  /** Where the browser goes; return_to, a path, may be added. */
  url: string
}

/** How somebody gets in here. */
export interface WaysIn {
  /** Nobody has to. */
  local: boolean
  /** There are accounts. */
  people: boolean
  /** There is an operator's key. */
  operator: boolean
  /** The first account can be made. */
  setup: boolean
  providers: Provider[]
}

/** Who asks. Who has no account, as everyone in local mode, has no id and no address. */
export interface Me {
  name: string
  user_id: string | null
  email: string | null
  /** They can log in with a password. Who came by single sign-on has none. */
  has_password: boolean
  organizations: { id: string; organization_name: string; role: Role }[]
  /** They may make organisations, and end everybody's logins. */
  manages_server: boolean
}

async function json<T>(response: Response): Promise<T> {
  return (response.status === 204 ? undefined : await response.json()) as T
}

/** X-Requested-With: without it the browser would open a dialog of its own. */
async function post<T>(path: string, body: unknown, more: Record<string, string> = {}): Promise<T> {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json', 'X-Requested-With': 'XMLHttpRequest', ...more }
  return json<T>(await send(path, { method: 'POST', headers, body: JSON.stringify(body) }))
}

export async function waysIn(signal: AbortSignal): Promise<WaysIn> {
  return json(await send('/api/v1/login/', { signal }))
}

/** Logs in: the browser has a session from now on. */
export function logIn(email: string, password: string): Promise<Me> {
  return post('/api/v1/login/', { email, password })
}

/** What somebody comes to a provider with, besides what they are known by there: the session that is here, or the code of a link. */
export type SignOnSecret = { link: true } | { invitation_code: string } | ({ setup_code: string } & FirstPlace)

/** Where the first person of a server begins. What is not there is made; what is there stays as it is. */
export interface FirstPlace {
  organization_name: string
  project_name: string
}

/** The address at a provider to which the browser goes; it comes back to a path of ours. */
export async function signOnWith(provider: string, secret: SignOnSecret, back: string): Promise<string> {
  return (await post<{ url: string }>(`/api/v1/login/${provider}/`, { ...secret, return_to: back })).url
}

/** A login elsewhere with which somebody comes in. */
export interface Identity {
  id: string
  /** The provider, as people call it. */
  name: string
  issuer: string
  created_at: string
}

export function identities(signal: AbortSignal): Promise<Identity[]> {
  return managed('/api/v1/me/identities/', { signal })
}

export function unlinkIdentity(id: string): Promise<void> {
  return managed(`/api/v1/me/identities/${id}/`, { method: 'DELETE' })
}

export function logOut(): Promise<void> {
  return managed('/api/v1/logout/', { method: 'POST' })
}

/** Who is logged in with this browser, or null for nobody. */
export async function whoIsHere(signal: AbortSignal): Promise<Me | null> {
  try {
    return await json<Me>(await send('/api/v1/me/', { signal, headers: { Accept: 'application/json', 'X-Requested-With': 'XMLHttpRequest' } }))
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

/** Who asks; a refusal for nobody. */
export function whoAmI(signal: AbortSignal): Promise<Me> {
  return managed('/api/v1/me/', { signal })
}

/** What somebody tells of themselves who makes an account. */
export interface Newcomer {
  email: string
  name: string
  password: string
}

/** Makes the first account and where it begins, with the code of the link that the server printed, or with what Authorization says. */
export function setUp(newcomer: Newcomer, place: FirstPlace, code: string, authorization?: string): Promise<Me> {
  return post('/api/v1/setup/', { code, ...newcomer, ...place }, authorization ? { Authorization: authorization } : {})
}

/** What a link invites to. */
export interface Invited {
  organization_name: string
  role: Role
  created_by_name: string
  expires_at: string
}

export function findInvitation(code: string): Promise<Invited> {
  return post('/api/v1/invitation/', { code })
}

/** Comes with an invitation: as a newcomer, or as who is logged in. */
export function acceptInvitation(code: string, newcomer?: Newcomer): Promise<Me | undefined> {
  return post('/api/v1/invitation/accept/', { code, ...newcomer })
}

/** Changes one's password. All other sessions end. */
export function changePassword(current: string, password: string): Promise<void> {
  return managed('/api/v1/me/password/', { method: 'PUT', body: { current_password: current, password } })
}

/** A link with which somebody sets a password who cannot log in. */
export interface PasswordReset {
  /** Of the person, as email. */
  name: string
  email: string
  created_by_name: string
  expires_at: string
}

/** Makes a link for a member of an organisation. Its address is told now and never again; an earlier one ends. */
export function makeReset(organization: string, id: string): Promise<PasswordReset & { reset_url: string }> {
  return managed(`/api/v1/members/${id}/password-reset/`, { organization, method: 'POST' })
}

/** Whose password the code of a link sets. */
export function findReset(code: string): Promise<PasswordReset> {
  return post('/api/v1/password-reset/', { code })
}

/** Sets a password with the code of a link: the person is logged in here from now on, and nowhere else. */
export function setByReset(code: string, password: string): Promise<Me> {
  return post('/api/v1/password-reset/use/', { code, password })
}

/** A browser in which one is logged in. */
export interface Session {
  id: string
  /** What the browser says of itself. */
  client: string
  address: string
  current: boolean
  created_at: string
  last_used_at: string
  expires_at: string
}

export function sessions(signal: AbortSignal): Promise<Session[]> {
  return managed('/api/v1/me/sessions/', { signal })
}

export function endSession(id: string): Promise<void> {
  return managed(`/api/v1/me/sessions/${id}/`, { method: 'DELETE' })
}

/** Who is in the project, and what they may. */
export interface Entry extends TokenInfo {
  /** Nobody logs in here. */
  local: boolean
  /** Who is logged in; undefined for who is here with a read token, and in local mode. */
  person: Me | undefined
  /** What they may in the organisation of the project; undefined for who only has a read token. */
  role: Role | undefined
}

/** Finds out who comes into a project. An empty name stands for the project that the server would choose. */
export async function enter(project: string, signal: AbortSignal): Promise<Entry> {
  const [{ local: free, ...info }, me] = await Promise.all([whoami(project, signal), readToken() ? undefined : whoAmI(signal)])
  const person = me?.user_id ? me : undefined
  const role = me?.organizations.find(({ organization_name: name }) => name === info.organization_name)?.role
  return { ...info, local: free && person === undefined, person, role }
}

/** Somebody in an organisation. */
export interface Member {
  user_id: string
  name: string
  email: string
  role: Role
  /** They may log in. */
  active: boolean
  created_at: string
  last_seen_at: string | null
}

/** organization is a name, here and below. */
export function members(organization: string, signal: AbortSignal): Promise<Member[]> {
  return managed('/api/v1/members/', { organization, signal })
}

export function changeRole(organization: string, id: string, role: Role): Promise<void> {
  return managed(`/api/v1/members/${id}/`, { organization, method: 'PATCH', body: { role } })
}

export function removeMember(organization: string, id: string): Promise<void> {
  return managed(`/api/v1/members/${id}/`, { organization, method: 'DELETE' })
}

/** Says whether somebody may log in to this server, whatever organisations they are in. */
export function letLogIn(id: string, active: boolean): Promise<void> {
  return managed(`/api/v1/users/${id}/`, { method: 'PATCH', body: { active } })
}

export interface Invitation {
  id: string
  role: Role
  description: string
  created_by_name: string
  /** Somebody can come with it. */
  open: boolean
  created_at: string
  expires_at: string
  claimed_at: string | null
  revoked_at: string | null
}

export function invitations(organization: string, signal: AbortSignal): Promise<Invitation[]> {
  return managed('/api/v1/invitations/', { organization, signal })
}

/** Makes an invitation. Its address is told now and never again. */
export function invite(organization: string, role: Role, description: string, expiresAt: string): Promise<Invitation & { invite_url: string }> {
  return managed('/api/v1/invitations/', { organization, method: 'POST', body: { role, description, expires_at: expiresAt } })
}

export function revokeInvitation(organization: string, id: string): Promise<void> {
  return managed(`/api/v1/invitations/${id}/`, { organization, method: 'DELETE' })
}

/** What was done, in a line of the audit log. */
export interface AuditEntry {
  id: string
  created_at: string
  user_id: string | null
  user_name: string | null
  ip_address: string | null
  action: string
  resource_type: string | null
  record_id: string | null
  detail: string | null
}

/** Which entries of the audit log are wanted. Times are UTC, as the server writes them. */
export interface AuditQuestion {
  organization: string
  since: string
  until: string
  /** Empty for every action. */
  action: string
  /** The name or the id of who did it; empty for everybody. */
  user: string
}

function auditPath(q: AuditQuestion, more: Record<string, string>): string {
  const parameters = { start_time: q.since, end_time: q.until, action: q.action, user: q.user, ...more }
  return `/api/v1/audit-logs/?${new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== ''))}`
}

/** How many entries come at a time. */
const auditPage = 100

/** A page of the audit log, the newest entries first, and where the next begins, if there is one. */
export async function auditEntries(q: AuditQuestion, cursor: string, signal: AbortSignal): Promise<{ entries: AuditEntry[]; next: string | undefined }> {
  const response = await managedResponse(auditPath(q, { limit: String(auditPage), cursor }), { organization: q.organization, signal })
  const next = /<([^>]*)>; rel="next"/.exec(response.headers.get('Link') ?? '')?.[1]
  return { entries: (await response.json()) as AuditEntry[], next: next === undefined ? undefined : (new URL(next).searchParams.get('cursor') ?? undefined) }
}

/** All entries that are wanted, as a file. */
export async function auditFile(q: AuditQuestion, format: 'csv' | 'ndjson'): Promise<Blob> {
  return (await managedResponse(auditPath(q, { format }), { organization: q.organization })).blob()
}
