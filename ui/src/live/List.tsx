import { useMemo, useSyncExternalStore, type Ref } from 'react'
import { clock } from '../lib/time'
import type { Cells } from './cells'
import { fitting, template, widths, type Column, type Layout } from './columns'
import { withDays, type Line } from './days'
import { Head } from './Head'
import type { Direction } from './pages'
import { Row, type RowContext } from './Row'
import { useRowHeight } from './rowHeight'
import { useListHandle, useScrolling, type Edges, type ListHandle, type View } from './scrolling'
import type { Item } from './store'
import styles from './List.module.css'

export type { ListHandle, View }

/** How many lines are drawn beyond those in view. */
const overscan = 12

interface Props extends Omit<RowContext, 'columns' | 'template'> {
  items: Item[]
  columns: Column[]
  layout: Layout
  cells: Cells
  active: string | undefined
  selected: string | undefined
  edges: Edges
  onNear: (direction: Direction) => void
  onEnd: (atEnd: boolean) => void
  onView: (view: View) => void
  onMenu: (item: Item, target: Element, x: number, y: number) => void
  onLayout: (layout: Layout) => void
  onRemoveColumn: (expression: string) => void
  handle: Ref<ListHandle>
}

/**
 * The list draws only the lines that are in view. At the end it stays at the end; anywhere else, what comes above or
 * below moves nothing that is on the screen.
 */
export function List(props: Props) {
  const { items, zone, store, cells } = props
  const rowHeight = useRowHeight()
  useSyncExternalStore(cells.subscribe, cells.snapshot)
  const lines = useMemo(() => withDays(items, zone), [items, zone])
  const reversed = store.options.newestFirst
  const above = reversed ? props.edges.end : props.edges.start
  const below = reversed ? props.edges.start : props.edges.end
  const content = (lines.length + 1 + (below ? 0 : 1)) * rowHeight
  const { box, place, view, top, scrolled, again } = useScrolling({ lines, rowHeight, reversed, content, edges: props.edges, store, cells, onEnd: props.onEnd, onView: props.onView, onNear: props.onNear })
  useListHandle(props.handle, { box, place, lines, rowHeight, reversed, again })
  const room = widths.find((least) => view.width >= least) ?? 0
  const columns = useMemo(() => fitting(props.columns, room), [props.columns, room])
  const { marks, href, tracePage, onActivate, onToggle, onMore, onTracePage } = props
  const context = useMemo(() => ({ store, zone, columns, template: template(columns), marks, href, tracePage, onActivate, onToggle, onMore, onTracePage }), [store, zone, columns, marks, href, tracePage, onActivate, onToggle, onMore, onTracePage])
  const stop = props.active ?? (reversed ? items[0] : items.at(-1))?.key
  const drawn = drawnOf(lines, top, view.height, rowHeight, stop)
  return (
    <div className={styles.frame}>
      <Head columns={columns} template={context.template} layout={props.layout} error={cells.error} onLayout={props.onLayout} onRemove={props.onRemoveColumn} />
      <div
        ref={box} className={styles.box} onScroll={scrolled} role="treegrid" aria-label="Records" aria-rowcount={props.edges.start && props.edges.end ? items.length : -1}
        onContextMenu={(event) => {
          const line = (event.target as Element).closest('[data-key]')
          const item = items.find((one) => one.key === line?.getAttribute('data-key'))
          if (!item || event.shiftKey) return
          event.preventDefault()
          props.onMenu(item, event.target as Element, event.clientX, event.clientY)
        }}
      >
        <div role="presentation" style={{ height: content, position: 'relative' }}>
          <div className={styles.start} role="presentation">{edgeText(reversed ? 'newer' : 'older', above)}</div>
          {drawn.map((i) => <Drawn key={lines[i]!.key} i={i} lines={lines} context={context} rowHeight={rowHeight} stop={stop} active={props.active} selected={props.selected} cells={cells} />)}
          {!below && <div className={styles.start} role="presentation" style={{ position: 'absolute', left: 0, right: 0, top: content - rowHeight }}>{edgeText(reversed ? 'older' : 'newer', below)}</div>}
        </div>
      </div>
    </div>
  )
}

/** Which lines are drawn: those in view and some around them, and the one that Tab leads to, or the keyboard would lose its place. */
function drawnOf(lines: readonly Line[], top: number, height: number, rowHeight: number, stop: string | undefined): number[] {
  const first = Math.max(0, Math.floor(top / rowHeight) - 1 - overscan)
  const last = Math.min(lines.length, Math.ceil((top + height) / rowHeight) + overscan)
  const drawn = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i)
  const away = lines.findIndex((line) => line.key === stop)
  if (away >= 0 && (away < first || away >= last)) drawn.push(away)
  return drawn
}

function edgeText(which: Direction, reached: boolean): string {
  if (!reached) return `Loading ${which} records …`
  return which === 'older' ? 'No older records in this time range' : ''
}

interface DrawnProps {
  i: number
  lines: Line[]
  context: RowContext
  rowHeight: number
  stop: string | undefined
  active: string | undefined
  selected: string | undefined
  cells: Cells
}

function Drawn({ i, lines, context, rowHeight, stop, active, selected, cells }: DrawnProps) {
  const line = lines[i]!
  const top = (i + 1) * rowHeight
  if (line.kind === 'day') return <div className={styles.day} role="presentation" style={{ transform: `translateY(${top}px)` }}><span>{line.text}</span></div>
  return (
    <Row
      item={line} context={context} top={top} stop={line.key === stop} active={line.key === active} selected={line.key === selected}
      sameSecond={sameSecond(line, lines[i - 1], context.zone)} cell={line.kind === 'record' ? cells.get(line.row) : undefined}
    />
  )
}

function sameSecond(line: Item, above: Line | undefined, zone: string): boolean {
  if (line.kind !== 'record' || above?.kind !== 'record') return false
  return clock(line.row.start, zone).slice(0, 8) === clock(above.row.start, zone).slice(0, 8)
}
