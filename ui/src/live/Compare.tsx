import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { query, type ApiError } from '../api/client'
import { grouped } from '../lib/numbers'
import { clock, day, duration, now, range } from '../lib/time'
import { useChange, useZone } from '../place'
import type { LiveSearch } from '../search'
import { andAlso, column, has } from '../sql/condition'
import { filterOf } from '../sql/filter'
import { ErrorBox, Loading } from '../ui/State'
import { serviceColor } from '../ui/service'
import { changes, changeText, compareSQL, comparisonText, sumOf, wholeOf, type Change, type CompareRow, type Comparison } from './compare'
import styles from './Compare.module.css'

/** How many lines there are to read. */
const mostLines = 50

interface Props {
  project: string
  search: LiveSearch
  of: Comparison
}

/** What is different in a stretch of time: by service and name, what changed most first. */
export function Compare({ project, search, of }: Props) {
  const zone = useZone()
  const change = useChange()
  const { condition } = filterOf(search.q ?? '')
  const answer = useQuery<{ rows: Change[] }, ApiError>({
    queryKey: ['compare', project, condition, search.env, comparisonText(of), of.with === 'rest' && [search.last, search.since, search.until]],
    retry: false,
    queryFn: async ({ signal }) => {
      const present = now()
      const shown = range(search, present)
      const whole = wholeOf(of, { since: shown.since, until: shown.until ?? present })
      const rows = await query<CompareRow>({ project, signal, sql: compareSQL(condition, of), environment: search.env, limit: 500, ...whole })
      const length = of.until - of.since
      return { rows: changes(rows, length / (whole.until - whole.since - length)) }
    },
  })
  const close = () => change({ compare: undefined })
  const withOther = (other: Comparison['with']) => change({ compare: comparisonText({ ...of, with: other }) }, true)
  return (
    <section className={styles.frame} aria-label="Comparison">
      <header className={styles.head}>
        <b>{moments(of, zone)}</b> compared with
        <span role="group" aria-label="Compared with" className={styles.segments}>
          <button type="button" aria-pressed={of.with === 'before'} onClick={() => withOther('before')}>the {duration(of.until - of.since)} before</button>
          <button type="button" aria-pressed={of.with === 'rest'} onClick={() => withOther('rest')}>the rest of the range</button>
        </span>
        {answer.data && <Sum rows={answer.data.rows} />}
        <button type="button" className={styles.close} title="Close the comparison" onClick={close}><X size={14} /></button>
      </header>
      {answer.error ? <ErrorBox error={answer.error} onRetry={() => void answer.refetch()} /> : !answer.data ? <Loading lines={4} /> : (
        <Table rows={answer.data.rows} other={of.with} onFilter={({ service_name, span_name }) => change({ q: [has(column('service_name'), service_name), has(column('span_name'), span_name)].reduce(andAlso, search.q ?? '') })} />
      )}
    </section>
  )
}

function moments({ since, until }: Comparison, zone: string): string {
  const digits = until - since < 10_000_000 ? 12 : 8
  return `${day(since, zone)} ${clock(since, zone).slice(0, digits)} – ${clock(until, zone).slice(0, digits)}`
}

function Sum({ rows }: { rows: Change[] }) {
  const { records, expected, errors, expectedErrors } = sumOf(rows)
  return (
    <span className={styles.sum}>
      {grouped(records)} records <i>{changeText(records, expected)}</i> · {grouped(errors)} errors <i>{changeText(errors, expectedErrors)}</i>
    </span>
  )
}

function Table({ rows, other, onFilter }: { rows: Change[]; other: Comparison['with']; onFilter: (row: Change) => void }) {
  const was = other === 'before' ? 'Before' : 'Expected'
  if (rows.length === 0) return <p className={styles.none}>No records in either of the two.</p>
  return (
    <div className={styles.scroll} role="group" aria-label="Changes" tabIndex={0}>
      <table className={styles.table}>
        <thead><tr><th>Service</th><th>Name</th><th>Records</th><th>{was}</th><th>Change</th><th>Errors</th><th>{was}</th><th>Median</th><th>{other === 'before' ? 'Before' : 'Otherwise'}</th></tr></thead>
        <tbody>
          {rows.slice(0, mostLines).map((row) => (
            <tr key={`${row.service_name}\n${row.span_name}`}>
              <td><i className={styles.service} style={{ background: serviceColor(row.service_name) }} />{row.service_name}</td>
              <td><button type="button" className={styles.name} title={`Filter for ${row.span_name}`} onClick={() => onFilter(row)}>{row.span_name}</button></td>
              <td>{grouped(row.records)}</td>
              <td>{amount(row.expected)}</td>
              <td className={styles.change}>{changeText(row.records, row.expected)}</td>
              <td className={row.errors > row.expectedErrors ? styles.bad : undefined}>{row.errors > 0 ? grouped(row.errors) : ''}</td>
              <td>{row.expectedErrors > 0 ? amount(row.expectedErrors) : ''}</td>
              <td>{took(row.median)}</td>
              <td>{took(row.median_other)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > mostLines && <p className={styles.none}>{grouped(rows.length - mostLines)} more changed less.</p>}
    </div>
  )
}

/** Of another time's count: rounded where it is large. */
function amount(n: number): string {
  return n < 10 && !Number.isInteger(n) ? n.toFixed(1) : grouped(Math.round(n))
}

function took(seconds: number | null): string {
  return seconds === null ? '' : duration(seconds * 1_000_000)
}
