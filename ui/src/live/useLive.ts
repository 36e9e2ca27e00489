// The parts of the live page that outlive a render: the source of the list, its histogram and its cells.

import { useEffect, useMemo, useRef, useState } from 'react'
import { openLive, query } from '../api/client'
import type { Row } from '../api/record'
import { now, range } from '../lib/time'
import type { LiveSearch } from '../search'
import { splitList } from '../sql/condition'
import { filterOf } from '../sql/filter'
import { Cells } from './cells'
import { Histogram, histogramSQL, stepFor, tableFor, type BucketRow } from './histogram'
import { askCells, Pages } from './pages'
import { LiveSource, type Arrived } from './source'
import { LiveStore, type StoreOptions } from './store'

/** How often the histogram of a condition is read again of which the tail does not tell all: spans that run end. */
const againMs = 5000

export function isLive(search: LiveSearch): boolean {
  return search.until === undefined && search.live !== '0'
}

/** A store and what feeds it. They live as long as the component: another question is another component. */
export function useSource(project: string, search: LiveSearch, options: StoreOptions, context: boolean, arrived: Arrived): { store: LiveStore; source: LiveSource } {
  const latest = useRef(arrived)
  latest.current = arrived
  const [made] = useState(() => {
    const store = new LiveStore(options)
    const { condition } = filterOf(search.q ?? '')
    const environment = search.env
    const open = (signal: AbortSignal) => new LiveSource(store, { condition, live: isLive(search) }, {
      pages: new Pages({ project, condition, environment, range: range(search, now()), flat: options.flat, context }, signal),
      openTail: (filter, cursor, ends) => openLive({ project, filter, environment, cursor, signal: ends }),
    }, (...what) => latest.current(...what))
    return { store, open, source: open(new AbortController().signal) }
  })
  const [source, setSource] = useState(made.source)
  useEffect(() => {
    const aborter = new AbortController()
    const opened = made.open(aborter.signal)
    setSource(opened)
    opened.start()
    const seen = () => opened.hide(document.hidden)
    document.addEventListener('visibilitychange', seen)
    return () => {
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
