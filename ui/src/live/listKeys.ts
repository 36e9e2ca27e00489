import type { RefObject } from 'react'
import { useKeys } from '../lib/keys'
import type { LiveSearch } from '../search'
import { errorsOnly, switched } from './facets'
import type { ListHandle } from './List'
import { running } from './pages'
import type { LiveSource } from './source'
import type { Item, LiveStore, RecordItem } from './store'

export interface ListKeys {
  items: Item[]
  list: RefObject<ListHandle | null>
  store: LiveStore
  source: LiveSource
  active: string | undefined
  selected: string | undefined
  search: LiveSearch
  activate: (item: Item, open: boolean) => void
  toggle: (item: Item) => void
  pause: () => void
  toStart: () => void
  toEnd: () => void
  menu: (item: RecordItem) => void
  /** The address of the page of an item's trace, and the way there. */
  tracePage: (item: Item) => string
  goToTrace: (item: Item) => void
  toggleFilters: () => void
  mark: (key: string) => void
  change: (changes: LiveSearch, replace?: boolean) => void
}

/** The keys of the list. */
export function useListKeys(k: ListKeys): void {
  const at = k.items.findIndex((item) => item.key === (k.active ?? k.selected))
  const current = k.items[at]
  const record = current?.kind === 'record' ? current : undefined
  const go = (index: number) => {
    const item = k.items[Math.min(k.items.length - 1, Math.max(0, index))]
    if (!item) return
    k.activate(item, false)
    k.list.current?.show(item.key, true)
    if (k.selected && item.kind === 'record') k.change({ traceId: item.row.trace, spanId: item.row.span }, true)
  }
  const first = k.store.options.newestFirst ? 0 : k.items.length - 1
  const find = (step: number) => {
    for (let i = at + step; i >= 0 && i < k.items.length; i += step) {
      const item = k.items[i]!
      if (item.kind === 'record' ? (item.open ? item.row.level : item.level) >= 17 : item.kind !== 'more' && item.level >= 17) return go(i)
    }
  }
  const closeOrParent = () => {
    if (current && current.kind !== 'more' && current.open && current.below > 0) return k.toggle(current)
    const parent = k.items.findLastIndex((item, i) => i < at && item.depth < (current?.depth ?? 0) && item.group === current?.group)
    if (parent >= 0) go(parent)
  }
  const openBelow = () => {
    if (current?.kind === 'more') return void k.source.openMore(current)
    if (current && current.below > 0 && !current.open) k.toggle(current)
    else go(at + 1)
  }
  const openAll = async () => {
    if (!record) return
    await k.source.open(record)
    k.store.openAll(record)
  }
  useKeys('List', [
    { keys: ['j', 'ArrowDown'], label: 'Next record', run: () => go(at < 0 ? first : at + 1) },
    { keys: ['k', 'ArrowUp'], label: 'Record before', run: () => go(at < 0 ? first : at - 1) },
    { keys: ['ArrowRight', 'l'], label: 'Open what is below', run: openBelow },
    { keys: ['ArrowLeft', 'h'], label: 'Close, or go to the parent', run: closeOrParent },
    { keys: ['Shift+ArrowRight'], label: 'Open all below', run: () => void openAll() },
    { keys: ['C'], label: 'Close all', run: () => k.store.closeAll() },
    { keys: ['Enter'], label: 'Show the details', run: () => (record ? k.activate(record, true) : current && openBelow()) },
    { keys: ['o'], label: 'Open the trace page', run: () => current && k.goToTrace(current) },
    { keys: ['Mod+Enter'], label: 'Open the trace page in a new tab', run: () => current && void window.open(k.tracePage(current), '_blank', 'noopener') },
    { keys: ['c'], label: 'Menu of the record: filter, copy', run: () => record && k.menu(record) },
    { keys: ['m'], label: 'Mark, or take the mark away', run: () => record && k.mark(record.key) },
    { keys: ['n'], label: 'Next error', run: () => find(1) },
    { keys: ['p'], label: 'Error before', run: () => find(-1) },
    { keys: ['e'], label: 'Errors only', run: () => k.change({ q: switched(k.search.q ?? '', errorsOnly) || undefined }) },
    { keys: ['r'], label: 'Running only', run: () => k.change({ q: switched(k.search.q ?? '', running) || undefined }) },
    { keys: ['f'], label: 'Filters', run: k.toggleFilters },
    { keys: ['Space'], label: 'Pause and go on', run: k.pause },
    { keys: ['G', 'End'], label: 'To the newest', run: k.toEnd },
    { keys: ['g g', 'Home'], label: 'To the start of the range', run: k.toStart },
    { keys: ['/'], label: 'Search', run: () => document.getElementById('search')?.focus() },
  ])
}
