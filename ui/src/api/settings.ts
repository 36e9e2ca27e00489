// What people set for a project. Who may read it sees that; who may manage it changes it.

import { keeping } from './client'
import { manage } from './manage'

export interface ProjectSettings {
  /** The page of a place in the project's code, with {file}, {line} and {revision} in it. */
  repository_url_template: string | null
}

/** project is an id, here and below. */
export function settings(project: string, signal: AbortSignal): Promise<ProjectSettings> {
  return keeping(`/api/v1/projects/${project}/settings/`, { signal })
}

/** What is absent stays as it is; an empty text takes the template away. */
export function changeSettings(project: string, changes: Partial<ProjectSettings>): Promise<ProjectSettings> {
  return manage(`${project}/settings/`, { method: 'PUT', body: changes })
}
