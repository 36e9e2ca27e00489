import { ChevronsDownUp, Filter as FilterIcon } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { columnsOf, layoutSetting, parseLayout, type Column, type Layout } from '../../live/columns'
import { SearchBox, searches } from '../../live/SearchBox'
import type { SourceState } from '../../live/source'
import type { Item, LiveStore } from '../../live/store'
import { isLive } from '../../live/useLive'
import { useKeys } from '../../lib/keys'
import { useChange } from '../../place'
import { SavedMenu } from '../../saved/SavedMenu'
import type { LiveSearch } from '../../search'
import { TimePicker } from '../../shell/TimePicker'
import { ColumnOptions, Shape, ViewOptions } from './Options'
import { LiveButton } from './Status'
import styles from './Live.module.css'

const savedButton = 'saved-searches'

export interface Columns {
  layout: Layout
  columns: Column[]
  setLayout: (layout: Layout) => void
  setCols: (cols: string | undefined) => void
}

/** The columns of the list: as they were arranged, and those that the address adds. */
export function useColumns(cols: string | undefined): Columns {
  const change = useChange()
  const text = layoutSetting.use()
  const layout = useMemo(() => parseLayout(text), [text])
  const columns = useMemo(() => columnsOf(layout, cols), [layout, cols])
  const setLayout = useCallback((next: Layout) => layoutSetting.set(JSON.stringify(next)), [])
  const setCols = useCallback((next: string | undefined) => change({ cols: next }), [change])
  return { layout, columns, setLayout, setCols }
}

interface Props {
  search: LiveSearch
  state: SourceState
  /** The list has been read once. */
  listed: boolean
  items: Item[]
  store: LiveStore
  columns: Columns
  paused: boolean
  pause: () => void
  filters: boolean
  onFilters: () => void
}

/** The line above the list: what is searched for, in which time, and how it is shown. */
export function Tools({ search, state, listed, items, store, columns, paused, pause, filters, onFilters }: Props) {
  const { layout, setLayout, setCols } = columns
  useKeys('Search', [{ keys: ['s'], label: 'Saved and recent searches', run: () => document.getElementById(savedButton)?.click() }])
  return (
    <div className={styles.tools}>
      <button type="button" className={styles.tool} title="Filters (f)" aria-pressed={filters} onClick={onFilters}><FilterIcon size={14} /></button>
      <SearchBox q={search.q ?? ''} error={state.error} ready={listed} />
      <SavedMenu kind="live" query={search.q ?? ''} search={search} recent={searches} className={styles.tool} buttonId={savedButton} />
      <TimePicker />
      <LiveButton state={state} paused={paused} live={isLive(search)} pause={pause} />
      <Shape />
      <ViewOptions />
      <ColumnOptions layout={layout} cols={search.cols} onLayout={setLayout} onCols={setCols} />
      <button type="button" className={styles.tool} title="Close all (Shift C)" disabled={!items.some((item) => item.kind !== 'more' && item.open)} onClick={() => store.closeAll()}><ChevronsDownUp size={15} /></button>
    </div>
  )
}
