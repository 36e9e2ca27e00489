// Dashboards made, copied and deleted; and what this browser keeps of them.

import { ApiError } from '../api/client'
import { createDashboard, type Dashboard } from '../api/dashboards'
import { saveAs } from '../lib/save'
import { Setting } from '../lib/store'
import { renamed, slugOf, type Definition } from './definition'

/** Makes a dashboard under the first slug that is free: web, web-2, web-3 … */
export async function create(project: string, name: string, definition: Definition): Promise<Dashboard> {
  const base = slugOf(name)
  for (let n = 1; ; n++) {
    try {
      return await createDashboard(project, { name, slug: n === 1 ? base : `${base}-${n}`, definition: renamed(definition, name) })
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || n >= 50) throw error
    }
  }
}

const setting = new Setting<string>('hearth.starred', '')

/** The dashboards that this browser has marked, by their ids. */
export function useStarred(): ReadonlySet<string> {
  return new Set(setting.use().split(' '))
}

export function toggleStar(id: string): void {
  const ids = new Set(setting.get().split(' ').filter((one) => one !== ''))
  if (!ids.delete(id)) ids.add(id)
  setting.set([...ids].join(' '))
}

/** Hands a text over as a file. */
export function download(name: string, text: string): void {
  saveAs(name, new Blob([text], { type: 'application/json' }))
}

/** A definition as a file or a clipboard has it. */
export function textOf(definition: Definition): string {
  return `${JSON.stringify(definition, null, 2)}\n`
}
