import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from 'react'
import type { Answer } from '../api/client'
import { Go } from '../ui/Go'
import { traceHref, type Place } from './links'
import { Value } from './Value'
import { cellText, kindOf, typeOf, type Kind, type Order } from '../sql/values'
import styles from './Result.module.css'

const rowHeight = 26
const headHeight = 28

/** How wide columns are: for the longest text of the first rows, within bounds. */
function widthsOf(answer: Answer, kinds: Kind[], zone: string): number[] {
  return answer.fields.map((field, c) => {
    const longest = answer.rows.slice(0, 200).reduce((most, row) => Math.max(most, cellText(row[c], kinds[c]!, zone).length), field.name.length + 3)
    return Math.min(460, Math.max(72, Math.ceil(longest * 7.3) + 22))
  })
}

export interface ResultTableProps {
  answer: Answer
  /** Which rows are shown, and in which order. */
  places: number[]
  order: Order | undefined
  /** undefined: only a part of the rows is here, which makes an order of them misleading. */
  onOrder: ((order: Order | undefined) => void) | undefined
  /** The number of a row among places. */
  current: number
  onCurrent: (row: number) => void
  onDetails: (row: number) => void
  place: Place
  zone: string
  grid: RefObject<HTMLDivElement | null>
}

/** The rows of an answer. Only cells in view are drawn, so that ten thousand rows of fifty columns scroll. */
export function ResultTable(props: ResultTableProps) {
  const { answer, places, current, zone } = props
  const id = useId()
  const layer = useRef<HTMLDivElement>(null)
  const [column, setColumn] = useState(0)
  const [open, setOpen] = useState<{ row: number; column: number }>()
  const kinds = useMemo(() => answer.fields.map(kindOf), [answer])
  const widths = useMemo(() => widthsOf(answer, kinds, zone), [answer, kinds, zone])
  const rows = useVirtualizer({ count: places.length, getScrollElement: () => props.grid.current, estimateSize: () => rowHeight, overscan: 8, scrollPaddingStart: headHeight })
  const columns = useVirtualizer({ horizontal: true, count: widths.length, getScrollElement: () => props.grid.current, estimateSize: (i) => widths[i]!, overscan: 3 })
  useEffect(() => columns.measure(), [widths])

  const show = (row: number, at: number) => {
    props.onCurrent(row)
    setColumn(at)
    rows.scrollToIndex(row)
    columns.scrollToIndex(at)
  }
  const inspect = (row: number, at: number, cell: Element | null) => {
    if (!layer.current || !cell) return
    setOpen({ row, column: at })
    setColumn(at)
    props.onCurrent(row)
    placeLayer(layer.current, cell.getBoundingClientRect())
    layer.current.showPopover()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.altKey || event.metaKey || event.ctrlKey) return
    const page = Math.max(1, Math.floor((props.grid.current?.clientHeight ?? 300) / rowHeight) - 2)
    const step = ({ ArrowDown: [1, 0], j: [1, 0], ArrowUp: [-1, 0], k: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [page, 0], PageUp: [-page, 0], Home: [-places.length, 0], End: [places.length, 0] } as Record<string, [number, number]>)[event.key]
    if (step) show(clamp(current + step[0], places.length), clamp(column + step[1], widths.length))
    else if (event.key === 'Enter') props.onDetails(current)
    else if (event.key === ' ') inspect(current, column, document.getElementById(`${id}-${current}-${column}`))
    else return
    event.preventDefault()
  }
  const total = columns.getTotalSize()
  const shownColumns = columns.getVirtualItems()
  const inspected = open && answer.rows[places[open.row] ?? -1]
  return (
    <>
      <div
        ref={props.grid} className={styles.grid} role="grid" tabIndex={0} aria-label="Result" aria-rowcount={places.length + 1} aria-colcount={widths.length}
        aria-activedescendant={places.length > 0 ? `${id}-${current}-${column}` : undefined} onKeyDown={onKeyDown}
      >
        <div className={styles.head} role="row" aria-rowindex={1} style={{ width: `max(100%, ${total}px)` }}>
          {shownColumns.map((item) => (
            <HeadCell key={item.key} {...props} column={item.index} style={cellStyle(item.start, item.size, item.index === widths.length - 1)} number={kinds[item.index] === 'number'} />
          ))}
        </div>
        <div role="presentation" style={{ position: 'relative', height: rows.getTotalSize(), width: `max(100%, ${total}px)` }}>
          {rows.getVirtualItems().map((line) => {
            const row = answer.rows[places[line.index]!]!
            return (
              <div key={line.key} role="row" aria-rowindex={line.index + 2} aria-selected={line.index === current} className={styles.row} style={{ transform: `translateY(${line.start}px)` }}>
                {shownColumns.map((item) => (
                  <div
                    key={item.key} id={`${id}-${line.index}-${item.index}`} role="gridcell" aria-colindex={item.index + 1}
                    className={`${styles.cell} ${kinds[item.index] === 'number' ? styles.number : ''} ${line.index === current && item.index === column ? styles.active : ''}`}
                    style={cellStyle(item.start, item.size, item.index === widths.length - 1)}
                    onClick={(event) => inspect(line.index, item.index, event.currentTarget)}
                    onDoubleClick={() => props.onDetails(line.index)}
                  >
                    <Cell answer={answer} row={row} column={item.index} kind={kinds[item.index]!} zone={zone} place={props.place} />
                  </div>
                ))}
              </div>
            )
          })}
        </div>
      </div>
      <div ref={layer} popover="auto" className={styles.inspector} role="dialog" aria-label="Value" onToggle={(event) => event.newState === 'closed' && (setOpen(undefined), props.grid.current?.focus({ preventScroll: true }))}>
        {open && inspected && (
          <Value name={answer.fields[open.column]!.name} type={typeOf(answer.fields[open.column]!)} kind={kinds[open.column]!} value={inspected[open.column]} zone={zone} href={traceHref(props.place, answer.fields, inspected, open.column)} />
        )}
      </div>
    </>
  )
}

function clamp(n: number, count: number): number {
  return Math.max(0, Math.min(count - 1, n))
}

function cellStyle(start: number, size: number, last: boolean): React.CSSProperties {
  return { left: start, width: last ? `max(${size}px, 100% - ${start}px)` : size }
}

/** Below the cell, or above it near the end of the window. */
function placeLayer(layer: HTMLElement, cell: DOMRect): void {
  const below = window.innerHeight - cell.bottom
  layer.style.left = `${Math.max(8, Math.min(cell.left, window.innerWidth - 580))}px`
  layer.style.top = below > 260 ? `${cell.bottom + 2}px` : 'auto'
  layer.style.bottom = below > 260 ? 'auto' : `${window.innerHeight - cell.top + 2}px`
}

function HeadCell(props: ResultTableProps & { column: number; style: React.CSSProperties; number: boolean }) {
  const field = props.answer.fields[props.column]!
  const order = props.order?.column === props.column ? props.order : undefined
  const next = order === undefined ? { column: props.column, down: props.number } : order.down === props.number ? { ...order, down: !order.down } : undefined
  const { onOrder } = props
  return (
    <div role="columnheader" aria-colindex={props.column + 1} aria-sort={order ? (order.down ? 'descending' : 'ascending') : 'none'} className={`${styles.headCell} ${props.number ? styles.number : ''}`} style={props.style}>
      <button type="button" tabIndex={-1} disabled={onOrder === undefined} title={onOrder ? `${field.name} · ${typeOf(field)}` : `${field.name} · ${typeOf(field)} · more rows exist than are here: put the order into the SQL`} onClick={() => onOrder?.(next)}>
        <span>{field.name}</span>
        {order && (order.down ? <ArrowDown size={12} /> : <ArrowUp size={12} />)}
      </button>
    </div>
  )
}

function Cell({ answer, row, column, kind, zone, place }: { answer: Answer; row: unknown[]; column: number; kind: Kind; zone: string; place: Place }) {
  const value = row[column]
  if (value === null || value === undefined) return <span className={styles.null}>NULL</span>
  const text = cellText(value, kind, zone).slice(0, 300)
  const href = traceHref(place, answer.fields, row, column)
  if (href) return <Go href={href} tabIndex={-1} onClick={(event) => event.stopPropagation()} title="Open the trace">{text}</Go>
  if (text === '') return <span className={styles.null}>empty</span>
  return <span title={kind === 'time' ? `${String(value)} · ${zone}` : undefined} className={kind === 'boolean' || typeof value === 'object' ? styles.word : undefined}>{text}</span>
}
