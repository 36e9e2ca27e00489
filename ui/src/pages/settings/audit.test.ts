import { expect, test } from 'vitest'
import type { AuditEntry } from '../../api/people'
import { deedOf, thingOf } from './audit'

const entry = (action: string, type: string | null, detail: string | null = null, record: string | null = null): AuditEntry => ({
  id: '1', created_at: '2026-11-26T20:00:00.000000Z', user_id: null, user_name: 'Ada', ip_address: '192.0.2.1', action, resource_type: type, record_id: record, detail,
})

test('what was done is said in words', () => {
  const deeds = [
    ['INSERT', 'project'], ['INSERT', 'alert'], ['INSERT', 'API key'], ['INSERT', 'user token'], ['UPDATE', 'dashboard'], ['DELETE', 'write token'], ['DELETE', 'channel'], ['DELETE', 'member'], ['LOGIN', 'session'], ['FAILED_LOGIN', 'session'], ['INSERT', 'password reset'], ['UPDATE', 'password'], ['INSERT', null],
  ] as const
  expect(deeds.map(([action, type]) => deedOf(entry(action, type)))).toEqual([
    'made a project', 'made an alert', 'made an API key', 'made a user token', 'changed a dashboard', 'revoked a write token', 'deleted a channel', 'removed a member', 'logged in', 'could not log in', 'made a link to reset the password', 'set the password', 'made something',
  ])
})

test('people are called by their names', () => {
  const nameOf = (id: string) => ({ 7: 'Eve' })[id]
  expect([
    entry('UPDATE', 'member', 'now read-only', '7'), entry('DELETE', 'member', null, '7'), entry('DELETE', 'member', null, '8'), entry('INSERT', 'member', 'eve@example.com as member', '7'), entry('INSERT', 'project', 'demo', '7'),
    entry('UPDATE', 'password', null, '7'), entry('UPDATE', 'password', 'with a link of Ada', '7'), entry('INSERT', 'password reset', 'eve@example.com', '7'),
    entry('LOGIN', 'session', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', '9'),
  ].map((one) => thingOf(one, nameOf))).toEqual(['Eve: now read-only', 'Eve', '', 'eve@example.com as member', 'demo', 'Eve', 'Eve: with a link of Ada', 'eve@example.com', 'Firefox on Linux'])
})
