import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { query, type ApiError } from '../../api/client'
import { comparisonText, type Comparison } from '../../live/compare'
import { asks, runningSQL, switched } from '../../live/facets'
import { Histogram } from '../../live/Histogram'
import type { Histogram as HistogramData } from '../../live/histogram'
import type { View } from '../../live/List'
import { markedSQL, type Marks } from '../../live/marks'
import { running } from '../../live/pages'
import { isLive } from '../../live/useLive'
import type { Watched } from '../../live/watched'
import { grouped } from '../../lib/numbers'
import { useNow } from '../../lib/store'
import { formatUTC, now, range, type Micros } from '../../lib/time'
import { useChange } from '../../place'
import type { LiveSearch } from '../../search'
import styles from './Live.module.css'

/** How many spans of the range run. */
export function useRunning(project: string, search: LiveSearch, listed: boolean): number | undefined {
  const sql = runningSQL(search.q ?? '')
  const answer = useQuery<number, ApiError>({
    queryKey: ['running', project, sql, search.last, search.since, search.until, search.env],
    enabled: listed,
    refetchInterval: isLive(search) ? 5000 : false,
    retry: false,
    queryFn: async ({ signal }) => (await query<{ records: number }>({ project, signal, sql, limit: 1, environment: search.env, ...range(search, now()) }))[0]?.records ?? 0,
  })
  return answer.data
}

interface Props {
  data: HistogramData
  search: LiveSearch
  zone: string
  view: Watched<View>
  runs: number | undefined
  marks: Marks
  oneOf: number
  compared: Comparison | undefined
  onJump: (at: Micros) => void
  onDrag: (dragging: boolean) => void
}

/** The histogram, and what else there is to say of the whole range. */
export function Overview({ search, view, runs, marks, oneOf, ...rest }: Props) {
  const present = useNow(1000) * 1000
  const change = useChange()
  const { top, bottom } = useSyncExternalStore(view.subscribe, view.get)
  const starts = [top, bottom].flatMap((item) => (item?.kind === 'record' ? [item.row.start] : []))
  const q = search.q ?? ''
  const marked = markedSQL(marks.keys)
  return (
    <Histogram
      {...rest} range={range(search, present)} present={present} view={starts.length > 0 ? { from: Math.min(...starts), to: Math.max(...starts) } : undefined}
      onZoom={(since, until) => change({ since: formatUTC(since), until: formatUTC(until), last: undefined, live: undefined })}
      onCompare={(since, until) => change({ compare: comparisonText({ since, until, with: 'before' }) })}
    >
      {oneOf > 1 && <button type="button" className={styles.sampled} title="More arrives than a list can show" onClick={() => document.getElementById('search')?.focus()}>showing 1 of {oneOf} · refine</button>}
      {runs !== undefined && (runs > 0 || asks(q, running)) && (
        <button type="button" className={styles.runs} aria-pressed={asks(q, running)} onClick={() => change({ q: switched(q, running) || undefined })}>{grouped(runs)} running ▸</button>
      )}
      {marks.keys.size > 0 && (
        <button type="button" className={styles.marks} title="Only what is marked" aria-pressed={asks(q, marked)} onClick={() => change({ q: switched(q, marked) || undefined })}>★ {marks.keys.size}</button>
      )}
    </Histogram>
  )
}
