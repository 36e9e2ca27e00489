// Alerts as the server keeps them. Who may read the project may read and preview them; writing takes what managing takes.

import type { Channel } from './channels'
import { keeping } from './client'
import { managed } from './manage'

export type AlertState = 'firing' | 'flapping' | 'ok' | 'snoozed' | 'no_data' | 'broken' | 'pending'
export type NotifyWhen = 'has_matches' | 'has_matches_changed' | 'starts_having_matches' | 'matches_changed' | 'no_matches'
export type RunStatus = 'ok' | 'matched' | 'error' | 'missed'

/** What an alert is made of. Lengths of time are ISO 8601, as PT5M. */
export interface AlertDraft {
  name: string
  description: string
  query: string
  time_window: string
  frequency: string
  watermark: string
  notify_when: NotifyWhen
  environments: string[]
  channel_ids: string[]
  active: boolean
}

export interface ResultColumn {
  name: string
  type: string
}

export interface AlertResult {
  columns: ResultColumn[]
  rows: unknown[][]
}

/** A run as lists show it. */
export interface RecentRun {
  id: string
  scheduled_at: string
  status: RunStatus
  rows: number
  notified: boolean
  /** How many runs did not take place. */
  missed: number
}

export interface Alert extends Omit<AlertDraft, 'channel_ids'> {
  id: string
  created_at: string
  updated_at: string
  created_by_name: string
  updated_by_name: string
  channels: Channel[]
  last_run: string | null
  next_run: string | null
  has_matches: boolean
  state: AlertState
  /** A sentence. */
  state_reason: string
  state_since: string
  snoozed_until: string | null
  last_error: string | null
  result: AlertResult | null
  result_length: number
  /** The newest first; only in lists. */
  recent_runs?: RecentRun[]
}

export interface Delivery {
  channel_id: string
  label: string
  at: string
  attempts: number
  status: 'pending' | 'delivered' | 'failed'
  error: string | null
  next_attempt: string | null
}

export interface AlertRun extends RecentRun {
  started_at: string | null
  finished_at: string | null
  duration_ms: number | null
  changed: boolean
  deliveries: Delivery[]
  error: string | null
  result: AlertResult | null
}

export interface Preview extends AlertResult {
  total: number
  /** The runs of the last day, the oldest first. */
  would_fire: { at: string; rows: number; fires: boolean }[]
  message: { subject: string; text: string }
  /** What a webhook would get, for each format. */
  payloads?: Record<string, unknown>
}

export interface AlertTemplate extends Pick<AlertDraft, 'name' | 'description' | 'query' | 'time_window' | 'frequency' | 'notify_when'> {
  id: string
}

const base = (project: string) => `/api/v1/projects/${project}/alerts/`

/** project is an id, here and below. */
export function alerts(project: string, signal: AbortSignal): Promise<Alert[]> {
  return keeping(base(project), { signal })
}

export function alert(project: string, id: string, signal: AbortSignal): Promise<Alert> {
  return keeping(`${base(project)}${encodeURIComponent(id)}/`, { signal })
}

/** The runs before a moment, the newest first. */
export function alertRuns(project: string, id: string, limit: number, before: string | undefined, signal: AbortSignal): Promise<AlertRun[]> {
  const parameters = new URLSearchParams({ limit: String(limit), ...(before === undefined ? {} : { before }) })
  return keeping(`${base(project)}${encodeURIComponent(id)}/runs/?${parameters}`, { signal })
}

/** What an alert would meet and say. id: of the alert that is changed, for the links of the message. */
export function previewAlert(project: string, draft: AlertDraft, id: string | undefined): Promise<Preview> {
  return keeping(`${base(project)}preview/`, { method: 'POST', body: { ...draft, ...(id === undefined ? {} : { alert_id: id }) } })
}

export function createAlert(project: string, draft: AlertDraft): Promise<Alert> {
  return managed(base(project), { method: 'POST', body: draft })
}

export function changeAlert(project: string, id: string, changes: Partial<AlertDraft>): Promise<Alert> {
  return managed(`${base(project)}${id}/`, { method: 'PUT', body: changes })
}

export function deleteAlert(project: string, id: string): Promise<void> {
  return managed(`${base(project)}${id}/`, { method: 'DELETE' })
}

/** Until a moment nobody is told; without one, that ends. */
export function snoozeAlert(project: string, id: string, until: string | undefined): Promise<Alert> {
  return managed(`${base(project)}${id}/snooze/`, { method: 'PUT', body: until === undefined ? {} : { until } })
}

export function alertTemplates(signal: AbortSignal): Promise<AlertTemplate[]> {
  return keeping('/api/v1/alert-templates/', { signal })
}
