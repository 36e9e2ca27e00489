// What one can do with a line of the list.

import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useState, type RefObject } from 'react'
import type { Cells } from '../../live/cells'
import type { Column } from '../../live/columns'
import { shownBy } from '../../live/fields'
import type { ListHandle } from '../../live/List'
import type { MenuOf } from '../../live/RowMenu'
import type { LiveSource } from '../../live/source'
import type { Item, LiveStore, MoreItem, RecordItem } from '../../live/store'
import { useChange, usePlace } from '../../place'
import { stringifySearch, type LiveSearch } from '../../search'
import type { Hold } from './hold'

/** The addresses to which a line leads. */
export function useAddresses(search: LiveSearch) {
  const { org, project } = usePlace()
  const navigate = useNavigate()
  // Not of what is selected: or each line would be drawn anew with each selection.
  const others = JSON.stringify({ ...search, traceId: undefined, spanId: undefined })
  const href = useMemo(() => {
    const rest = JSON.parse(others) as LiveSearch
    return (item: RecordItem) => `/${org}/${project}${stringifySearch({ ...rest, traceId: item.row.trace, spanId: item.row.span })}`
  }, [org, project, others])
  const tracePage = useCallback((item: Item) => `/${org}/${project}/trace/${item.trace}${stringifySearch({ spanId: item.kind === 'record' ? item.row.span : undefined, tz: search.tz })}`, [org, project, search.tz])
  const goToTrace = useCallback((item: Item) => void navigate({ href: tracePage(item) }), [navigate, tracePage])
  return { href, tracePage, goToTrace }
}

/** Opens and closes lines, and makes one the active one. */
export function useOpening(store: LiveStore, source: LiveSource, list: RefObject<ListHandle | null>) {
  const change = useChange()
  const [active, setActive] = useState<string>()
  const toggle = useCallback((item: Item) => {
    if (item.kind === 'more') return
    list.current?.stay(item.open || item.kind === 'messages' ? Promise.resolve() : source.open(item))
    store.setOpen(item, !item.open)
  }, [store, source])
  const activate = useCallback((item: Item, open: boolean) => {
    setActive(item.key)
    if (open && item.kind === 'record') change({ traceId: item.row.trace, spanId: item.row.span })
  }, [change])
  const openMore = useCallback((item: MoreItem) => list.current?.stay(source.openMore(item)), [source])
  return { active, setActive, toggle, activate, openMore }
}

/** The menu of a line, while it is open; nothing arrives meanwhile. */
export function useMenu(columns: Column[], cells: Cells, hold: Hold, setActive: (key: string) => void) {
  const [menu, setMenu] = useState<MenuOf>()
  const open = useCallback((item: Item, target: Element | undefined, x: number, y: number) => {
    if (item.kind !== 'record') return
    const name = target?.closest('[data-field]')?.getAttribute('data-field') ?? undefined
    setActive(item.key)
    setMenu({ x, y, item, shown: shownBy(name, item.row, columns, cells.get(item.row)?.values) })
    hold('menu', true)
  }, [columns, cells, hold, setActive])
  const close = () => {
    setMenu(undefined)
    hold('menu', false)
  }
  return { menu, open, close }
}
