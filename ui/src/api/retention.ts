// For how long a project keeps what it was sent, and how much room that takes. Who may read the project sees it; admins change it.

import { keeping } from './client'
import { manage } from './manage'

/** Where sizes are going, if each day brings as much as the mean of the last whole days did. */
export interface Outlook {
  /** Held now. */
  bytes: number
  /** What comes in a day, before anything is deleted. */
  bytes_per_day: number
  /** Signals of projects that are younger than two whole days: they are taken to stay as they are. */
  too_young: number
  /** What is held when deletion keeps up with what comes; null when it does not. */
  settles_at_bytes: number | null
  settles_in_days: number | null
}

/** A day of UTC; those without anything are left out. */
export interface HeldDay {
  day: string
  records: number
  metrics: number
  records_bytes: number
  metrics_bytes: number
}

/** What a change deletes. */
export interface Deletes {
  days: number
  records: number
  metrics: number
  bytes: number
  /** The last days of which something goes. */
  records_through: string | null
  metrics_through: string | null
}

export interface Retention {
  /** What is set; null is as long as the server keeps things. */
  records_days: number | null
  metrics_days: number | null
  /** The longest that may be set; null is for ever. */
  server_days: number | null
  /** What is in force; null is for ever. */
  kept_records_days: number | null
  kept_metrics_days: number | null
  /** The oldest first. */
  days: HeldDay[]
  outlook: Outlook
  /** Of all projects of the server together; for who manages it. full_in_days: null is never, or not within ten years. */
  server?: Outlook & { disk_free_bytes: number; full_in_days: number | null }
}

export interface RetentionChange {
  records_days: number | null
  metrics_days: number | null
}

/** project is an id, here and below; asPerson: with the operator's key that was given, rather than a read token. */
export function retention(project: string, asPerson: boolean, signal: AbortSignal): Promise<Retention> {
  const path = `${project}/retention/`
  return asPerson ? manage(path, { signal }) : keeping(`/api/v1/projects/${path}`, { signal })
}

/** Tells what a change would delete. */
export function previewRetention(project: string, change: RetentionChange): Promise<Retention & { deletes: Deletes }> {
  return manage(`${project}/retention/?dry_run=true`, { method: 'PUT', body: change })
}

/** Changes for how long things are kept, and deletes what is older. */
export function changeRetention(project: string, change: RetentionChange): Promise<Retention & { deletes: Deletes }> {
  return manage(`${project}/retention/`, { method: 'PUT', body: change })
}
