// Channels: where alerts tell. They belong to the organisation, and only who manages the server sees them.

import { managed } from './manage'

export const webhookFormats = ['auto', 'slack-blockkit', 'slack-legacy', 'raw-data'] as const
export type WebhookFormat = (typeof webhookFormats)[number]

/** Of a webhook that is read, the URL ends in dots where its secret is; written so, it stays as it is. */
export type ChannelConfig = { type: 'webhook'; format: WebhookFormat; url: string } | { type: 'email'; email: string }

export interface Channel {
  id: string
  label: string
  active: boolean
  created_at: string
  updated_at: string
  created_by_name: string
  /** Who may not manage sees the type alone. */
  config: Partial<ChannelConfig> & Pick<ChannelConfig, 'type'>
  /** Only when it is new: with it a receiver knows that a message is Hearth's. */
  signing_secret?: string
}

export interface Tested {
  status: 'delivered' | 'failed'
  /** A sentence. */
  detail: string
}

const base = '/api/v1/channels/'

export function channels(signal: AbortSignal): Promise<Channel[]> {
  return managed(base, { signal })
}

export function createChannel(label: string, config: ChannelConfig): Promise<Channel> {
  return managed(base, { method: 'POST', body: { label, config } })
}

export function changeChannel(id: string, changes: { label?: string; active?: boolean; config?: ChannelConfig; rotate_secret?: boolean }): Promise<Channel> {
  return managed(`${base}${id}/`, { method: 'PUT', body: changes })
}

export function deleteChannel(id: string): Promise<void> {
  return managed(`${base}${id}/`, { method: 'DELETE' })
}

/** Sends a message that says that it is a test. */
export function testChannel(id: string): Promise<Tested> {
  return managed(`${base}${id}/test/`, { method: 'POST', body: {} })
}

/** The same of a channel that is not saved. */
export function testConfig(label: string, config: ChannelConfig): Promise<Tested> {
  return managed(`${base}test/`, { method: 'POST', body: { label, config } })
}
