import type { AlertResult } from '../api/alerts'
import { traceHref } from '../explore/links'
import { clock, day, formatUTC, parseTimestamp, type Micros } from '../lib/time'
import { usePageHref, usePlace } from '../place'
import { Go } from '../ui/Go'
import { likeIt } from './live'
import styles from './Alerts.module.css'

/** The rows that a run met. Where a row says which records it is of, it leads to them. */
export function Rows({ result, total, window, zone }: { result: AlertResult; total: number; window: { since: Micros; until: Micros } | undefined; zone: string }) {
  const place = usePlace()
  const pageHref = usePageHref()
  const fields = result.columns.map(({ name, type }) => ({ name, data_type: type, nullable: true }))
  const hrefOf = (row: unknown[]) => {
    const q = likeIt(result.columns.map(({ name }) => name), row)
    return window && q ? pageHref('', { q, last: undefined, since: formatUTC(window.since), until: formatUTC(window.until) }) : undefined
  }
  if (result.rows.length === 0) return <p className={styles.none}>No rows.</p>
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Rows">
      <table className={styles.table}>
        <thead><tr>{result.columns.map(({ name }) => <th key={name} scope="col">{name}</th>)}<th><span className="unseen">Records</span></th></tr></thead>
        <tbody>
          {result.rows.map((row, i) => {
            const href = hrefOf(row)
            return (
              <tr key={i}>
                {result.columns.map(({ name, type }, c) => {
                  const trace = traceHref(place, fields, row, c)
                  return <td key={name} className={typeof row[c] === 'number' ? styles.number : undefined}>{trace ? <Go href={trace} title="Open the trace"><code>{String(row[c])}</code></Go> : <Cell value={row[c]} type={type} zone={zone} />}</td>
                })}
                <td>{href && <Go href={href}>Records</Go>}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {total > result.rows.length && <p className={styles.none}>The first {result.rows.length} of {total.toLocaleString('en')}.</p>}
    </div>
  )
}

function Cell({ value, type, zone }: { value: unknown; type: string; zone: string }) {
  if (value === null || value === undefined) return <span className={styles.dim}>NULL</span>
  const at = typeof value === 'string' && /^timestamp/i.test(type) ? parseTimestamp(value) : Number.NaN
  if (!Number.isNaN(at)) return <time dateTime={String(value)}>{day(at, zone)} {clock(at, zone).slice(0, 8)}</time>
  const text = typeof value === 'string' ? value : typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 6 }) : JSON.stringify(value)
  return <span title={text.length > 80 ? text.slice(0, 2000) : undefined}>{text.length > 80 ? `${text.slice(0, 79)}…` : text}</span>
}
