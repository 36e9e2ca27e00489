// Dashboards as the server keeps them. Who may read the project may read them; writing takes what managing takes.

import { keeping } from './client'
import { manage } from './manage'

/** What the list tells of a dashboard. */
export interface Dashboard {
  id: string
  project_id: string
  created_at: string
  updated_at: string
  created_by_name: string | null
  updated_by_name: string | null
  dashboard_name: string
  dashboard_slug: string
  version: number
  /** How many panels it has. */
  panels: number
  /** Comes with Hearth: it can be read and copied, not changed. */
  builtin: boolean
}

/** One with its definition, as it was written. */
export interface FullDashboard extends Dashboard {
  dashboard: unknown
}

const base = (project: string) => `/api/v1/projects/${project}/dashboards/`

/** project is an id, here and below. */
export function dashboards(project: string, signal: AbortSignal): Promise<Dashboard[]> {
  return keeping(base(project), { signal })
}

/** name is an id or a slug, here and below. */
export function dashboard(project: string, name: string, signal: AbortSignal): Promise<FullDashboard> {
  return keeping(`${base(project)}${encodeURIComponent(name)}/`, { signal })
}

export function createDashboard(project: string, dashboard: { name: string; slug: string; definition: unknown }): Promise<Dashboard> {
  return manage(`${project}/dashboards/`, { method: 'POST', body: dashboard })
}

/** With a version, refused with 409 when it is not the newest: somebody else has saved since. */
export function saveDashboard(project: string, name: string, changes: { name?: string; definition?: unknown; version?: number }): Promise<Dashboard> {
  return manage(`${project}/dashboards/${encodeURIComponent(name)}/`, { method: 'PUT', body: changes })
}

export function deleteDashboard(project: string, name: string): Promise<void> {
  return manage(`${project}/dashboards/${encodeURIComponent(name)}/`, { method: 'DELETE' })
}
