// The parts of the live page that outlive a render: the source of the list, its histogram and its cells.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { openLive, query } from '../api/client'
import { onEntered } from '../api/door'
import type { Row } from '../api/record'
import { listContext, listShape } from '../lib/store'
import { now, range } from '../lib/time'
import type { LiveSearch } from '../search'
import { splitList } from '../sql/condition'
import { filterOf } from '../sql/filter'
import { Cells } from './cells'
import { Histogram, histogramSQL, stepFor, tableFor, type BucketRow } from './histogram'
import { askCells, Pages, type PageQuestion, type Read } from './pages'
import { LiveSource, type Annotated, type Arrived } from './source'
import { LiveStore, type StoreOptions } from './store'
import { useProcesses } from './useProcesses'

/** How often the histogram of a condition is read again of which the tail does not tell all: spans that run end. */
const againMs = 5000

export function isLive(search: LiveSearch): boolean {
  return search.until === undefined && search.live !== '0'
}

/** The newest page of a list that is not there yet. */
interface Begun {
  question: PageQuestion
  /** What the question was made of, but for the time. */
  key: string
  at: number
  page: Promise<Read>
}

let begun: Begun | undefined
/** How old the page may be of which a list makes its beginning. */
const freshMs = 3000

function questionOf(project: string, search: LiveSearch, flat: boolean, context: boolean): PageQuestion {
  return { project, condition: filterOf(search.q ?? '').condition, environment: search.env, range: range(search, now()), flat, context }
}

function keyOf(q: PageQuestion, search: LiveSearch): string {
  return JSON.stringify([{ ...q, range: undefined }, search.last, search.since, search.until])
}

/** Asks for what the live page shows first, while the page itself is still on its way. */
export function beginLive(project: string, search: LiveSearch): void {
  const question = questionOf(project, search, listShape.get() === 'flat', listContext.get() === 'on')
  const asked: Begun = { question, key: keyOf(question, search), at: performance.now(), page: new Pages(question, new AbortController().signal).read(undefined, 'older') }
  begun = asked
  asked.page.catch(() => (begun = begun === asked ? undefined : begun)) // then the list asks by itself, and says what is wrong
}

/** How long a page waits for what it shows first, before it is drawn without it. */
const patienceMs = 300

/**
 * Is resolved when the first page of the list is here, or takes too long. Drawing the page is work: what is begun first is
 * done first, and then the list is drawn with the rest at once.
 */
export async function beginning(): Promise<void> {
  await Promise.race([begun?.page.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, patienceMs))])
}

/** Pages of a question, of which the first may have been begun. */
function pagesOf(question: PageQuestion, search: LiveSearch, signal: AbortSignal): Pages {
  const taken = begun
  begun = undefined
  if (taken?.key !== keyOf(question, search) || performance.now() - taken.at > freshMs) return new Pages(question, signal)
  return new Pages(taken.question, signal, taken.page)
}

/** A store and what feeds it. They live as long as the component: another question is another component. */
export function useSource(project: string, search: LiveSearch, options: StoreOptions, context: boolean, arrived: Arrived, annotated: Annotated): { store: LiveStore; source: LiveSource } {
  const latest = useRef({ arrived, annotated })
  latest.current = { arrived, annotated }
  const [made] = useState(() => {
    const store = new LiveStore(options)
    const question = () => questionOf(project, search, options.flat, context)
    const { condition, environment } = question()
    const open = (pages: Pages) => new LiveSource(store, { condition, live: isLive(search) }, {
      pages, openTail: (filter, cursor, ends, poll) => openLive({ project, filter, environment, cursor, poll, signal: ends }),
    }, (...what) => latest.current.arrived(...what), (keys) => latest.current.annotated(keys))
    return { store, open: (signal: AbortSignal) => open(pagesOf(question(), search, signal)), source: open(new Pages(question(), new AbortController().signal)) }
  })
  const [source, setSource] = useState(made.source)
  // Before the first painting: where the newest page is here already, the list is painted at once with it.
  useLayoutEffect(() => {
    const aborter = new AbortController()
    const opened = made.open(aborter.signal)
    setSource(opened)
    opened.start()
    const seen = () => opened.hide(document.hidden)
    document.addEventListener('visibilitychange', seen)
    const unsubscribe = onEntered(() => opened.admitted())
    return () => {
      unsubscribe()
      document.removeEventListener('visibilitychange', seen)
      opened.stop()
      aborter.abort()
    }
  }, [made])
  return { store: made.store, source }
}

/** The histogram of what the list shows. It is read when the list has been: that comes first. */
export function useHistogram(project: string, search: LiveSearch, listed: boolean): Histogram {
  const { condition } = filterOf(search.q ?? '')
  const [histogram] = useState(() => {
    const { since, until } = range(search, now())
    return new Histogram(stepFor((until ?? now()) - since))
  })
  useEffect(() => {
    if (!listed) return
    const aborter = new AbortController()
    const read = async () => {
      const began = performance.now()
      const rows = await query<BucketRow>({ project, sql: histogramSQL(condition, histogram.step), environment: search.env, limit: 10_000, signal: aborter.signal, ...range(search, now()) })
      histogram.answer(rows, performance.now() - began)
    }
    const ask = () => void read().catch(() => undefined) // the list says what is wrong with the condition
    ask()
    const timer = isLive(search) && tableFor(condition) === 'records_all' ? setInterval(ask, againMs) : undefined
    return () => {
      clearInterval(timer)
      aborter.abort()
    }
  }, [project, condition, histogram, listed, search.env, search.last, search.since, search.until, search.live])
  return histogram
}

/** How often it is looked which services have begun something and not ended it. */
const waitingMs = 5000

/** Tells the store of the processes of what has not ended, so that it does not call running what their restart has ended. */
export function useSigns(project: string, store: LiveStore): void {
  const [services, setServices] = useState<readonly string[]>([])
  useEffect(() => {
    const look = () => {
      const waiting = store.waitingServices()
      setServices((old) => (old.join('\n') === waiting.join('\n') ? old : waiting))
    }
    const timer = setInterval(look, waitingMs)
    return () => clearInterval(timer)
  }, [store])
  store.processes = useProcesses(project, services)
}

/** What the lines in view show beyond what the list brings. */
export function useCells(project: string, cols: string | undefined, zone: string): Cells {
  const make = useMemo(() => () => new Cells((rows: Row[], expressions) => askCells(project, rows, expressions, zone), splitList(cols ?? '')), [project, cols, zone])
  const [cells, setCells] = useState(make)
  useEffect(() => {
    const made = make()
    setCells(made)
    return () => made.stop()
  }, [make])
  return cells
}
