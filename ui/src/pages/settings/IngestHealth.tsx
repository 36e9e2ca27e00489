import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { query, type ApiError, type Ingest } from '../../api/client'
import { formatted } from '../../boards/units'
import { now } from '../../lib/time'
import { usePlace, useZone } from '../../place'
import { fault, useIngest } from '../../shell/arrivals'
import { Gate } from '../../shell/Gate'
import { Moment } from '../../ui/Moment'
import { ErrorBox, Loading } from '../../ui/State'
import { clockOf } from './minutes'
import styles from './settings.module.css'

const LastHour = lazy(async () => ({ default: (await import('./IngestCharts')).LastHour }))
const Days = lazy(async () => ({ default: (await import('./IngestCharts')).Days }))

const everyMs = 5000

/** What arrived, what was refused, and why. */
export function IngestHealth() {
  const { project } = usePlace()
  const zone = useZone()
  const { data, error, refetch } = useIngest(project, everyMs)
  if (error && !data) return <ErrorBox error={error} onRetry={() => void refetch()} />
  if (!data) return <Loading />
  return (
    <>
      <p className={styles.lead}>Counted since this Hearth started, <Moment at={data.since} zone={zone} />.</p>
      {!data.unauthorized_shown && <Unauthorized />}
      <h2>The last hour</h2>
      <Suspense fallback={<Loading />}><LastHour minutes={data.minutes} zone={zone} /></Suspense>
      <h2>Requests</h2>
      <Requests list={data.requests} zone={zone} />
      {data.records.length > 0 && <><h2>Records that were refused</h2><Records list={data.records} zone={zone} /></>}
      <h2>The newest requests that were refused</h2>
      <Refused list={data.refused_requests} zone={zone} />
      <h2>Clocks</h2>
      <Clocks project={project} />
      <h2>Room</h2>
      <Room state={data.state} />
      <Suspense fallback={<Loading />}><Days days={data.days} /></Suspense>
    </>
  )
}

/** Requests with a wrong token belong to no project. */
function Unauthorized() {
  return (
    <details className={styles.details}>
      <summary>Requests without a token, or with a wrong one, are not among these</summary>
      <Gate role="admin">{null}</Gate>
    </details>
  )
}

function Requests({ list, zone }: { list: Ingest['requests']; zone: string }) {
  if (list.length === 0) return <p className={styles.none}>None yet.</p>
  return (
    <Scroll label="Requests">
      <thead><tr><th>Signal</th><th>Over</th><th>Status</th><th className={styles.grow}>Reason</th><th className={styles.number}>Requests</th><th>Last</th></tr></thead>
      <tbody>
        {list.map((r) => (
          <tr key={`${r.signal} ${r.transport} ${r.status} ${r.reason}`}>
            <td>{r.signal}</td><td>{r.transport}</td><td>{r.status}</td><td className={styles.grow}>{r.reason.replaceAll('_', ' ')}</td>
            <td className={styles.number}>{r.count.toLocaleString('en')}</td><td><Moment at={r.last_at} zone={zone} relative /></td>
          </tr>
        ))}
      </tbody>
    </Scroll>
  )
}

function Records({ list, zone }: { list: Ingest['records']; zone: string }) {
  return (
    <Scroll label="Records that were refused">
      <thead><tr><th>Signal</th><th className={styles.grow}>Reason</th><th className={styles.number}>Records</th><th>Last</th></tr></thead>
      <tbody>
        {list.map((r) => (
          <tr key={`${r.signal} ${r.reason}`}>
            <td>{r.signal}</td><td className={styles.grow}>{r.text}</td><td className={styles.number}>{r.count.toLocaleString('en')}</td><td><Moment at={r.last_at} zone={zone} relative /></td>
          </tr>
        ))}
      </tbody>
    </Scroll>
  )
}

function Refused({ list, zone }: { list: Ingest['refused_requests']; zone: string }) {
  if (list.length === 0) return <p className={styles.none}>None.</p>
  return (
    <Scroll label="The newest requests that were refused">
      <thead><tr><th>At</th><th>Signal</th><th>Status</th><th className={styles.grow}>Why</th><th>Client</th><th>From</th></tr></thead>
      <tbody>
        {list.map((r, i) => (
          <tr key={`${r.at} ${i}`}>
            <td><Moment at={r.at} zone={zone} relative /></td><td>{r.signal}, {r.transport}</td><td>{r.status}</td><td className={styles.grow}>{fault(r)}</td>
            <td className={styles.client} title={r.client}>{r.client || <span className={styles.dim}>unknown</span>}</td><td><code>{r.remote}</code></td>
          </tr>
        ))}
      </tbody>
    </Scroll>
  )
}

const clocksSQL = `SELECT service_name, count(*) AS records, min(extract(epoch FROM created_at - end_timestamp)) AS least
FROM records WHERE service_name <> 'hearth-ingest' GROUP BY service_name ORDER BY service_name`

interface Clock {
  service_name: string
  records: number
  least: number
}

/** How far the clocks of services are from the server's: a record cannot arrive before it ended. */
function Clocks({ project }: { project: string }) {
  const { data, error } = useQuery<Clock[], ApiError>({
    queryKey: ['clocks', project], queryFn: ({ signal }) => query<Clock>({ project, sql: clocksSQL, since: now() - 3600e6, signal }), refetchInterval: 60_000, retry: false,
  })
  if (error) return <p className={styles.none}>{error.message}</p>
  if (!data) return <Loading />
  if (data.length === 0) return <p className={styles.none}>No records of the last hour.</p>
  return (
    <Scroll label="Clocks">
      <thead><tr><th>Service</th><th className={styles.grow}>Its clock</th><th className={styles.number}>Records of the last hour</th></tr></thead>
      <tbody>
        {data.map((clock) => (
          <tr key={clock.service_name}>
            <td>{clock.service_name}</td><td className={styles.grow}>{clockOf(clock.least)}</td><td className={styles.number}>{clock.records.toLocaleString('en')}</td>
          </tr>
        ))}
      </tbody>
    </Scroll>
  )
}

const size = (n: number) => formatted(n, { unit: 'bytes' })

/** How full things are. */
function Room({ state }: { state: Ingest['state'] }) {
  const facts: [string, string][] = [
    ['Sent today', state.daily_quota_bytes === null ? size(state.today_bytes) : `${size(state.today_bytes)} of ${size(state.daily_quota_bytes)} that may come in a day`],
    ["This project's files", size(state.project_disk_bytes)],
  ]
  if (state.queue_bytes !== undefined && state.queue_limit_bytes !== undefined) facts.push(['Waiting to be stored', `${size(state.queue_bytes)} of ${size(state.queue_limit_bytes)}`])
  if (state.log_bytes !== undefined) facts.push(['Write-ahead log', size(state.log_bytes)])
  if (state.disk_free_bytes !== undefined) facts.push(['Free on the disk', size(state.disk_free_bytes)])
  return <dl className={styles.facts}>{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
}

function Scroll({ label, children }: { label: string; children: React.ReactNode }) {
  return <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}><table className={styles.table}>{children}</table></div>
}
