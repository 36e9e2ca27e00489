import { expect, test } from 'vitest'
import type { Ingest } from '../api/client'
import { arrivals, fault } from './arrivals'

const refused = { signal: 'traces', transport: 'http', status: 401, reason: 'unknown_token', at: '2026-11-26T11:00:00Z', text: 'Unknown token', token_suffix: 'a1f', client: 'curl', remote: '127.0.0.1' } as const

test('requests are counted by status, and the newest refusal is told', () => {
  const ingest: Ingest = {
    since: '2026-11-26T10:00:00Z', unauthorized_shown: true, records: [], minutes: [], days: [], state: { project_disk_bytes: 0, today_bytes: 0, daily_quota_bytes: null },
    requests: [
      { signal: 'traces', transport: 'http', status: 200, reason: '', count: 2, last_at: '' },
      { signal: 'logs', transport: 'grpc', status: 200, reason: '', count: 3, last_at: '' },
      { signal: 'traces', transport: 'http', status: 401, reason: 'unknown_token', count: 3, last_at: '' },
      { signal: 'traces', transport: 'http', status: 503, reason: 'busy', count: 1, last_at: '' },
    ],
    refused_requests: [refused, { ...refused, token_suffix: 'old' }],
  }
  expect(arrivals(ingest)).toEqual([{ status: 200, count: 5 }, { status: 401, count: 3, newest: refused }, { status: 400, count: 0 }, { status: 503, count: 1 }])
})

test('what was wrong is said shortly', () => {
  expect(fault(refused)).toBe('wrong token …a1f')
  expect(fault({ status: 401, token_suffix: '', text: 'Missing or invalid authorization header' })).toBe('Missing or invalid authorization header')
  expect(fault({ status: 400, token_suffix: 'a1f', text: 'not a protobuf message' })).toBe('not a protobuf message')
})
