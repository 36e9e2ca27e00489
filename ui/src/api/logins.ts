// Programs that log in without a browser of their own, and the user tokens that they get.

import { managed } from './manage'

/** A login that somebody has to decide on. What the program says of itself is not checked; only its address is. */
export interface DeviceLogin {
  /** What the program shows too, to compare. */
  code: string
  state: 'pending' | 'approved' | 'refused'
  machine_name: string
  client: string
  address: string
  created_at: string
  expires_at: string
  token_lifetime_days: number
}

const login = (code: string) => `/api/v1/device-logins/${encodeURIComponent(code)}/`

export function findLogin(code: string, signal: AbortSignal): Promise<DeviceLogin> {
  return managed(login(code), { signal })
}

export function decideLogin(code: string, decision: 'approve' | 'refuse'): Promise<DeviceLogin> {
  return managed(`${login(code)}${decision}/`, { method: 'POST' })
}

export interface UserToken {
  id: string
  /** The machine. */
  description: string
  /** Who approved the login. */
  created_by_name: string
  token_prefix: string
  created_at: string
  expires_at: string | null
  last_used_at: string | null
  /** Where from, and by which program, as it calls itself. */
  last_used_address: string | null
  last_used_client: string | null
  revoked_at: string | null
  active: boolean
}

export function userTokens(signal: AbortSignal): Promise<UserToken[]> {
  return managed('/api/v1/user-tokens/', { signal })
}

export function revokeUserToken(id: string): Promise<void> {
  return managed(`/api/v1/user-tokens/${id}/`, { method: 'DELETE' })
}
