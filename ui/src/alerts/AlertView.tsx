import { Pencil, Power, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useRouter } from '@tanstack/react-router'
import type { Alert } from '../api/alerts'
import { placed } from '../explore/address'
import { useMay, usePageHref, useZone } from '../place'
import { Copy } from '../ui/Copy'
import { Go } from '../ui/Go'
import { Moment } from '../ui/Moment'
import { ErrorBox } from '../ui/State'
import { Next, Since, SnoozeMenu } from './AlertList'
import { ChannelSign } from './ChannelParts'
import { useDo } from './data'
import { DeleteAlerts } from './DeleteAlerts'
import { Runs } from './Runs'
import { State } from './State'
import { rules, sentenceOf } from './words'
import styles from './Alerts.module.css'

/** One alert: how it stands, what it is, and what it did. */
export function AlertView({ alert, run, onRun }: { alert: Alert; run: string | undefined; onRun: (id: string | undefined) => void }) {
  const zone = useZone()
  return (
    <>
      <header className={styles.head}>
        <h1>{alert.name}</h1>
        <Acts alert={alert} />
      </header>
      <p className={styles.standing}>
        <State state={alert.state} /><span>for <Since at={alert.state_since} />. {alert.state_reason}</span>
        {alert.snoozed_until && <span>Nobody is told until <Moment at={alert.snoozed_until} zone={zone} />.</span>}
      </p>
      {alert.description && <p className={styles.description}>{alert.description}</p>}
      <Setup alert={alert} />
      <Runs alert={alert} chosen={run} onChoose={onRun} />
    </>
  )
}

function Acts({ alert }: { alert: Alert }) {
  const may = useMay('member')
  const router = useRouter()
  const pageHref = usePageHref()
  const act = useDo()
  const [dropping, setDropping] = useState(false)
  if (!may) return null
  return (
    <div className={styles.acts}>
      <SnoozeMenu alerts={[alert]} label={alert.snoozed_until ? 'Snoozed' : 'Snooze'} />
      <button type="button" className={styles.button} disabled={act.isPending} onClick={() => act.mutate([{ do: 'change', id: alert.id, changes: { active: !alert.active } }])}><Power size={14} />{alert.active ? 'Switch off' : 'Switch on'}</button>
      <Go className={styles.button} href={pageHref(`/alerts/${alert.id}`, { edit: '1' } as object)}><Pencil size={14} />Edit</Go>
      <button type="button" className={styles.button} onClick={() => setDropping(true)}><Trash2 size={14} />Delete …</button>
      {act.error && <ErrorBox error={act.error} />}
      {dropping && <DeleteAlerts alerts={[alert]} onClose={() => setDropping(false)} onDone={() => router.history.push(pageHref('/alerts'))} />}
    </div>
  )
}

/** What was set up, with the query. */
function Setup({ alert }: { alert: Alert }) {
  const pageHref = usePageHref()
  const zone = useZone()
  const { sql, hash } = placed(alert.query)
  return (
    <section className={styles.card} aria-label="Setup">
      <p className={styles.sentence}>{sentenceOf(alert, alert.channels)}</p>
      <dl className={styles.facts}>
        <div><dt>Tells when</dt><dd>{rules.find(({ when }) => when === alert.notify_when)?.label}</dd></div>
        <div><dt>Channels</dt><dd>{alert.channels.length > 0 ? alert.channels.map((channel) => <ChannelSign key={channel.id} channel={channel} />) : <span className={styles.dim}>none</span>}</dd></div>
        <div><dt>Next run</dt><dd><Next alert={alert} /></dd></div>
        <div><dt>Made</dt><dd><Moment at={alert.created_at} zone={zone} /> by {alert.created_by_name}{alert.updated_at !== alert.created_at && <>, changed <Moment at={alert.updated_at} zone={zone} relative /> by {alert.updated_by_name}</>}</dd></div>
      </dl>
      <div className={styles.sql}>
        <pre tabIndex={0} aria-label="Query">{alert.query}</pre>
        <div className={styles.acts}><Copy text={alert.query} title="Copy the query" label="Copy" /><Go className={styles.quiet} href={`${pageHref('/explore', { sql } as object)}${hash && `#${hash}`}`}>Open in Explore</Go></div>
      </div>
    </section>
  )
}
