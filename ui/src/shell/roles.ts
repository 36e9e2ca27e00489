import type { Role } from '../api/people'

/** What each role may do, in words that follow "may". */
export const may: Record<Role, string> = {
  admin: 'do everything, and say who else comes in',
  member: 'read everything, and make projects, tokens, dashboards and alerts',
  'read-only': 'read and query everything, and keep searches of your own',
}
