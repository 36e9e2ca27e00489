import { Fragment } from 'react'
import type { Alert, AlertRun, Delivery } from '../api/alerts'
import { clock, day, duration, formatUTC, parseTimestamp } from '../lib/time'
import { usePageHref, useZone } from '../place'
import { Go } from '../ui/Go'
import { ErrorBox, Loading } from '../ui/State'
import { useRuns } from './data'
import { RunBars } from './RunBars'
import { Rows } from './Rows'
import { runText, secondsOf } from './words'
import styles from './Alerts.module.css'

/** The window that a run looked at. */
export function windowOf(alert: Pick<Alert, 'time_window' | 'watermark'>, run: Pick<AlertRun, 'scheduled_at'>): { since: number; until: number } {
  const until = parseTimestamp(run.scheduled_at) - secondsOf(alert.watermark) * 1_000_000
  return { since: until - secondsOf(alert.time_window) * 1_000_000, until }
}

/** What an alert did, run by run; one of them with its rows. */
export function Runs({ alert, chosen, onChoose }: { alert: Alert; chosen: string | undefined; onChoose: (id: string | undefined) => void }) {
  const zone = useZone()
  const pages = useRuns(alert.id)
  const runs = pages.data?.pages.flat() ?? []
  return (
    <section className={styles.runs} aria-label="Runs">
      <h2>Runs</h2>
      {pages.error && <ErrorBox error={pages.error} onRetry={() => void pages.refetch()} />}
      {!pages.data && !pages.error && <Loading lines={3} />}
      {pages.data && runs.length === 0 && <p className={styles.none}>It has not run yet.</p>}
      {runs.length > 0 && (
        <>
          <RunBars runs={runs} zone={zone} most={Math.max(30, Math.min(100, runs.length))} label={`The last ${Math.min(100, runs.length)} runs`} />
          <div className={styles.scroll} tabIndex={0} role="region" aria-label="Run history">
            <table className={styles.table}>
              <thead><tr><th>Time</th><th>Result</th><th>Took</th><th>Told</th><th><span className="unseen">Records</span></th></tr></thead>
              <tbody>
                {runs.map((run) => (
                  <Fragment key={run.id}>
                    <Line alert={alert} run={run} zone={zone} open={run.id === chosen} onToggle={() => onChoose(run.id === chosen ? undefined : run.id)} />
                    {run.id === chosen && <tr className={styles.opened}><td colSpan={5}><Inside alert={alert} run={run} zone={zone} /></td></tr>}
                  </Fragment>
                ))}
              </tbody>
            </table>
          </div>
          {pages.hasNextPage && <button type="button" className={styles.button} disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>Older runs</button>}
        </>
      )}
    </section>
  )
}

function Line({ alert, run, zone, open, onToggle }: { alert: Alert; run: AlertRun; zone: string; open: boolean; onToggle: () => void }) {
  const pageHref = usePageHref()
  const at = parseTimestamp(run.scheduled_at)
  const { since, until } = windowOf(alert, run)
  const opens = run.result !== null || run.error !== null
  return (
    <tr data-status={run.status}>
      <td><time dateTime={run.scheduled_at}>{day(at, zone)} {clock(at, zone).slice(0, 8)}</time></td>
      <td>
        <i className={`${styles.mark} ${styles[`mark_${run.status}`]}`} />
        {opens ? <button type="button" className={styles.quiet} aria-expanded={open} onClick={onToggle}>{runText(run)}</button> : runText(run)}
        {run.changed && run.status === 'matched' && <span className={styles.chip}>changed</span>}
      </td>
      <td className={styles.number}>{run.duration_ms === null ? '' : duration(run.duration_ms * 1000)}</td>
      <td>{run.deliveries.map((delivery) => <Told key={delivery.channel_id} delivery={delivery} />)}{run.notified && run.deliveries.length === 0 && <span className={styles.dim}>no channel</span>}</td>
      <td>{run.status !== 'missed' && <Go href={pageHref('', { last: undefined, since: formatUTC(since), until: formatUTC(until) })}>Live</Go>}</td>
    </tr>
  )
}

const outcomes: Record<Delivery['status'], string> = { delivered: 'delivered', pending: 'on its way', failed: 'failed' }

function Told({ delivery: { label, status, attempts, error } }: { delivery: Delivery }) {
  const tries = attempts > 1 ? ` after ${attempts} tries` : ''
  return <span className={`${styles.chip} ${status === 'failed' ? styles.bad : ''}`} title={error ?? undefined}>{label}: {outcomes[status]}{tries}{error && status !== 'delivered' && ` (${error})`}</span>
}

function Inside({ alert, run, zone }: { alert: Alert; run: AlertRun; zone: string }) {
  return (
    <>
      {run.error && <p className={styles.warning}>{run.error}</p>}
      {run.result && <Rows result={run.result} total={run.rows} window={windowOf(alert, run)} zone={zone} />}
    </>
  )
}
