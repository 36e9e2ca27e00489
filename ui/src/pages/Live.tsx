import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { ArrowDown, ChevronsDownUp, Pause, Play, Search, X } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { query, type ApiError } from '../api/client'
import { filterOf } from '../sql/filter'
import { List, type ListHandle } from '../live/List'
import { LiveSource, type SourceState } from '../live/source'
import { LiveStore, type Item, type Merged } from '../live/store'
import { useKeys } from '../lib/keys'
import { useNow } from '../lib/store'
import { ago, now, parseTimestamp, range } from '../lib/time'
import { useChange, useZone } from '../place'
import { stringifySearch, type LiveSearch } from '../search'
import { Panel } from '../trace/Panel'
import { FirstRun } from './FirstRun'
import { TimePicker } from '../shell/TimePicker'
import styles from './Live.module.css'

const route = getRouteApi('/$org/$project')

/** The records of a project as they arrive. */
export function Live() {
  const { org, project } = route.useParams()
  const search = route.useSearch()
  const key = JSON.stringify([org, project, search.q, search.env, search.last, search.since, search.until, search.live])
  return <LiveView key={key} project={project} search={search} />
}

function useSource(project: string, search: LiveSearch, arrived: (merged: Merged) => void): { store: LiveStore; source: LiveSource } {
  const latest = useRef(arrived)
  latest.current = arrived
  const [made] = useState(() => {
    const store = new LiveStore()
    const open = () => new LiveSource(store, {
      project, condition: filterOf(search.q ?? '').condition, environment: search.env, range: range(search, now()),
      live: search.until === undefined && search.live !== '0',
    }, (merged) => latest.current(merged))
    return { store, source: open(), open }
  })
  const [source, setSource] = useState(made.source)
  useEffect(() => {
    const opened = made.open()
    setSource(opened)
    opened.start()
    return () => opened.stop()
  }, [made])
  return { store: made.store, source }
}

function LiveView({ project, search }: { project: string; search: LiveSearch }) {
  const zone = useZone()
  const change = useChange()
  const list = useRef<ListHandle>(null)
  const [active, setActive] = useState<string>()
  const [atEnd, setAtEnd] = useState(true)
  const [unread, setUnread] = useState({ traces: 0, errors: 0 })
  const [paused, setPaused] = useState(false)
  const { store, source } = useSource(project, search, (merged) => {
    if (!atEnd) setUnread((old) => ({ traces: old.traces + merged.traces, errors: old.errors + merged.errors }))
  })
  const state = useSyncExternalStore(source.subscribe, source.snapshot)
  const items = useSyncExternalStore(store.subscribe, store.list)
  const selected = search.traceId && search.spanId ? `${search.traceId}/${search.spanId}` : undefined

  const arriveAtEnd = useCallback((end: boolean) => {
    setAtEnd(end)
    if (end) setUnread({ traces: 0, errors: 0 })
  }, [])
  const toggle = useCallback((item: Item) => {
    store.setOpen(item.key, !item.open)
    if (!item.open) void source.loadTrace(item.row.trace, item.row.start).catch(() => undefined)
  }, [store, source])
  const activate = useCallback((item: Item, open: boolean) => {
    setActive(item.key)
    if (open) change({ traceId: item.row.trace, spanId: item.row.span })
  }, [change])
  const pause = useCallback(() => {
    setPaused(!paused)
    source.pause(!paused)
  }, [paused, source])
  const nearStart = useCallback(() => void source.loadOlder(), [source])

  useListKeys({ items, list, store, active, setActive, selected, toggle, pause, change })
  const empty = items.length === 0
  return (
    <>
      <div className={styles.tools}>
        <SearchBox q={search.q ?? ''} error={state.error} />
        <TimePicker />
        <LiveButton state={state} paused={paused} live={search.until === undefined && search.live !== '0'} pause={pause} />
        <button type="button" className={styles.tool} title="Close all (c)" disabled={!items.some((i) => i.open)} onClick={() => store.closeAll()}><ChevronsDownUp size={15} /></button>
      </div>
      <Banners state={state} source={source} />
      <div className={styles.split}>
        <div className={styles.left}>
          {empty ? (
            !state.loading && !state.error && <Empty project={project} search={search} />
          ) : (
            <List
              items={items} active={active} selected={selected} zone={zone} atStart={state.atStart} handle={list}
              href={(item) => stringifySearch({ ...search, traceId: item.row.trace, spanId: item.row.span })}
              onActivate={activate} onToggle={toggle} onNearStart={nearStart} onEnd={arriveAtEnd}
            />
          )}
          {!atEnd && (
            <button type="button" className={`${styles.more} ${unread.errors ? styles.moreBad : ''}`} onClick={() => list.current?.toEnd()}>
              <ArrowDown size={14} />{unread.traces > 0 ? `${unread.traces} new` : 'Newest'}
            </button>
          )}
        </div>
        {search.traceId && <Panel project={project} trace={search.traceId} span={search.spanId} zone={zone} tab={search.tab} />}
      </div>
    </>
  )
}

interface ListKeys {
  items: Item[]
  list: React.RefObject<ListHandle | null>
  store: LiveStore
  active: string | undefined
  setActive: (key: string) => void
  selected: string | undefined
  toggle: (item: Item) => void
  pause: () => void
  change: (changes: LiveSearch, replace?: boolean) => void
}

function useListKeys(k: ListKeys): void {
  const at = k.items.findIndex((item) => item.key === (k.active ?? k.selected))
  const go = (index: number) => {
    const item = k.items[Math.min(k.items.length - 1, Math.max(0, index))]
    if (!item) return
    k.setActive(item.key)
    k.list.current?.show(item.key)
    if (k.selected) k.change({ traceId: item.row.trace, spanId: item.row.span }, true)
  }
  const current = k.items[at]
  const find = (step: number) => {
    for (let i = at + step; i >= 0 && i < k.items.length; i += step) if (k.items[i]!.level >= 17) return go(i)
  }
  useKeys('List', [
    { keys: ['j', 'ArrowDown'], label: 'Next record', run: () => go(at < 0 ? k.items.length - 1 : at + 1) },
    { keys: ['k', 'ArrowUp'], label: 'Record before', run: () => go(at < 0 ? k.items.length - 1 : at - 1) },
    {
      keys: ['ArrowRight', 'l'], label: 'Open what is below',
      run: () => current && (current.below > 0 && !current.open ? k.toggle(current) : go(at + 1)),
    },
    {
      keys: ['ArrowLeft', 'h'], label: 'Close, or go to the parent',
      run: () => {
        if (current?.open && current.below > 0) return k.toggle(current)
        const parent = k.items.findLastIndex((item, i) => i < at && item.depth < (current?.depth ?? 0) && item.row.trace === current?.row.trace)
        if (parent >= 0) go(parent)
      },
    },
    { keys: ['Shift+ArrowRight'], label: 'Open all below', run: () => current && (k.store.openAll(current.node), k.toggle({ ...current, open: false })) },
    { keys: ['Enter'], label: 'Show the details', run: () => current && k.change({ traceId: current.row.trace, spanId: current.row.span }) },
    { keys: ['n'], label: 'Next error', run: () => find(1) },
    { keys: ['p'], label: 'Error before', run: () => find(-1) },
    { keys: ['c'], label: 'Close all', run: () => k.store.closeAll() },
    { keys: ['Space'], label: 'Pause and go on', run: k.pause },
    { keys: ['G', 'End'], label: 'To the newest', run: () => k.list.current?.toEnd() },
    { keys: ['g g', 'Home'], label: 'To the oldest', run: () => k.list.current?.toStart() },
    { keys: ['/'], label: 'Search', run: () => document.getElementById('search')?.focus() },
  ])
}

/** Takes plain words or a SQL condition; says which it was, and what was wrong with it. */
function SearchBox({ q, error }: { q: string; error: ApiError | undefined }) {
  const change = useChange()
  const [text, setText] = useState(q)
  useEffect(() => setText(q), [q])
  const filter = useMemo(() => filterOf(text), [text])
  const run = (value: string) => change({ q: value.trim() || undefined })
  const wrong = error && error.status >= 400 && error.status < 500 && text === q
  return (
    <div className={styles.search}>
      <div className={`${styles.box} ${wrong ? styles.boxWrong : ''}`}>
        <Search size={15} />
        <textarea
          id="search" rows={Math.min(6, text.split('\n').length)} value={text} spellCheck={false} autoComplete="off" aria-label="Search"
          aria-invalid={wrong} aria-describedby="search-error"
          placeholder="Words of a message, or SQL: level >= 'error' AND service_name = 'api'"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
              event.preventDefault()
              run(text)
              event.currentTarget.blur()
            } else if (event.key === 'Escape') event.currentTarget.blur()
          }}
        />
        {filter.plain && <code className={styles.made} title="What is asked">{filter.condition}</code>}
        {text ? <button type="button" title="Clear" onClick={() => { setText(''); run('') }}><X size={14} /></button> : <kbd>/</kbd>}
      </div>
      {wrong && (
        <div id="search-error" role="alert" className={styles.wrong}>
          {error.message.replace(/ \(at character \d+\)/, '')}{error.hint && !error.message.includes(error.hint) && <span> — {error.hint}</span>}
        </div>
      )}
    </div>
  )
}

function LiveButton({ state, paused, live, pause }: { state: SourceState; paused: boolean; live: boolean; pause: () => void }) {
  const change = useChange()
  if (!live) {
    return <button type="button" className={styles.tool} title="Follow what arrives" onClick={() => change({ live: undefined, since: undefined, until: undefined })}><i className={styles.dotOff} />Live</button>
  }
  const dot = paused ? styles.dotOff : { live: styles.dotLive, connecting: styles.dotWait, lost: styles.dotLost, off: styles.dotOff }[state.connection]
  const words = paused ? (state.held > 0 ? `Paused · ${state.held}` : 'Paused') : { live: 'Live', connecting: 'Connecting', lost: 'Lost', off: 'Off' }[state.connection]
  return (
    <button type="button" className={styles.tool} title={paused ? 'Go on (Space)' : 'Pause (Space)'} aria-pressed={paused} onClick={pause} data-connection={paused ? 'paused' : state.connection}>
      <i className={dot} />{words}{paused ? <Play size={13} /> : <Pause size={13} />}
    </button>
  )
}

function Banners({ state, source }: { state: SourceState; source: LiveSource }) {
  const at = useNow(1000)
  const failed = state.error && (state.error.status === 0 || state.error.status >= 500)
  return (
    <>
      {failed && state.connection !== 'lost' && <div className={styles.banner} role="alert">{state.error?.message}</div>}
      {state.connection === 'lost' && state.retryAt !== undefined && (
        <div className={styles.banner} role="status">
          Reconnecting in {Math.max(0, Math.ceil((state.retryAt - at) / 1000))} s
          <button type="button" onClick={() => source.reconnect()}>Now</button>
        </div>
      )}
      {state.missed > 0 && <div className={styles.banner} role="status">{state.missed.toLocaleString('en')} records arrived faster than they could be sent; they are stored.</div>}
    </>
  )
}

/** Nothing in the range: nothing at all yet, or something elsewhere. */
function Empty({ project, search }: { project: string; search: LiveSearch }) {
  const change = useChange()
  const newest = useQuery<string | null, ApiError>({
    queryKey: ['newest', project],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const rows = await query<{ at: string | null }>({ project, signal, since: 0, limit: 1, sql: 'SELECT max(start_timestamp) AS at FROM records_all' })
      return rows[0]?.at ?? null
    },
  })
  if (newest.isPending) return null
  if (newest.data === null && !search.q && !search.env) return <FirstRun project={project} />
  const at = newest.data ? parseTimestamp(newest.data) : undefined
  return (
    <div className={styles.empty}>
      <h2>{search.q || search.env ? 'No records match' : 'No records in this time range'}</h2>
      {at !== undefined && <p>The newest record of the project is from {ago(at, now())}.</p>}
      <p>
        {(search.q || search.env) && <button type="button" onClick={() => change({ q: undefined, env: undefined })}>Clear the filter</button>}
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

