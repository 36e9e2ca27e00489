import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Row } from '../api/record'
import { useNow } from '../lib/store'
import { duration } from '../lib/time'
import { LevelGlyph } from '../ui/Level'
import { serviceColor } from '../ui/service'
import { buildTrees, place, type Placed } from './tree'
import styles from './Waterfall.module.css'

const rowHeight = 24
const overscan = 10
/** In larger traces only what is near the root is open at first. */
const openAllBelow = 2000

/** The records of a trace as a tree, with what they took beside them on one scale. */
export function Waterfall(props: { rows: Row[]; selected: string | undefined; onSelect: (row: Row) => void }) {
  const { rows } = props
  const trees = useMemo(() => buildTrees(rows), [rows])
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set())
  const large = rows.length > openAllBelow
  const tops = useMemo(() => new Set(trees.map((node) => node.row.span)), [trees])
  const placed = useMemo(
    () => place(trees, (row) => (large ? tops.has(row.span) : true) !== toggled.has(row.span)),
    [trees, toggled, large, tops],
  )
  const running = rows.some((row) => row.pending)
  const scale = useScale(rows, running)
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 300 })
  useLayoutEffect(() => {
    const el = box.current
    const at = placed.findIndex((p) => p.node.row.span === props.selected)
    if (!el || at < 0) return
    if (at * rowHeight < el.scrollTop || (at + 1) * rowHeight > el.scrollTop + el.clientHeight) el.scrollTop = (at - 3) * rowHeight
    setView({ top: el.scrollTop, height: el.clientHeight })
  }, [props.selected, placed.length])
  useEffect(() => {
    const el = box.current
    if (!el) return
    const observer = new ResizeObserver(() => setView({ top: el.scrollTop, height: el.clientHeight }))
    observer.observe(el)
    return () => observer.disconnect()
  }, [])
  const toggle = (span: string) => {
    const next = new Set(toggled)
    if (!next.delete(span)) next.add(span)
    setToggled(next)
  }
  const first = Math.max(0, Math.floor(view.top / rowHeight) - overscan)
  const last = Math.min(placed.length, Math.ceil((view.top + view.height) / rowHeight) + overscan)
  return (
    <div className={styles.frame}>
      <div className={styles.ruler} aria-hidden="true">
        <span>{rows.length.toLocaleString('en')} records · {duration(scale.end - scale.start)}</span>
        <div>{[0, 0.25, 0.5, 0.75].map((at) => <i key={at} style={{ left: `${at * 100}%` }}>{at === 0 ? '0' : duration((scale.end - scale.start) * at)}</i>)}</div>
      </div>
      <div ref={box} className={styles.box} role="treegrid" aria-label="Trace" aria-rowcount={placed.length} onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}>
        <div style={{ height: placed.length * rowHeight, position: 'relative' }}>
          {placed.slice(first, last).map((p, i) => (
            <Bar key={p.node.row.span} placed={p} top={(first + i) * rowHeight} scale={scale} selected={p.node.row.span === props.selected}
              open={p.node.children.length > 0 && placed[first + i + 1]?.depth === p.depth + 1} onSelect={props.onSelect} onToggle={toggle} />
          ))}
        </div>
      </div>
    </div>
  )
}

interface Scale {
  start: number
  end: number
  present: number
}

function useScale(rows: Row[], running: boolean): Scale {
  const tick = useNow(running ? 250 : 3_600_000) * 1000
  return useMemo(() => {
    let start = Infinity
    let end = -Infinity
    for (const row of rows) {
      start = Math.min(start, row.start)
      end = Math.max(end, row.end, row.pending ? Math.min(tick, row.created + 900_000_000) : row.end)
    }
    return { start, end: Math.max(end, start + 1), present: tick }
  }, [rows, tick])
}

function Bar(props: { placed: Placed; top: number; scale: Scale; selected: boolean; open: boolean; onSelect: (row: Row) => void; onToggle: (span: string) => void }) {
  const { node, depth, lines } = props.placed
  const { row } = node
  const { start, end, present } = props.scale
  const share = (at: number) => ((at - start) / (end - start)) * 100
  const stop = row.pending ? Math.min(end, Math.max(row.start, present)) : row.end
  const left = Math.min(99.5, share(row.start))
  const width = Math.max(0, share(stop) - share(row.start))
  const point = row.kind === 'log' || row.kind === 'span_event'
  const took = point ? '' : row.pending ? `${duration(Math.max(0, stop - row.start))}…` : duration(row.end - row.start)
  const before = left + width > 82
  const inside = before && left < 18
  return (
    <div role="row" aria-level={depth + 1} aria-selected={props.selected} className={`${styles.row} ${props.selected ? styles.selected : ''}`} style={{ transform: `translateY(${props.top}px)` }} onClick={() => props.onSelect(row)}>
      <span role="gridcell" className={styles.name} title={row.message}>
        {lines.map((goesOn, i) => <i key={i} className={i === lines.length - 1 ? (goesOn ? styles.tee : styles.elbow) : goesOn ? styles.pipe : styles.blank} />)}
        {node.children.length > 0 ? (
          <button type="button" className={styles.toggle} aria-label={`${props.open ? 'Close' : 'Open'} ${node.descendants} below`} onClick={(event) => { event.stopPropagation(); props.onToggle(row.span) }}>{props.open ? '▾' : '▸'}</button>
        ) : <span className={styles.leaf} />}
        <LevelGlyph level={row.level} />
        <span className={`${styles.text} ${row.level >= 17 ? styles.bad : ''}`}>{row.message}</span>
        {!props.open && node.children.length > 0 && <span className={styles.hidden}>+{node.descendants}</span>}
      </span>
      <span role="gridcell" className={styles.lane}>
        {point ? (
          <i className={styles.point} style={{ left: `${left}%` }} />
        ) : (
          <>
            <i className={`${styles.bar} ${row.pending ? styles.running : ''} ${row.level >= 17 ? styles.badBar : ''}`} style={{ left: `${left}%`, width: `max(2px, ${width}%)`, ...(row.pending ? {} : { background: serviceColor(row.service) }) }} />
            <span className={`${styles.figure} ${inside ? (row.pending ? styles.overStripes : styles.inside) : ''}`} style={inside ? { right: `calc(${100 - left - width}% + 5px)` } : before ? { right: `calc(${100 - left}% + 5px)` } : { left: `calc(${left + width}% + 5px)` }}>{took}</span>
          </>
        )}
      </span>
    </div>
  )
}
