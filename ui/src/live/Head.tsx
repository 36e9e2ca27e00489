import { useRef } from 'react'
import { Action, Choice, Popover } from '../ui/Menu'
import { clampWidth, moved, type BuiltIn, type Column, type Layout } from './columns'
import styles from './List.module.css'

interface Props {
  columns: Column[]
  /** Their widths, as CSS. */
  template: string
  layout: Layout
  /** What is wrong with an added column. */
  error: string | undefined
  onLayout: (layout: Layout) => void
  /** Takes an added column out of the address. */
  onRemove: (expression: string) => void
}

/** The names of the columns. They are dragged to another place, and their edges to another width. */
export function Head(props: Props) {
  const dragged = useRef('')
  const { columns, layout } = props
  return (
    <div className={styles.head} style={{ gridTemplateColumns: props.template }} role="presentation">
      {columns.map((column) => (
        <span
          key={column.id} className={`${styles.headCell} ${column.id === 'duration' ? styles.headEnd : ''}`} draggable
          onDragStart={(event) => {
            dragged.current = column.id
            event.dataTransfer.effectAllowed = 'move'
          }}
          onDragOver={(event) => dragged.current && event.preventDefault()}
          onDrop={(event) => {
            event.preventDefault()
            if (dragged.current) props.onLayout({ ...layout, order: moved(columns, dragged.current, column.id) })
            dragged.current = ''
          }}
        >
          <Name column={column} {...props} />
          {column.width !== undefined && <Edge column={column} onWidth={(width) => props.onLayout({ ...layout, widths: { ...layout.widths, [column.id]: width } })} />}
        </span>
      ))}
    </div>
  )
}

function Name({ column, columns, layout, error, onLayout, onRemove }: Props & { column: Column }) {
  const at = columns.indexOf(column)
  const move = (to: number) => onLayout({ ...layout, order: moved(columns, column.id, columns[to]!.id) })
  const words = column.id === 'duration' ? 'Length of the bar: logarithm of the duration, 10 µs to 100 s' : (column.expression ?? column.title)
  const wrong = column.expression !== undefined && error !== undefined
  return (
    <Popover label={<>{column.title}{column.id === 'duration' && (column.width ?? 0) > 100 && <i>, log</i>}{wrong && ' ⚠'}</>} title={wrong ? error : words} className={styles.headName}>
      {(close) => (
        <>
          {at > 0 && <Action onChoose={() => { close(); move(at - 1) }}>Move left</Action>}
          {at < columns.length - 1 && <Action onChoose={() => { close(); move(at + 1) }}>Move right</Action>}
          {column.expression !== undefined && <Action onChoose={() => { close(); onRemove(column.expression!) }}>Remove the column</Action>}
          {column.expression === undefined && column.id !== 'message' && (
            <Action onChoose={() => { close(); onLayout({ ...layout, shown: { ...layout.shown, [column.id as BuiltIn]: false } }) }}>Hide the column</Action>
          )}
          <Choice onChoose={() => { close(); onLayout({ order: [], widths: {}, shown: {} }) }}>As it was at first</Choice>
        </>
      )}
    </Popover>
  )
}

/** The edge of a column: it is dragged, or moved with the arrow keys. */
function Edge({ column, onWidth }: { column: Column; onWidth: (width: number) => void }) {
  const from = useRef({ x: 0, width: 0 })
  const width = column.width!
  return (
    <span
      role="separator" aria-orientation="vertical" aria-label={`Width of ${column.title}`} aria-valuenow={width} tabIndex={0} className={styles.edge} draggable
      onDragStart={(event) => { event.preventDefault(); event.stopPropagation() }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        event.preventDefault() // or the column would be dragged
        from.current = { x: event.clientX, width }
      }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && onWidth(clampWidth(from.current.width + event.clientX - from.current.x))}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -12, ArrowRight: 12 }[event.key]
        if (step === undefined) return
        event.stopPropagation()
        event.preventDefault()
        onWidth(clampWidth(width + step))
      }}
    />
  )
}
