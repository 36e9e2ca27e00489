import { useInfiniteQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import type { ApiError } from '../../api/client'
import { auditEntries, auditFile, type AuditEntry, type AuditQuestion } from '../../api/people'
import { saveAs } from '../../lib/save'
import { formatUTC, now } from '../../lib/time'
import { usePlace, useZone } from '../../place'
import { Gate } from '../../shell/Gate'
import { Action, Popover } from '../../ui/Menu'
import { Moment } from '../../ui/Moment'
import { ErrorBox, Loading } from '../../ui/State'
import { actions, deedOf, thingOf } from './audit'
import { useMembers } from './Members'
import styles from './settings.module.css'

/** Who did what. */
export function AuditLog() {
  return (
    <>
      <p className={styles.lead}>What people did, and tried. Nobody can change or delete an entry, and none tells a password or a token.</p>
      <Gate role="admin"><Log /></Gate>
    </>
  )
}

const spans: [string, number][] = [['Last day', 1], ['Last 7 days', 7], ['Last 30 days', 30], ['Last 90 days', 90]]
const dayMs = 86_400_000

function Log() {
  const { org } = usePlace()
  const [days, setDays] = useState(7)
  const [action, setAction] = useState('')
  const [user, setUser] = useState('')
  const wanted = useDeferredValue(user.trim())
  const ask = (): AuditQuestion => ({ organization: org, since: formatUTC(now() - days * dayMs * 1000), until: '', action, user: wanted })
  const list = useInfiniteQuery({
    queryKey: ['audit log', org, days, action, wanted], staleTime: 0, retry: false, initialPageParam: { question: undefined as AuditQuestion | undefined, cursor: '' },
    queryFn: async ({ pageParam, signal }) => {
      const question = pageParam.question ?? { ...ask(), until: formatUTC(now()) }
      return { question, ...(await auditEntries(question, pageParam.cursor, signal)) }
    },
    getNextPageParam: ({ question, next }) => (next === undefined ? undefined : { question, cursor: next }),
  })
  const error = list.error as ApiError | null
  return (
    <>
      <div className={styles.filters}>
        <label><span>Time</span><select className={styles.select} value={days} onChange={(event) => setDays(Number(event.target.value))}>{spans.map(([label, n]) => <option key={n} value={n}>{label}</option>)}</select></label>
        <label><span>What</span><select className={styles.select} value={action} onChange={(event) => setAction(event.target.value)}>{actions.map(([name, label]) => <option key={name} value={name}>{label}</option>)}</select></label>
        <label><span>Who, by their whole name</span><input type="search" value={user} placeholder="Everybody" onChange={(event) => setUser(event.target.value)} /></label>
        <span className={styles.space} />
        <Files ask={ask} />
      </div>
      {error && <ErrorBox error={error} onRetry={() => void list.refetch()} />}
      {!list.data && !error && <Loading />}
      {list.data && <Entries list={list.data.pages.flatMap(({ entries }) => entries)} />}
      {list.hasNextPage && <div className={styles.more}><button type="button" className={styles.button} disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{list.isFetchingNextPage ? 'Reading …' : 'Older entries'}</button></div>}
    </>
  )
}

function Files({ ask }: { ask: () => AuditQuestion }) {
  const [error, setError] = useState<Error>()
  const save = (format: 'csv' | 'ndjson') => {
    setError(undefined)
    auditFile(ask(), format).then((file) => saveAs(`audit-log.${format}`, file), setError)
  }
  return (
    <>
      {error && <ErrorBox error={error} />}
      <Popover title="Download what is chosen" align="end" className={styles.button} label={<><Download size={14} />Download</>}>
        {(close) => (
          <>
            <Action hint="for a spreadsheet" onChoose={() => { close(); save('csv') }}>CSV</Action>
            <Action hint="a line of JSON for each" onChoose={() => { close(); save('ndjson') }}>NDJSON</Action>
          </>
        )}
      </Popover>
    </>
  )
}

function Entries({ list }: { list: AuditEntry[] }) {
  const zone = useZone()
  const members = useMembers()
  const nameOf = (id: string) => members.data?.find((one) => one.user_id === id)?.name
  if (list.length === 0) return <p className={styles.none}>Nothing was done.</p>
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Entries">
      <table className={styles.table}>
        <thead><tr><th>When</th><th>Who</th><th>What</th><th>Which</th><th>From</th></tr></thead>
        <tbody>
          {list.map((one) => (
            <tr key={one.id}>
              <td><Moment at={one.created_at} zone={zone} /></td>
              <td>{one.user_name ?? <span className={styles.dim}>{one.ip_address ? 'somebody' : 'Hearth'}</span>}</td>
              <td className={one.action === 'FAILED_LOGIN' ? styles.bad : undefined}>{deedOf(one)}</td>
              <td className={`${styles.grow} ${styles.which}`} title={one.detail ?? undefined}>{thingOf(one, nameOf)}</td>
              <td>{one.ip_address && <code>{one.ip_address}</code>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
