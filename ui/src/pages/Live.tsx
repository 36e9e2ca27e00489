import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { ArrowDown, ArrowUp, ChevronsDownUp, Filter as FilterIcon } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { query, type ApiError } from '../api/client'
import { layoutSetting, parseLayout, columnsOf, toggled, type Layout } from '../live/columns'
import { asks, runningSQL, switched } from '../live/facets'
import { Compare } from '../live/Compare'
import { comparisonText, parseComparison, type Comparison } from '../live/compare'
import { Facets } from '../live/Facets'
import { shownBy } from '../live/fields'
import { Histogram } from '../live/Histogram'
import type { Histogram as HistogramData } from '../live/histogram'
import { List, type ListHandle, type View } from '../live/List'
import { markedSQL, useMarks, type Marks } from '../live/marks'
import { useListKeys } from '../live/listKeys'
import { ColumnOptions, Shape, ViewOptions } from './live/Options'
import { running } from '../live/pages'
import { RowMenu, type MenuOf } from '../live/RowMenu'
import { Banners, Empty, LiveButton, useAnnouncement, useNewest } from './live/Status'
import { compare, type Item, type MoreItem, type Placed, type Position, type RecordItem } from '../live/store'
import { isLive, useCells, useHistogram, useSigns, useSource } from '../live/useLive'
import { SearchBox, searches } from '../live/SearchBox'
import { SavedMenu } from '../saved/SavedMenu'
import { Watched } from '../live/watched'
import { useKeys } from '../lib/keys'
import { grouped } from '../lib/numbers'
import { filtersOpen, listContext, listOrder, listShape, useNow } from '../lib/store'
import { formatUTC, now, range, type Micros } from '../lib/time'
import { useChange, usePlace, useZone } from '../place'
import { stringifySearch, type LiveSearch } from '../search'
import { TimePicker } from '../shell/TimePicker'
import { Panel } from '../trace/Panel'
import styles from './live/Live.module.css'

const route = getRouteApi('/$org/$project')
const savedButton = 'saved-searches'

/** The records of a project as they arrive. */
export function Live() {
  const { org, project } = route.useParams()
  const search = route.useSearch()
  const options = { flat: listShape.use() === 'flat', filtered: Boolean(search.q?.trim()), newestFirst: listOrder.use() === 'newest first' }
  const context = listContext.use() === 'on'
  const key = JSON.stringify([org, project, search.q, search.env, search.last, search.since, search.until, search.live, options, context])
  return <LiveView key={key} project={project} search={search} options={options} context={context} />
}

/** What has arrived out of view: how many traces above and below, the last of each, and whether they hold errors. */
interface Unread {
  older: number
  newer: number
  errors: boolean
  lastOlder: Position | undefined
}

const nothingUnread: Unread = { older: 0, newer: 0, errors: false, lastOlder: undefined }

function positionOf(item: Item): Position {
  return { at: item.kind === 'record' ? item.traceStart : item.kind === 'missing' ? item.first.start : item.parent.start, id: item.trace }
}

/** Sorts what was placed into older and newer than what is in view. At the end of the list, what is newer is seen. */
function unreadAfter(old: Unread, placed: Placed[], top: Item | undefined, atEnd: boolean): Unread {
  const next = { ...old }
  for (const one of placed) {
    const older = one.where === 'before' || (one.where === 'here' && top !== undefined && compare(one.position, positionOf(top)) < 0)
    if (older) {
      next.older++
      next.lastOlder = one.position
    } else if (!atEnd) {
      next.newer++
      next.errors ||= one.error
    }
  }
  return next
}

interface ViewProps {
  project: string
  search: LiveSearch
  options: { flat: boolean; filtered: boolean; newestFirst: boolean }
  context: boolean
}

function LiveView({ project, search, options, context }: ViewProps) {
  const { org } = usePlace()
  const zone = useZone()
  const change = useChange()
  const navigate = useNavigate()
  const list = useRef<ListHandle>(null)
  const [view] = useState(() => new Watched<View>({ top: undefined, bottom: undefined }))
  const [active, setActive] = useState<string>()
  const [atEnd, setAtEnd] = useState(true)
  const [unread, setUnread] = useState(nothingUnread)
  const [menu, setMenu] = useState<MenuOf>()
  const [paused, setPaused] = useState(false)
  const marks = useMarks(org, project)
  const { heard, said } = useAnnouncement()
  const { store, source } = useSource(project, search, options, context, (placed, rows, weight) => {
    histogram.add(rows, weight)
    heard(Math.round(rows.length * weight))
    if (placed.length > 0) setUnread((old) => unreadAfter(old, placed, view.get().top, atEnd))
  })
  const state = useSyncExternalStore(source.subscribe, source.snapshot)
  const listed = useListed(state.loading)
  const histogram = useHistogram(project, search, listed)
  useSigns(project, store)
  const items = useSyncExternalStore(store.subscribe, store.list)
  const cells = useCells(project, search.cols, zone)
  const layoutText = layoutSetting.use()
  const layout = useMemo(() => parseLayout(layoutText), [layoutText])
  const columns = useMemo(() => columnsOf(layout, search.cols), [layout, search.cols])
  const filters = filtersOpen.use() === 'yes'
  const selected = search.traceId && search.spanId ? `${search.traceId}/${search.spanId}` : undefined
  const runs = useRunning(project, search, listed)

  const hold = useCallback((reason: string, on: boolean) => {
    source.pause(reason, on)
    setPaused(source.paused)
  }, [source])
  useSelectionHold(hold)
  const pause = useCallback(() => hold('key', !source.paused), [hold, source])
  const arriveAtEnd = useCallback((end: boolean) => {
    setAtEnd(end)
    store.readsEnd = end
    if (end) setUnread((old) => ({ ...old, newer: 0, errors: false }))
  }, [store])
  const toggle = useCallback((item: Item) => {
    if (item.kind === 'more') return
    list.current?.stay(item.open || item.kind === 'messages' ? Promise.resolve() : source.open(item))
    store.setOpen(item, !item.open)
  }, [store, source])
  const activate = useCallback((item: Item, open: boolean) => {
    setActive(item.key)
    if (open && item.kind === 'record') change({ traceId: item.row.trace, spanId: item.row.span })
  }, [change])
  // Not of what is selected: or each line would be drawn anew with each selection.
  const others = JSON.stringify({ ...search, traceId: undefined, spanId: undefined })
  const href = useMemo(() => {
    const rest = JSON.parse(others) as LiveSearch
    return (item: RecordItem) => `/${org}/${project}${stringifySearch({ ...rest, traceId: item.row.trace, spanId: item.row.span })}`
  }, [org, project, others])
  const tracePage = useCallback((item: Item) => `/${org}/${project}/trace/${item.trace}${stringifySearch({ spanId: item.kind === 'record' ? item.row.span : undefined, tz: search.tz })}`, [org, project, search.tz])
  const goToTrace = useCallback((item: Item) => void navigate({ href: tracePage(item) }), [navigate, tracePage])
  const openMore = useCallback((item: MoreItem) => list.current?.stay(source.openMore(item)), [source])
  const setLayout = useCallback((next: Layout) => layoutSetting.set(JSON.stringify(next)), [])
  const setCols = useCallback((cols: string | undefined) => change({ cols }), [change])
  const openMenu = useCallback((item: Item, target: Element | undefined, x: number, y: number) => {
    if (item.kind !== 'record') return
    const name = target?.closest('[data-field]')?.getAttribute('data-field') ?? undefined
    setActive(item.key)
    setMenu({ x, y, item, shown: shownBy(name, item.row, columns, cells.get(item.row)?.values) })
    hold('menu', true)
  }, [columns, cells, hold])
  const toStart = () => (store.edges.start ? list.current?.toStart() : void source.restart('newer'))
  const toEnd = () => (store.edges.end ? list.current?.toEnd() : void source.restart('older'))
  useListKeys({
    items, list, store, source, active, selected, search, activate, toggle, pause, toStart, toEnd, change,
    menu: (item) => {
      const box = list.current?.boxOf(item.key)
      openMenu(item, undefined, (box?.left ?? 0) + 240, box?.bottom ?? 0)
    },
    tracePage: (item, newTab) => (newTab ? void window.open(tracePage(item), '_blank', 'noopener') : goToTrace(item)),
    mark: marks.toggle,
    toggleFilters: () => filtersOpen.set(filters ? 'no' : 'yes'),
  })
  useKeys('Search', [{ keys: ['s'], label: 'Saved and recent searches', run: () => document.getElementById(savedButton)?.click() }])
  const compared = useMemo(() => parseComparison(search.compare), [search.compare])
  const empty = items.length === 0
  const newest = useNewest(project, empty && listed)
  const first = empty && !search.q && !search.env && (newest === undefined || newest === null)
  return (
    <>
      <div className={styles.tools}>
        <button type="button" className={styles.tool} title="Filters (f)" aria-pressed={filters} onClick={() => filtersOpen.set(filters ? 'no' : 'yes')}><FilterIcon size={14} /></button>
        <SearchBox q={search.q ?? ''} error={state.error} ready={listed} />
        <SavedMenu kind="live" query={search.q ?? ''} search={search} recent={searches} className={styles.tool} buttonId={savedButton} />
        <TimePicker />
        <LiveButton state={state} paused={paused} live={isLive(search)} pause={pause} />
        <Shape />
        <ViewOptions />
        <ColumnOptions layout={layout} cols={search.cols} onLayout={setLayout} onCols={setCols} />
        <button type="button" className={styles.tool} title="Close all (Shift C)" disabled={!items.some((item) => item.kind !== 'more' && item.open)} onClick={() => store.closeAll()}><ChevronsDownUp size={15} /></button>
      </div>
      <Banners state={state} source={source} />
      <p className="unseen" role="status">{said}</p>
      {!first && (
        <Overview
          data={histogram} marks={marks} search={search} zone={zone} view={view} runs={runs} oneOf={state.oneOf} onJump={(at) => void source.jump(at)} onDrag={(dragging) => hold('drag', dragging)}
          compared={compared} onCompare={(since, until) => change({ compare: comparisonText({ since, until, with: 'before' }) })}
          onZoom={(since, until) => change({ since: formatUTC(since), until: formatUTC(until), last: undefined, live: undefined })}
        />
      )}
      {compared && !first && <Compare project={project} search={search} of={compared} />}
      <div className={styles.split}>
        <div className={styles.listing}>
          {filters && !first && <Facets project={project} search={search} live={isLive(search)} runs={runs} onClose={() => filtersOpen.set('no')} />}
          <div className={styles.left} onPointerDown={() => hold('drag', true)} onPointerUp={() => hold('drag', false)} onPointerCancel={() => hold('drag', false)} onPointerLeave={() => hold('drag', false)}>
            {empty ? (
              !state.loading && !state.error && newest !== undefined && <Empty project={project} search={search} newest={newest} />
            ) : (
              <List
                items={items} store={store} columns={columns} layout={layout} marks={marks} cells={cells} active={active} selected={selected} zone={zone} edges={store.edges} handle={list}
                href={href} tracePage={tracePage} onActivate={activate} onToggle={toggle} onMore={openMore} onTracePage={goToTrace} onEnd={arriveAtEnd} onMenu={openMenu} onLayout={setLayout}
                onRemoveColumn={(expression) => setCols(toggled(search.cols, expression))}
                onNear={(direction) => void source.more(direction)}
                onView={(seen) => {
                  store.reader = seen.top?.group
                  view.set(seen)
                }}
              />
            )}
            {unread.older > 0 && (
              <button
                type="button" className={`${styles.more} ${options.newestFirst ? styles.below : styles.above}`}
                onClick={() => {
                  const at = items.find((item) => item.trace === unread.lastOlder?.id || item.group.endsWith(unread.lastOlder?.id ?? '?'))
                  if (at) list.current?.show(at.key, true)
                  else if (unread.lastOlder) void source.jump(unread.lastOlder.at)
                  if (at) setActive(at.key)
                  setUnread((old) => ({ ...old, older: 0, lastOlder: undefined }))
                }}
              >
                {grouped(unread.older)} older arrived{options.newestFirst ? <ArrowDown size={14} /> : <ArrowUp size={14} />}
              </button>
            )}
            {!atEnd && !empty && (
              <button type="button" className={`${styles.more} ${options.newestFirst ? styles.above : styles.below} ${unread.errors ? styles.moreBad : ''}`} onClick={toEnd}>
                {options.newestFirst ? <ArrowUp size={14} /> : <ArrowDown size={14} />}{unread.newer > 0 ? `${grouped(unread.newer)} new` : 'Newest'}
              </button>
            )}
          </div>
        </div>
        {search.traceId && <Panel project={project} trace={search.traceId} span={search.spanId} zone={zone} tab={search.tab} />}
      </div>
      {menu && (
        <RowMenu
          of={menu} href={href(menu.item)} tracePage={tracePage(menu.item)} onOpen={() => activate(menu.item, true)}
          onClose={() => {
            setMenu(undefined)
            hold('menu', false)
          }}
        />
      )}
    </>
  )
}

/** Selected text stays where it is until it is let go. */
function useSelectionHold(hold: (reason: string, on: boolean) => void): void {
  useEffect(() => {
    const selected = () => {
      const selection = getSelection()
      const inside = selection?.anchorNode?.parentElement?.closest('[role=treegrid]')
      hold('selection', Boolean(inside && !selection?.isCollapsed))
    }
    document.addEventListener('selectionchange', selected)
    return () => document.removeEventListener('selectionchange', selected)
  }, [hold])
}

/** Whether the list has been read once, or could not be. */
function useListed(loading: boolean): boolean {
  const [listed, setListed] = useState(false)
  if (!listed && !loading) setListed(true)
  return listed
}

/** How many spans of the range run. */
function useRunning(project: string, search: LiveSearch, listed: boolean): number | undefined {
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

interface OverviewProps {
  data: HistogramData
  search: LiveSearch
  zone: string
  view: Watched<View>
  runs: number | undefined
  marks: Marks
  oneOf: number
  compared: Comparison | undefined
  onCompare: (since: Micros, until: Micros) => void
  onZoom: (since: Micros, until: Micros) => void
  onJump: (at: Micros) => void
  onDrag: (dragging: boolean) => void
}

/** The histogram, and what else there is to say of the whole range. */
function Overview({ search, view, runs, marks, oneOf, ...rest }: OverviewProps) {
  const present = useNow(1000) * 1000
  const change = useChange()
  const { top, bottom } = useSyncExternalStore(view.subscribe, view.get)
  const starts = [top, bottom].flatMap((item) => (item?.kind === 'record' ? [item.row.start] : []))
  const q = search.q ?? ''
  const marked = markedSQL(marks.keys)
  return (
    <Histogram {...rest} range={range(search, present)} present={present} view={starts.length > 0 ? { from: Math.min(...starts), to: Math.max(...starts) } : undefined}>
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

