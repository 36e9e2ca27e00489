import { getRouteApi } from '@tanstack/react-router'
import { useCallback, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import type { Cells } from '../live/cells'
import { toggled } from '../live/columns'
import { Compare } from '../live/Compare'
import { parseComparison } from '../live/compare'
import { Facets } from '../live/Facets'
import { List, type ListHandle, type View } from '../live/List'
import { useListKeys } from '../live/listKeys'
import { useMarks, type Marks } from '../live/marks'
import { RowMenu } from '../live/RowMenu'
import type { LiveSource } from '../live/source'
import type { LiveStore } from '../live/store'
import { isLive, useCells, useHistogram, useSigns, useSource } from '../live/useLive'
import { Watched } from '../live/watched'
import { filtersOpen, listContext, listOrder, listShape } from '../lib/store'
import { useChange, usePlace, useZone } from '../place'
import type { LiveSearch } from '../search'
import { useDock } from '../trace/dock'
import { Panel } from '../trace/Panel'
import { useAddresses, useMenu, useOpening } from './live/actions'
import { Arrived } from './live/Arrived'
import { useHold, type Hold } from './live/hold'
import { Overview, useRunning } from './live/Overview'
import { Banners, Empty, useAnnouncement, useNewest } from './live/Status'
import { Tools, useColumns, type Columns } from './live/Tools'
import { useUnread } from './live/unread'
import styles from './live/Live.module.css'

const route = getRouteApi('/$org/$project')

/** The records of a project as they arrive. */
export function Live() {
  const { org, project } = route.useParams()
  const search = route.useSearch()
  const options = { flat: listShape.use() === 'flat', filtered: Boolean(search.q?.trim()), newestFirst: listOrder.use() === 'newest first' }
  const context = listContext.use() === 'on'
  const key = JSON.stringify([org, project, search.q, search.env, search.last, search.since, search.until, search.live, options, context])
  return <LiveView key={key} project={project} search={search} options={options} context={context} />
}

interface ViewProps {
  project: string
  search: LiveSearch
  options: { flat: boolean; filtered: boolean; newestFirst: boolean }
  context: boolean
}

/** The page of one question; another question is another one of these. */
function LiveView({ project, search, options, context }: ViewProps) {
  const zone = useZone()
  const [view] = useState(() => new Watched<View>({ top: undefined, bottom: undefined }))
  const [atEnd, setAtEnd] = useState(true)
  const reading = useUnread()
  const { heard, said } = useAnnouncement()
  const cells = useCells(project, search.cols, zone)
  const { store, source } = useSource(project, search, options, context, (placed, rows, weight) => {
    histogram.add(rows, weight)
    heard(Math.round(rows.length * weight))
    reading.arrived(placed, view.get().top, atEnd)
  }, (keys) => cells.changedOf(keys))
  const state = useSyncExternalStore(source.subscribe, source.snapshot)
  const items = useSyncExternalStore(store.subscribe, store.list)
  const listed = useListed(state.loading)
  const histogram = useHistogram(project, search, listed)
  useSigns(project, store)
  const { hold, paused, pause } = useHold(source)
  const columns = useColumns(search.cols)
  const marks = useMarks(usePlace().org, project)
  const runs = useRunning(project, search, listed)
  const compared = useMemo(() => parseComparison(search.compare), [search.compare])
  const dock = useDock()
  const filters = filtersOpen.use() === 'yes'
  const toggleFilters = () => filtersOpen.set(filters ? 'no' : 'yes')
  const empty = items.length === 0
  const newest = useNewest(project, empty && listed)
  const first = empty && !search.q && !search.env && (newest === undefined || newest === null)
  return (
    <>
      <Tools search={search} state={state} listed={listed} items={items} store={store} columns={columns} paused={paused} pause={pause} filters={filters} onFilters={toggleFilters} />
      <Banners state={state} source={source} />
      <p className="unseen" role="status">{said}</p>
      {!first && (
        <Overview
          data={histogram} marks={marks} search={search} zone={zone} view={view} runs={runs} oneOf={state.oneOf} compared={compared}
          onJump={(at) => void source.jump(at)} onDrag={(dragging) => hold('drag', dragging)}
        />
      )}
      {compared && !first && <Compare project={project} search={search} of={compared} />}
      <div className={styles.split} data-dock={search.traceId && dock}>
        <div className={styles.listing}>
          {filters && !first && <Facets project={project} search={search} live={isLive(search)} runs={runs} onClose={toggleFilters} />}
          <Listing
            search={search} zone={zone} store={store} source={source} view={view} columns={columns} cells={cells} marks={marks} hold={hold} pause={pause} reading={reading} atEnd={atEnd}
            onEnd={setAtEnd} onFilters={toggleFilters} empty={!state.loading && !state.error && newest !== undefined && <Empty project={project} search={search} newest={newest} />}
          />
        </div>
        {search.traceId && <Panel project={project} trace={search.traceId} span={search.spanId} zone={zone} tab={search.tab} />}
      </div>
    </>
  )
}

interface ListingProps {
  search: LiveSearch
  zone: string
  store: LiveStore
  source: LiveSource
  view: Watched<View>
  columns: Columns
  cells: Cells
  marks: Marks
  hold: Hold
  pause: () => void
  reading: ReturnType<typeof useUnread>
  atEnd: boolean
  onEnd: (atEnd: boolean) => void
  onFilters: () => void
  /** Stands in the place of a list without lines. */
  empty: ReactNode
}

/** The list with its keys and its menu, or what stands in its place. */
function Listing(props: ListingProps) {
  const { search, zone, store, source, view, cells, marks, hold, reading, atEnd } = props
  const { layout, columns, setLayout, setCols } = props.columns
  const change = useChange()
  const list = useRef<ListHandle>(null)
  const items = useSyncExternalStore(store.subscribe, store.list)
  const selected = search.traceId && search.spanId ? `${search.traceId}/${search.spanId}` : undefined
  const { href, tracePage, goToTrace } = useAddresses(search)
  const { active, setActive, toggle, activate, openMore } = useOpening(store, source, list)
  const menu = useMenu(columns, cells, hold, setActive)
  const { newerSeen, olderSeen, unread } = reading
  const arriveAtEnd = useCallback((end: boolean) => {
    props.onEnd(end)
    store.readsEnd = end
    if (end) newerSeen()
  }, [store, props.onEnd, newerSeen])
  const toStart = () => (store.edges.start ? list.current?.toStart() : void source.restart('newer'))
  const toEnd = () => (store.edges.end ? list.current?.toEnd() : void source.restart('older'))
  const toOlder = () => {
    const { lastOlder } = unread
    const at = items.find((item) => item.trace === lastOlder?.id || item.group.endsWith(lastOlder?.id ?? '?'))
    if (at) {
      list.current?.show(at.key, true)
      setActive(at.key)
    } else if (lastOlder) void source.jump(lastOlder.at)
    olderSeen()
  }
  useListKeys({
    items, list, store, source, active, selected, search, activate, toggle, pause: props.pause, toStart, toEnd, change, goToTrace, tracePage,
    menu: (item) => {
      const box = list.current?.boxOf(item.key)
      menu.open(item, undefined, (box?.left ?? 0) + 240, box?.bottom ?? 0)
    },
    mark: marks.toggle, toggleFilters: props.onFilters,
  })
  return (
    <div className={styles.left} onPointerDown={() => hold('drag', true)} onPointerUp={() => hold('drag', false)} onPointerCancel={() => hold('drag', false)} onPointerLeave={() => hold('drag', false)}>
      {items.length === 0 ? props.empty : (
        <List
          items={items} store={store} columns={columns} layout={layout} marks={marks} cells={cells} active={active} selected={selected} zone={zone} edges={store.edges} handle={list}
          href={href} tracePage={tracePage} onActivate={activate} onToggle={toggle} onMore={openMore} onTracePage={goToTrace} onEnd={arriveAtEnd} onMenu={menu.open} onLayout={setLayout}
          onRemoveColumn={(expression) => setCols(toggled(search.cols, expression))}
          onNear={(direction) => void source.more(direction)}
          onView={(seen) => {
            store.reader = seen.top?.group
            view.set(seen)
          }}
        />
      )}
      <Arrived unread={unread} newestFirst={store.options.newestFirst} atEnd={atEnd || items.length === 0} onOlder={toOlder} onNewest={toEnd} />
      {menu.menu && <RowMenu of={menu.menu} href={href(menu.menu.item)} tracePage={tracePage(menu.menu.item)} onOpen={() => activate(menu.menu!.item, true)} onClose={menu.close} />}
    </div>
  )
}

/** Whether the list has been read once, or could not be. */
function useListed(loading: boolean): boolean {
  const [listed, setListed] = useState(false)
  if (!listed && !loading) setListed(true)
  return listed
}
