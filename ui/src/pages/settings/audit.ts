// The audit log in words.

import type { AuditEntry } from '../../api/people'
import { browserName } from '../../lib/browser'

/** What can be asked for, by the names of the API. */
export const actions: [string, string][] = [
  ['', 'Everything'], ['INSERT', 'Made'], ['UPDATE', 'Changed'], ['DELETE', 'Deleted, removed, revoked'], ['LOGIN', 'Logged in'], ['FAILED_LOGIN', 'Failed logins'], ['LOGOUT', 'Logged out'],
  ['CLAIM_INVITATION', 'Came by invitation'], ['REVOKE_INVITATION', 'Revoked invitations'],
]

const alone: Record<string, string> = {
  LOGIN: 'logged in', FAILED_LOGIN: 'could not log in', LOGOUT: 'logged out', CLAIM_INVITATION: 'came with an invitation', REVOKE_INVITATION: 'revoked an invitation',
}

/** Things that are not made, changed and deleted as others are. */
const special: Record<string, string> = {
  'INSERT user': 'made an account', 'UPDATE user': 'changed an account', 'INSERT member': 'joined', 'DELETE member': 'removed a member', 'UPDATE project settings': 'changed the settings of the project',
  'INSERT identity': 'connected a login elsewhere', 'INSERT invitation': 'invited somebody', 'INSERT password reset': 'made a link to reset the password', 'UPDATE password': 'set the password',
}

const verbs: Record<string, string> = { INSERT: 'made', UPDATE: 'changed', DELETE: 'deleted' }

/** What was done, in words that follow a name. */
export function deedOf({ action, resource_type: type }: AuditEntry): string {
  const words = alone[action] ?? special[`${action} ${type}`]
  if (words) return words
  const thing = type ?? 'something'
  const verb = action === 'DELETE' && /token|key|session/.test(thing) ? 'revoked' : (verbs[action] ?? action.toLowerCase().replaceAll('_', ' '))
  return type === null ? `${verb} ${thing}` : `${verb} ${/^[aeio]/i.test(thing) ? 'an' : 'a'} ${thing}`
}

/** The things whose id is that of a person. */
const ofPeople = ['member', 'user', 'password', 'password reset']

/** Which thing it was. nameOf: who has an id, as far as that is known. */
export function thingOf(entry: AuditEntry, nameOf: (id: string) => string | undefined): string {
  const detail = entry.action === 'LOGIN' ? browserName(entry.detail ?? '') : (entry.detail ?? '')
  const person = ofPeople.includes(entry.resource_type ?? '') ? nameOf(entry.record_id ?? '') : undefined
  if (person && !detail.includes('@')) return detail ? `${person}: ${detail}` : person
  return detail
}
