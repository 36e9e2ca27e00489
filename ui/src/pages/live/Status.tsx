import { useQuery } from '@tanstack/react-query'
import { Pause, Play } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { query, type ApiError } from '../../api/client'
import { grouped } from '../../lib/numbers'
import { announces, useNow } from '../../lib/store'
import { ago, duration, now, parseTimestamp, range, type Micros } from '../../lib/time'
import { FirstRun } from '../FirstRun'
import { useChange } from '../../place'
import type { LiveSearch } from '../../search'
import type { LiveSource, SourceState } from '../../live/source'
import styles from './Live.module.css'

/** Says how the tail is, and pauses it. */
export function LiveButton({ state, paused, live, pause }: { state: SourceState; paused: boolean; live: boolean; pause: () => void }) {
  const change = useChange()
  if (!live) {
    return <button type="button" className={styles.tool} title="Follow what arrives" onClick={() => change({ live: undefined, since: undefined, until: undefined })}><i className={styles.dotOff} />Live</button>
  }
  const held = state.held > 0 ? ` · ${grouped(state.held)}` : ''
  const lag = state.lag > 1_000_000 ? ` ${duration(state.lag)}` : ''
  const [dot, words] = paused ? [styles.dotOff, `Paused${held}`] : {
    live: [styles.dotLive, 'Live'], connecting: [styles.dotWait, 'Connecting'], 'catching up': [styles.dotWait, `Catching up${lag}`], lost: [styles.dotLost, 'Lost'], off: [styles.dotOff, 'Off'],
  }[state.connection]
  return (
    <button type="button" className={styles.tool} title={paused ? 'Go on (Space)' : 'Pause (Space)'} aria-pressed={paused} onClick={pause} data-connection={paused ? 'paused' : state.connection}>
      <i className={dot} />{words}{paused ? <Play size={13} /> : <Pause size={13} />}
    </button>
  )
}

export function Banners({ state, source }: { state: SourceState; source: LiveSource }) {
  const at = useNow(1000)
  const failed = state.error && (state.error.status === 0 || state.error.status >= 500)
  return (
    <>
      {failed && state.connection !== 'lost' && <div className={styles.banner} role="alert">{state.error?.message}<button type="button" onClick={() => void source.restart('older')}>Retry</button></div>}
      {state.connection === 'lost' && state.retryAt !== undefined && (
        <div className={styles.banner} role="status">
          Reconnecting in {Math.max(0, Math.ceil((state.retryAt - at) / 1000))} s
          <button type="button" onClick={() => source.reconnect()}>Now</button>
        </div>
      )}
      {state.missed > 0 && <div className={styles.banner} role="status">{grouped(state.missed)} records arrived faster than they could be sent; they were read from the tables.</div>}
    </>
  )
}

/** How often a screen reader is told at most. */
const sayMs = 10_000

/** Counts what arrives, and says it politely now and then, where that is wanted. */
export function useAnnouncement(): { heard: (records: number) => void; said: string } {
  const on = announces.use() === 'on'
  const count = useRef(0)
  const [said, setSaid] = useState('')
  useEffect(() => {
    count.current = 0
    setSaid('')
    if (!on) return
    const timer = setInterval(() => {
      setSaid(count.current > 0 ? `${grouped(count.current)} new ${count.current === 1 ? 'record' : 'records'}` : '')
      count.current = 0
    }, sayMs)
    return () => clearInterval(timer)
  }, [on])
  const heard = useCallback((records: number) => { count.current += records }, [])
  return { heard, said }
}

/** When the newest record of the project began; null when there is none, undefined while nobody knows. */
export function useNewest(project: string, enabled: boolean): Micros | null | undefined {
  const newest = useQuery<Micros | null, ApiError>({
    queryKey: ['newest', project],
    staleTime: 0,
    enabled,
    queryFn: async ({ signal }) => {
      const rows = await query<{ at: string | null }>({ project, signal, since: 0, limit: 1, sql: 'SELECT max(start_timestamp) AS at FROM records_all' })
      return rows[0]?.at ? parseTimestamp(rows[0].at) : null
    },
  })
  return newest.data
}

/** Nothing in the range: nothing at all yet, or something elsewhere. */
export function Empty({ project, search, newest }: { project: string; search: LiveSearch; newest: Micros | null }) {
  const change = useChange()
  const filtered = Boolean(search.q || search.env)
  const unfiltered = useQuery<number, ApiError>({
    queryKey: ['unfiltered', project, search.last, search.since, search.until],
    staleTime: 0,
    enabled: filtered,
    queryFn: async ({ signal }) => {
      const rows = await query<{ records: number }>({ project, signal, limit: 1, sql: 'SELECT count(*) AS records FROM records', ...range(search, now()) })
      return rows[0]?.records ?? 0
    },
  })
  if (newest === null && !filtered) return <FirstRun project={project} />
  const at = newest ?? undefined
  const others = unfiltered.data ?? 0
  return (
    <div className={styles.empty}>
      <h2>{filtered ? 'No records match.' : 'No records in this time range.'}</h2>
      {filtered && others > 0 && <p>{grouped(others)} exist in this range without the filter.</p>}
      {at !== undefined && others === 0 && <p>The newest record of the project is from {ago(at, now())}.</p>}
      <p>
        {filtered && <button type="button" onClick={() => change({ q: undefined, env: undefined })}>Clear the filter</button>}
        {at !== undefined && <button type="button" onClick={() => change({ last: spanTo(at), since: undefined, until: undefined })}>Go to the newest</button>}
      </p>
    </div>
  )
}

/** A span of time from now that holds a moment. */
function spanTo(at: number): string {
  const hours = (now() - at) / 3_600_000_000
  return hours < 1 ? '1h' : hours < 6 ? '6h' : hours < 24 ? '24h' : `${Math.ceil(hours / 24) + 1}d`
}
