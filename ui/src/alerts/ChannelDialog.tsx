import { useState, type FormEvent } from 'react'
import { testConfig, webhookFormats, type Channel, type ChannelConfig, type WebhookFormat } from '../api/channels'
import { Copy } from '../ui/Copy'
import { Dialog } from '../ui/Dialog'
import { ErrorBox } from '../ui/State'
import { lacking, TestButton } from './ChannelParts'
import { useDoToChannel } from './data'
import styles from './Alerts.module.css'

const formatHelp: Record<WebhookFormat, string> = {
  auto: 'Slack blocks for hooks.slack.com, raw data for everything else', 'slack-blockkit': "Slack's blocks, with buttons and a table", 'slack-legacy': "Slack's older attachments, which Mattermost and Discord read too", 'raw-data': 'A JSON object with the alert, the run and its rows',
}

function configOf(channel: Channel | undefined): ChannelConfig {
  if (channel?.config.type === 'email') return { type: 'email', email: channel.config.email ?? '' }
  return { type: 'webhook', format: channel?.config.type === 'webhook' ? (channel.config.format ?? 'auto') : 'auto', url: '' }
}

/** Makes a channel, or changes one. A new one's secret is shown once. */
export function ChannelDialog({ channel, onClose, onMade }: { channel?: Channel; onClose: () => void; onMade?: (channel: Channel) => void }) {
  const [label, setLabel] = useState(channel?.label ?? '')
  const [config, setConfig] = useState(() => configOf(channel))
  const act = useDoToChannel()
  const hidden = channel?.config.type === 'webhook' ? channel.config.url : undefined
  const kept = hidden !== undefined && config.type === 'webhook'
  const lacks = lacking(label, config, kept)
  const submit = (event: FormEvent, close: () => void) => {
    event.preventDefault()
    event.stopPropagation() // React hands events up to the form of the alert for which a channel is made
    if (lacks) return
    const deed = channel ? { do: 'change' as const, id: channel.id, changes: { label: label.trim(), config } } : { do: 'create' as const, label: label.trim(), config }
    act.mutate(deed, { onSuccess: (made) => {
      if (!made) return
      if (!channel) onMade?.(made)
      if (!made.signing_secret) close()
    } })
  }
  return (
    <Dialog label={channel ? `Channel ${channel.label}` : 'New channel'} onClose={onClose}>
      {(close) => (act.data?.signing_secret ? <Secret secret={act.data.signing_secret} close={close} /> : (
        <form className={styles.dialog} onSubmit={(event) => submit(event, close)}>
          <h2>{channel ? 'Change the channel' : 'New channel'}</h2>
          <label className={styles.field}><span>Name</span><input autoFocus value={label} maxLength={100} placeholder="#operations" onChange={(event) => setLabel(event.target.value)} /></label>
          <label className={styles.field}><span>It is</span>
            <select value={config.type} disabled={channel !== undefined} onChange={(event) => setConfig(event.target.value === 'email' ? { type: 'email', email: '' } : { type: 'webhook', format: 'auto', url: '' })}>
              <option value="webhook">a webhook (Slack, Mattermost, or your own)</option>
              <option value="email">e-mail</option>
            </select>
          </label>
          {config.type === 'email'
            ? <label className={styles.field}><span>Addresses</span><input value={config.email} placeholder="ana@example.org, ops@example.org" onChange={(event) => setConfig({ type: 'email', email: event.target.value })} /><em>With commas between them.</em></label>
            : (
              <>
                <label className={styles.field}><span>URL</span><input value={config.url} placeholder={hidden ?? 'https://hooks.slack.com/services/…'} onChange={(event) => setConfig({ ...config, url: event.target.value })} />{kept && <em>Empty: it stays as it is.</em>}</label>
                <label className={styles.field}><span>Format</span>
                  <select value={config.format} onChange={(event) => setConfig({ ...config, format: event.target.value as WebhookFormat })}>{webhookFormats.map((format) => <option key={format}>{format}</option>)}</select>
                  <em>{formatHelp[config.format]}.</em>
                </label>
              </>
            )}
          {!lacks && (config.type === 'email' || config.url.trim() !== '') && <TestButton run={() => testConfig(label, config)} />}
          {act.error && <ErrorBox error={act.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} onClick={close}>Cancel</button>
            <button type="submit" className={styles.primary} disabled={lacks !== undefined || act.isPending} title={lacks}>{channel ? 'Save' : 'Make the channel'}</button>
          </div>
        </form>
      ))}
    </Dialog>
  )
}

/** What receivers check the signature with. */
function Secret({ secret, close }: { secret: string; close: () => void }) {
  return (
    <div className={styles.dialog}>
      <h2>The signing secret</h2>
      <p>Every message is signed with it, so that a receiver knows that it is Hearth's. It is shown this once; receivers that do not check need it not.</p>
      <div className={styles.secret}><code aria-label="Signing secret">{secret}</code><Copy text={secret} label="Copy" title="Copy the secret" /></div>
      <div className={styles.actions}><button type="button" className={styles.primary} onClick={close}>Done</button></div>
    </div>
  )
}
