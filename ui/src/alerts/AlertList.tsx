import { BellOff, Copy as CopyIcon, Ellipsis, Pencil, Plus } from 'lucide-react'
import { useState } from 'react'
import { useRouter } from '@tanstack/react-router'
import type { Alert, AlertState } from '../api/alerts'
import { useNow } from '../lib/store'
import { ago, formatUTC, now, parseTimestamp } from '../lib/time'
import { useMay, usePageHref, useZone } from '../place'
import { Go } from '../ui/Go'
import { Action, Popover } from '../ui/Menu'
import { Moment } from '../ui/Moment'
import { ErrorBox } from '../ui/State'
import { useDo, type Deed } from './data'
import { DeleteAlerts } from './DeleteAlerts'
import { RunBars } from './RunBars'
import { State, StateIcon } from './State'
import { countStates, everyText, inOrder, secondsOf, stateHelp, stateNames, states } from './words'
import styles from './Alerts.module.css'

/** All alerts: how many stand how, and what each of them did. */
export function AlertList({ alerts }: { alerts: readonly Alert[] }) {
  const pageHref = usePageHref()
  const may = useMay('member')
  const [only, setOnly] = useState<AlertState>()
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const shown = inOrder(alerts).filter((alert) => (only === undefined || alert.state === only) && `${alert.name} ${alert.description}`.toLowerCase().includes(text.trim().toLowerCase()))
  const picked = shown.filter(({ id }) => chosen.has(id))
  const toggle = (id: string) => setChosen((old) => (old.has(id) ? new Set([...old].filter((one) => one !== id)) : new Set([...old, id])))
  return (
    <>
      <header className={styles.head}>
        <h1>Alerts</h1>
        <input type="search" className={styles.find} value={text} placeholder="Find an alert" aria-label="Find an alert" onChange={(event) => setText(event.target.value)} />
        {may && <Go className={styles.primary} href={pageHref('/alerts/new')}><Plus size={14} />New alert</Go>}
      </header>
      <Tiles alerts={alerts} only={only} onOnly={setOnly} />
      {picked.length > 0 && <Bulk picked={picked} onDone={() => setChosen(new Set())} />}
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Alerts">
        <table className={styles.table}>
          <thead>
            <tr>
              {may && <th className={styles.tickCell}><input type="checkbox" aria-label="Choose all" checked={picked.length > 0 && picked.length === shown.length} onChange={() => setChosen(picked.length === shown.length ? new Set() : new Set(shown.map(({ id }) => id)))} /></th>}
              <th>State</th><th>Alert</th><th>Last runs</th><th>Channels</th><th>Last run</th><th>Next run</th><th><span className="unseen">Menu</span></th>
            </tr>
          </thead>
          <tbody>{shown.map((alert) => <Line key={alert.id} alert={alert} may={may} chosen={chosen.has(alert.id)} onChoose={() => toggle(alert.id)} />)}</tbody>
        </table>
      </div>
      {shown.length === 0 && <p className={styles.none}>No alert is so.</p>}
    </>
  )
}

function Tiles({ alerts, only, onOnly }: { alerts: readonly Alert[]; only: AlertState | undefined; onOnly: (state: AlertState | undefined) => void }) {
  const counts = countStates(alerts)
  return (
    <div className={styles.tiles} role="group" aria-label="States">
      {states.filter((state) => state !== 'pending' || counts.pending > 0).map((state) => (
        <button key={state} type="button" className={styles.tile} aria-pressed={only === state} data-some={counts[state] > 0} title={stateHelp[state]} onClick={() => onOnly(only === state ? undefined : state)}>
          <span><StateIcon state={state} />{stateNames[state]}</span>
          <b>{counts[state]}</b>
        </button>
      ))}
    </div>
  )
}

function Line({ alert, may, chosen, onChoose }: { alert: Alert; may: boolean; chosen: boolean; onChoose: () => void }) {
  const pageHref = usePageHref()
  const zone = useZone()
  const runs = alert.recent_runs ?? []
  const href = pageHref(`/alerts/${alert.id}`)
  return (
    <tr data-off={!alert.active}>
      {may && <td className={styles.tickCell}><input type="checkbox" aria-label={`Choose ${alert.name}`} checked={chosen} onChange={onChoose} /></td>}
      <td><State state={alert.state} /></td>
      <td className={styles.grow}>
        <Go href={href} className={styles.title}>{alert.name}</Go>
        <span className={styles.reason}>{alert.state_reason}</span>
      </td>
      <td>{runs.length > 0 ? <RunBars runs={runs} zone={zone} label={`The last ${runs.length} runs of ${alert.name}`} /> : <span className={styles.dim}>none yet</span>}</td>
      <td>{alert.channels.length > 0 ? alert.channels.map(({ id, label, active }) => <span key={id} className={styles.chip} data-off={!active}>{label}</span>) : <span className={styles.dim}>nobody</span>}</td>
      <td>{alert.last_run ? <Moment at={alert.last_run} zone={zone} relative /> : <span className={styles.dim}>never</span>}</td>
      <td><Next alert={alert} /></td>
      <td>{may && <Menu alert={alert} />}</td>
    </tr>
  )
}

/** When it runs next, and how often. */
export function Next({ alert }: { alert: Alert }) {
  const present = useNow(1000) * 1000
  const every = everyText(secondsOf(alert.frequency))
  if (!alert.active) return <span className={styles.dim}>switched off</span>
  if (alert.next_run === null) return <span className={styles.dim}>{every}</span>
  const left = Math.max(0, Math.round((parseTimestamp(alert.next_run) - present) / 1_000_000))
  return <span title={every}>{left < 60 ? `in ${left} s` : left < 3600 ? `in ${Math.round(left / 60)} min` : `in ${Math.round(left / 3600)} h`}</span>
}

const snoozes: [string, number][] = [['For 15 minutes', 900], ['For an hour', 3600], ['For 8 hours', 28_800], ['For a day', 86_400], ['For a week', 604_800]]

/** Nobody is told for a while. */
export function SnoozeMenu({ alerts, onDone, label }: { alerts: readonly Alert[]; onDone?: () => void; label?: string }) {
  const act = useDo()
  const until = (seconds: number) => alerts.map(({ id }): Deed => ({ do: 'snooze', id, until: formatUTC(now() + seconds * 1_000_000) }))
  const run = (deeds: Deed[]) => act.mutate(deeds, { onSuccess: () => onDone?.() })
  const snoozed = alerts.some(({ snoozed_until }) => snoozed_until !== null)
  return (
    <>
      <Popover title="Nobody is told for a while" align="end" className={styles.button} label={<><BellOff size={14} />{label ?? 'Snooze'}</>}>
        {(close) => (
          <>
            {snoozed && <Action onChoose={() => { close(); run(alerts.map(({ id }) => ({ do: 'snooze', id, until: undefined }))) }}>End the snooze</Action>}
            {snoozes.map(([text, seconds]) => <Action key={seconds} onChoose={() => { close(); run(until(seconds)) }}>{text}</Action>)}
          </>
        )}
      </Popover>
      {act.error && <ErrorBox error={act.error} />}
    </>
  )
}

function Menu({ alert }: { alert: Alert }) {
  const router = useRouter()
  const pageHref = usePageHref()
  const act = useDo()
  const [dropping, setDropping] = useState(false)
  return (
    <div className={styles.acts}>
      <SnoozeMenu alerts={[alert]} />
      <Popover title={`Menu of ${alert.name}`} align="end" className={styles.more} label={<Ellipsis size={15} />}>
        {(close) => (
          <>
            <Action href={pageHref(`/alerts/${alert.id}`, { edit: '1' } as object)} onChoose={close}><span className={styles.withIcon}><Pencil size={13} />Edit</span></Action>
            <Action onChoose={() => { close(); router.history.push(pageHref('/alerts/new', { from: alert.id } as object)) }}><span className={styles.withIcon}><CopyIcon size={13} />Make a copy</span></Action>
            <Action onChoose={() => { close(); act.mutate([{ do: 'change', id: alert.id, changes: { active: !alert.active } }]) }}>{alert.active ? 'Switch off' : 'Switch on'}</Action>
            <Action onChoose={() => { close(); setDropping(true) }}>Delete …</Action>
          </>
        )}
      </Popover>
      {dropping && <DeleteAlerts alerts={[alert]} onClose={() => setDropping(false)} />}
    </div>
  )
}

/** The time since something came about, in words. */
export function Since({ at }: { at: string }) {
  const present = useNow(1000) * 1000
  return <>{ago(parseTimestamp(at), present).replace(' ago', '')}</>
}

/** What is done to all alerts that were chosen. */
function Bulk({ picked, onDone }: { picked: readonly Alert[]; onDone: () => void }) {
  const act = useDo()
  const [dropping, setDropping] = useState(false)
  const all = (active: boolean) => act.mutate(picked.map(({ id }) => ({ do: 'change', id, changes: { active } })), { onSuccess: onDone })
  return (
    <div className={styles.bulk} role="toolbar" aria-label="Of the chosen alerts">
      <b>{picked.length} chosen</b>
      <SnoozeMenu alerts={picked} onDone={onDone} />
      <button type="button" className={styles.button} disabled={act.isPending} onClick={() => all(true)}>Switch on</button>
      <button type="button" className={styles.button} disabled={act.isPending} onClick={() => all(false)}>Switch off</button>
      <button type="button" className={styles.danger} onClick={() => setDropping(true)}>Delete …</button>
      <button type="button" className={styles.quiet} onClick={onDone}>Choose none</button>
      {act.error && <ErrorBox error={act.error} />}
      {dropping && <DeleteAlerts alerts={picked} onClose={() => setDropping(false)} onDone={onDone} />}
    </div>
  )
}
