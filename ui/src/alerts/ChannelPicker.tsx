import { Plus } from 'lucide-react'
import { useState } from 'react'
import { createPortal } from 'react-dom'
import { ErrorBox } from '../ui/State'
import { ChannelDialog } from './ChannelDialog'
import { ChannelSign, TestButton } from './ChannelParts'
import { useChannels } from './data'
import styles from './Alerts.module.css'

/** The channels that an alert tells; a new one is made in place. */
export function ChannelPicker({ chosen, onChange }: { chosen: readonly string[]; onChange: (ids: string[]) => void }) {
  const list = useChannels()
  const [making, setMaking] = useState(false)
  const toggle = (id: string) => onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id])
  return (
    <fieldset className={styles.channels}>
      <legend>It tells</legend>
      {list.error && <ErrorBox error={list.error} onRetry={() => void list.refetch()} />}
      {(list.data ?? []).map((channel) => (
        <div key={channel.id} className={styles.channel}>
          <label><input type="checkbox" checked={chosen.includes(channel.id)} onChange={() => toggle(channel.id)} /><ChannelSign channel={channel} /></label>
          <TestButton channel={channel} />
        </div>
      ))}
      {list.data?.length === 0 && <p className={styles.none}>There is no channel yet: the alert is shown here, and nobody is told.</p>}
      <button type="button" className={styles.button} onClick={() => setMaking(true)}><Plus size={13} />New channel</button>
      {/* Elsewhere in the document: a form may not stand in another one. */}
      {making && createPortal(<ChannelDialog onClose={() => setMaking(false)} onMade={(channel) => onChange([...chosen, channel.id])} />, document.body)}
    </fieldset>
  )
}
