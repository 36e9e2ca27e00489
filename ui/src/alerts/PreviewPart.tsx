import { useState } from 'react'
import type { AlertDraft, Preview } from '../api/alerts'
import { useZone } from '../place'
import { grouped } from '../lib/numbers'
import { clock, day, now, parseTimestamp } from '../lib/time'
import { ErrorBox, Progress } from '../ui/State'
import { Tabs } from '../ui/Tabs'
import { Rows } from './Rows'
import { secondsOf } from './words'
import styles from './Alerts.module.css'

interface Props {
  draft: AlertDraft
  preview: Preview | undefined
  /** What is shown is of another draft. */
  stale: boolean
  error: Error | undefined
  going: boolean
  onPreview: () => void
}

/** What the alert meets now, what it would have done over the last day, and what it would say. */
export function PreviewPart({ draft, preview, stale, error, going, onPreview }: Props) {
  const zone = useZone()
  const [tab, setTab] = useState(0)
  const window = secondsOf(draft.time_window) * 1_000_000
  return (
    <section className={styles.preview} aria-label="Preview" aria-busy={going}>
      <Progress going={going} />
      {error && !going && <ErrorBox error={error} />}
      {!preview && !error && <p className={styles.none}>{going ? 'Asking …' : 'Preview shows the rows of now, what the last day would have been like, and the message, word for word.'}</p>}
      {preview && !error && (
        <div data-stale={stale}>
          {stale && <p className={styles.staleNote}>The alert has changed since. <button type="button" onClick={onPreview}>Preview again</button></p>}
          <Strip runs={preview.would_fire} zone={zone} />
          <Tabs label="Preview" names={[`${preview.total.toLocaleString('en')} ${preview.total === 1 ? 'row' : 'rows'} now`, 'Message', 'Webhook']} chosen={tab} onChoose={setTab}>
            {tab === 0 && <Rows result={preview} total={preview.total} window={{ since: now() - window, until: now() }} zone={zone} />}
            {tab === 1 && <div className={styles.message}><b>{preview.message.subject}</b><pre>{preview.message.text}</pre></div>}
            {tab === 2 && <Payloads payloads={preview.payloads ?? {}} />}
          </Tabs>
        </div>
      )}
    </section>
  )
}

function Payloads({ payloads }: { payloads: Record<string, unknown> }) {
  const names = Object.keys(payloads)
  const [chosen, setChosen] = useState(names[0] ?? '')
  if (names.length === 0) return <p className={styles.none}>There is no payload to show.</p>
  return (
    <div className={styles.message}>
      <label className={styles.check}>Format <select value={chosen} onChange={(event) => setChosen(event.target.value)}>{names.map((name) => <option key={name}>{name}</option>)}</select></label>
      <pre tabIndex={0} aria-label="Payload">{JSON.stringify(payloads[chosen], null, 2)}</pre>
    </div>
  )
}

/** A bar for each run of the last day: those that would have told stand out. */
function Strip({ runs, zone }: { runs: Preview['would_fire']; zone: string }) {
  const fires = runs.filter((run) => run.fires).length
  const peak = runs.reduce((top, run) => Math.max(top, run.rows), 1)
  const first = runs[0]
  const words = `Would have told ${fires === 0 ? 'nobody' : fires === 1 ? 'once' : `${grouped(fires)} times`} in the last ${spanOf(runs)}`
  return (
    <figure className={styles.strip}>
      <figcaption><b>{words}</b><span>{grouped(runs.length)} runs</span></figcaption>
      <svg viewBox={`0 0 ${Math.max(1, runs.length)} 40`} preserveAspectRatio="none" role="img" aria-label={words}>
        {runs.map((run, i) => {
          const tall = run.rows === 0 ? 2 : 6 + (Math.sqrt(run.rows) / Math.sqrt(peak)) * 34
          return <rect key={run.at} x={i} y={40 - tall} width={runs.length > 400 ? 1 : 0.8} height={tall} className={run.fires ? styles.fires : run.rows > 0 ? styles.matches : styles.calm}><title>{`${clock(parseTimestamp(run.at), zone).slice(0, 5)}: ${run.rows} rows${run.fires ? ', told' : ''}`}</title></rect>
        })}
      </svg>
      {first && <p><span>{day(parseTimestamp(first.at), zone)} {clock(parseTimestamp(first.at), zone).slice(0, 5)}</span><span>now</span></p>}
    </figure>
  )
}

/** How long the runs reach back: a day, or less where there was not the time to ask for all of it. */
function spanOf(runs: Preview['would_fire']): string {
  const [first, last] = [runs[0], runs.at(-1)]
  const hours = first && last ? (parseTimestamp(last.at) - parseTimestamp(first.at)) / 3.6e9 : 24
  if (hours > 23) return '24 hours'
  return hours >= 1.5 ? `${Math.round(hours)} hours` : `${Math.max(1, Math.round(hours * 60))} minutes`
}
