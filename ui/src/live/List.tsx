import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore, type Ref } from 'react'
import { clock } from '../lib/time'
import type { Cells } from './cells'
import { fitting, template, widths, type Column, type Layout } from './columns'
import { withDays, type Line } from './days'
import { Head } from './Head'
import type { Direction } from './pages'
import { Row, type RowContext } from './Row'
import type { Item } from './store'
import { useRowHeight } from './rowHeight'
import styles from './List.module.css'

const overscan = 12
/** How near the end of what is here the next page is read, in screens. */
const ahead = 2

export interface ListHandle {
  /** Goes to the newest or the oldest of what is here. */
  toEnd: () => void
  toStart: () => void
  /** What is above in view stays there until what is below has opened, also at the end. */
  stay: (until: Promise<void>) => void
  /** Brings a line into view; focus: and the keyboard to it, unless it is elsewhere on the page. */
  show: (key: string, focus: boolean) => void
  /** The place of a line on the screen. */
  boxOf: (key: string) => DOMRect | undefined
}

/** What is in view: the trace at the top of it, and the moments between which it lies. */
export interface View {
  top: Item | undefined
  bottom: Item | undefined
}

interface Props extends Omit<RowContext, 'columns'> {
  items: Item[]
  columns: Column[]
  layout: Layout
  cells: Cells
  active: string | undefined
  selected: string | undefined
  edges: { start: boolean; end: boolean }
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
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 0, width: 1200 })
  const atEnd = useRef(true)
  // While something opens, it stays in view, also where the list would follow its end.
  const opening = useRef(0)
  const anchors = useRef<{ key: string; offset: number }[]>([])
  const seenTop = useRef(0)
  const focused = useRef<string>(undefined)
  const begun = useRef(store.begun)
  useSyncExternalStore(cells.subscribe, cells.snapshot)
  const lines = useMemo(() => withDays(items, zone), [items, zone])
  const reversed = store.options.newestFirst
  const above = reversed ? props.edges.end : props.edges.start
  const below = reversed ? props.edges.start : props.edges.end
  const content = (lines.length + 1 + (below ? 0 : 1)) * rowHeight
  const room = widths.find((least) => view.width >= least) ?? 0
  const columns = useMemo(() => fitting(props.columns, room), [props.columns, room])
  // At the end it is known before it is laid out where the list will be scrolled to: what is seen there is drawn at once.
  const top = !atEnd.current || view.height === 0 ? view.top : reversed ? 0 : Math.max(0, content - view.height)
  const drawnTop = useRef(top)
  drawnTop.current = top

  const scrolled = useCallback(() => {
    const el = box.current
    if (!el) return
    const rest = reversed ? el.scrollTop : el.scrollHeight - el.clientHeight - el.scrollTop
    const end = rest <= 2 * rowHeight && props.edges.end && opening.current === 0
    if (end !== atEnd.current) {
      atEnd.current = end
      props.onEnd(end)
    }
    const first = Math.max(0, Math.floor(el.scrollTop / rowHeight) - 1)
    const seen = lines.slice(first, first + Math.ceil(el.clientHeight / rowHeight) + 1)
    anchors.current = seen.map((line, i) => ({ key: line.key, offset: (first + i + 1) * rowHeight - el.scrollTop }))
    seenTop.current = el.scrollTop
    const now = { top: el.scrollTop, height: el.clientHeight, width: el.clientWidth }
    setView((old) => (now.top === drawnTop.current && now.height === old.height && now.width === old.width ? old : now))
    const inView = seen.filter((line): line is Item => line.kind !== 'day')
    props.onView({ top: inView[0], bottom: inView.at(-1) })
    cells.want(inView.flatMap((item) => (item.kind === 'record' ? [item.row] : [])))
    if (el.scrollTop < ahead * el.clientHeight) props.onNear(reversed ? 'newer' : 'older')
    if (el.scrollHeight - el.clientHeight - el.scrollTop < ahead * el.clientHeight) props.onNear(reversed ? 'older' : 'newer')
  }, [lines, props, rowHeight, reversed, cells])
  const latest = useRef(scrolled)
  latest.current = scrolled

  useLayoutEffect(() => {
    const el = box.current
    if (!el) return
    if (begun.current !== store.begun) {
      begun.current = store.begun
      anchors.current = []
      atEnd.current = store.begun.at === 'end'
      if (!atEnd.current) el.scrollTop = reversed ? el.scrollHeight : 0
      props.onEnd(atEnd.current)
    }
    // The reader has scrolled away, and the browser has not told of it yet.
    const leaving = reversed ? el.scrollTop > seenTop.current : el.scrollTop < Math.min(seenTop.current, el.scrollHeight - el.clientHeight)
    if (atEnd.current && !leaving) el.scrollTop = reversed ? 0 : el.scrollHeight
    else if (!atEnd.current) {
      const places = new Map(anchors.current.map((anchor) => [anchor.key, anchor.offset]))
      const at = lines.findIndex((line) => places.has(line.key))
      const top = at < 0 ? el.scrollTop : (at + 1) * rowHeight - places.get(lines[at]!.key)!
      if (top !== el.scrollTop) el.scrollTop = top
    }
    latest.current()
  }, [lines, rowHeight, reversed])

  useEffect(() => {
    const observer = new ResizeObserver(() => {
      const el = box.current
      if (el && atEnd.current) el.scrollTop = reversed ? 0 : el.scrollHeight
      latest.current()
    })
    observer.observe(box.current!)
    return () => observer.disconnect()
  }, [reversed])

  // The keyboard follows the active line, once it is drawn.
  useLayoutEffect(() => {
    if (focused.current === undefined) return
    document.getElementById(`row-${focused.current}`)?.focus({ preventScroll: true })
    focused.current = undefined
  })

  useImperativeHandle(props.handle, () => ({
    toEnd: () => box.current?.scrollTo({ top: reversed ? 0 : box.current.scrollHeight }),
    toStart: () => box.current?.scrollTo({ top: reversed ? box.current.scrollHeight : 0 }),
    stay: (until) => {
      opening.current++
      atEnd.current = false
      void until.finally(() => requestAnimationFrame(() => {
        opening.current--
        latest.current()
      }))
    },
    show: (key, focus) => {
      const at = lines.findIndex((line) => line.key === key)
      const el = box.current
      if (at < 0 || !el) return
      const top = (at + 1) * rowHeight
      if (top < el.scrollTop + rowHeight) el.scrollTop = top - rowHeight
      else if (top + 2 * rowHeight > el.scrollTop + el.clientHeight) el.scrollTop = top + 2 * rowHeight - el.clientHeight
      if (focus && (document.activeElement === document.body || el.contains(document.activeElement))) focused.current = key
    },
    boxOf: (key) => document.getElementById(`row-${key}`)?.getBoundingClientRect(),
  }), [lines, rowHeight, reversed])

  const { marks, href, tracePage, onActivate, onToggle, onMore, onTracePage } = props
  const context = useMemo(() => ({ store, zone, columns, marks, href, tracePage, onActivate, onToggle, onMore, onTracePage }), [store, zone, columns, marks, href, tracePage, onActivate, onToggle, onMore, onTracePage])
  const first = Math.max(0, Math.floor(top / rowHeight) - 1 - overscan)
  const last = Math.min(lines.length, Math.ceil((top + view.height) / rowHeight) + overscan)
  const stop = props.active ?? (reversed ? items[0] : items.at(-1))?.key
  const drawn = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i)
  const away = lines.findIndex((line) => line.key === stop)
  if (away >= 0 && (away < first || away >= last)) drawn.push(away) // or the keyboard would lose its place
  return (
    <div className={styles.frame} style={{ '--columns': template(columns) } as React.CSSProperties}>
      <Head columns={columns} layout={props.layout} error={cells.error} onLayout={props.onLayout} onRemove={props.onRemoveColumn} />
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
