import { useMutation } from '@tanstack/react-query'
import { Mail, Send, Webhook } from 'lucide-react'
import type { Channel, ChannelConfig, Tested } from '../api/channels'
import { testChannel } from '../api/channels'
import type { ApiError } from '../api/client'
import styles from './Alerts.module.css'

/** What a channel is, in a line. */
export function targetOf(config: Channel['config']): string {
  if (config.type === 'email') return config.email ?? 'e-mail'
  return config.url ?? 'webhook'
}

export function ChannelSign({ channel }: { channel: Pick<Channel, 'label' | 'config' | 'active'> }) {
  const Icon = channel.config.type === 'email' ? Mail : Webhook
  return <span className={styles.sign}><Icon size={14} /><b>{channel.label}</b><span>{targetOf(channel.config)}</span>{!channel.active && <em>switched off</em>}</span>
}

/** Sends a test message, and says what became of it. */
export function TestButton({ channel, run }: { channel?: Pick<Channel, 'id' | 'label'>; run?: () => Promise<Tested> }) {
  const test = useMutation<Tested, ApiError>({ mutationFn: () => run?.() ?? testChannel(channel!.id) })
  const outcome = test.error ? { status: 'failed', detail: test.error.message } : test.data
  return (
    <span className={styles.test}>
      <button type="button" className={styles.quiet} disabled={test.isPending} aria-label={channel ? `Test ${channel.label}` : undefined} onClick={() => test.mutate()}><Send size={13} />{test.isPending ? 'Sending …' : 'Test'}</button>
      {outcome && <span role="status" className={outcome.status === 'delivered' ? styles.good : styles.bad}>{outcome.detail}</span>}
    </span>
  )
}

/** What is missing before a channel can be saved. kept: it has a URL that is not shown. */
export function lacking(label: string, config: ChannelConfig, kept: boolean): string | undefined {
  if (label.trim() === '') return 'It needs a name.'
  if (config.type === 'email') return /\S+@\S+/.test(config.email) ? undefined : 'It needs an address.'
  if (config.url.trim() === '') return kept ? undefined : 'It needs a URL.'
  return /^https?:\/\/\S+$/.test(config.url.trim()) ? undefined : 'The URL begins with http:// or https://.'
}
