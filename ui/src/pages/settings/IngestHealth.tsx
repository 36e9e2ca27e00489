import type { Ingest } from '../../api/client'
import { usePlace, useZone } from '../../place'
import { fault, useIngest } from '../../shell/arrivals'
import { Gate } from '../../shell/Gate'
import { Moment } from '../../ui/Moment'
import { ErrorBox, Loading } from '../../ui/State'
import styles from './settings.module.css'

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
      <h2>Requests</h2>
      <Requests list={data.requests} zone={zone} />
      {data.records.length > 0 && <><h2>Records that were refused</h2><Records list={data.records} zone={zone} /></>}
      <h2>The newest requests that were refused</h2>
      <Refused list={data.refused_requests} zone={zone} />
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

function Scroll({ label, children }: { label: string; children: React.ReactNode }) {
  return <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}><table className={styles.table}>{children}</table></div>
}
