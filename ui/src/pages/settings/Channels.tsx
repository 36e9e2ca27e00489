import { Pencil, Plus } from 'lucide-react'
import { useState } from 'react'
import { ChannelDialog } from '../../alerts/ChannelDialog'
import { ChannelSign, TestButton } from '../../alerts/ChannelParts'
import { useChannels, useDoToChannel } from '../../alerts/data'
import type { Channel } from '../../api/channels'
import { useMay, useZone } from '../../place'
import { Gate } from '../../shell/Gate'
import { Dialog } from '../../ui/Dialog'
import { Moment } from '../../ui/Moment'
import { notify } from '../../ui/notices'
import { ErrorBox, Loading } from '../../ui/State'
import styles from './settings.module.css'

/** Where alerts tell. */
export function Channels() {
  return (
    <>
      <p className={styles.lead}>A channel is where alerts tell: a webhook, such as one of Slack, or e-mail. The alerts of all projects share them.</p>
      <Gate><List /></Gate>
    </>
  )
}

function List() {
  const list = useChannels()
  const may = useMay('admin')
  const [dialog, setDialog] = useState<'new' | Channel>()
  const [dropping, setDropping] = useState<Channel>()
  if (list.error) return <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Loading />
  return (
    <>
      {may && <div className={styles.bar}><button type="button" className={styles.primary} onClick={() => setDialog('new')}><Plus size={14} />New channel</button></div>}
      {list.data.length === 0 ? <p className={styles.none}>There is no channel yet.</p> : <Table channels={list.data} onEdit={setDialog} onDelete={setDropping} />}
      {dialog && <ChannelDialog {...(dialog === 'new' ? {} : { channel: dialog })} onClose={() => setDialog(undefined)} />}
      {dropping && <Drop channel={dropping} onClose={() => setDropping(undefined)} />}
    </>
  )
}

function Table({ channels, onEdit, onDelete }: { channels: readonly Channel[]; onEdit: (channel: Channel) => void; onDelete: (channel: Channel) => void }) {
  const zone = useZone()
  const may = useMay('admin')
  const act = useDoToChannel()
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Channels">
      {act.error && <ErrorBox error={act.error} />}
      <table className={styles.table}>
        <thead><tr><th>Channel</th><th>Format</th><th>Made</th><th>On</th>{may && <><th>Test</th><th><span className="unseen">Change</span></th></>}</tr></thead>
        <tbody>
          {channels.map((channel) => (
            <tr key={channel.id} data-past={!channel.active}>
              <td className={styles.grow}><ChannelSign channel={channel} /></td>
              <td>{channel.config.type === 'webhook' ? <code>{channel.config.format}</code> : <span className={styles.dim}>text and HTML</span>}</td>
              <td><Moment at={channel.created_at} zone={zone} /></td>
              <td><input type="checkbox" role="switch" aria-label={`${channel.label} is on`} checked={channel.active} disabled={!may || act.isPending} onChange={() => act.mutate({ do: 'change', id: channel.id, changes: { active: !channel.active } })} /></td>
              {may && (
                <>
                  <td><TestButton channel={channel} /></td>
                  <td>
                    <div className={styles.row}>
                      <button type="button" className={styles.button} aria-label={`Change ${channel.label}`} onClick={() => onEdit(channel)}><Pencil size={13} />Change</button>
                      <button type="button" className={styles.button} aria-label={`Delete ${channel.label}`} onClick={() => onDelete(channel)}>Delete …</button>
                    </div>
                  </td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Drop({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const act = useDoToChannel()
  return (
    <Dialog label="Delete a channel" onClose={onClose}>
      {(close) => (
        <div className={styles.form}>
          <h2>Delete {channel.label}?</h2>
          <p>Alerts that tell it go on without it. Switched off, it would stay and be told nothing.</p>
          {act.error && <ErrorBox error={act.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} autoFocus onClick={close}>Keep it</button>
            <button type="button" className={styles.danger} disabled={act.isPending} onClick={() => act.mutate({ do: 'delete', id: channel.id }, { onSuccess: () => { notify(`${channel.label} is deleted`); close() } })}>Delete it</button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
