// Organisations: they are made by who manages the server, renamed and deleted by their own admins.

import { managed } from './manage'

export interface Organization {
  id: string
  organization_name: string
}

const base = '/api/v1/organizations/'

/** Makes an organisation, whose admin is who asks. */
export function createOrganization(name: string): Promise<Organization> {
  return managed(base, { method: 'POST', body: { organization_name: name } })
}

/** Gives an organisation another name, and so its projects other addresses. */
export function renameOrganization(name: string, to: string): Promise<Organization> {
  return managed(`${base}${encodeURIComponent(name)}/`, { method: 'PUT', body: { organization_name: to } })
}

/** Deletes an organisation that has no projects. */
export function deleteOrganization(name: string): Promise<void> {
  return managed(`${base}${encodeURIComponent(name)}/`, { method: 'DELETE' })
}

/** The organisation that every server has. It is never renamed or deleted. */
export const firstOrganization = 'local'
