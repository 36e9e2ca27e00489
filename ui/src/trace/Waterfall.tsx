import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent } from 'react'
import { treeShare } from '../lib/store'
import { clock, duration, type Micros } from '../lib/time'
import { Splitter } from '../ui/Splitter'
import { LaneBar, GroupBar } from './Bars'
import { TreeCell, GroupCell } from './TreeCell'
import { stickyLines, type Line } from './lines'
import type { Model, Stretch } from './model'
import type { Life } from './signs'
import { moment, pan, share, ticks, zoomAt, zoomBetween, type Window } from './zoom'
import styles from './Waterfall.module.css'

export const rowHeight = 24
/** Rows come and go so many at a time, as one block: most steps of scrolling then change nothing in the page. */
const blockRows = 12
const mostSticky = 4

/** What is drawn of a trace, shared by its views. */
export interface Scene {
  model: Model
  lines: Line[]
  /** What is known of the spans that have not ended. */
  lives: ReadonlyMap<string, Life>
  whole: Window
  window: Window
  zone: string
  selected: string | undefined
  hits: ReadonlySet<string>
  /** The hit at which the search stands. */
  hit: string | undefined
  critical: ReadonlyMap<string, Stretch[]> | undefined
  selfTimes: boolean
  skewed: ReadonlyMap<string, Micros>
  onWindow: (window: Window | undefined) => void
  onSelect: (span: string) => void
  onToggle: (line: Line) => void
}

/** The records of a trace as a tree, with what they took beside them on one scale. Only rows in view are drawn. */
export function Waterfall({ scene }: { scene: Scene }) {
  const { lines, selected } = scene
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState<Shown>({ first: 0, height: 300, gutter: 0 })
  const share = Number(treeShare.use())
  const roving = useRoving(scene, box)
  useShown(box, setView)
  useSelectedInView(lines, selected, box)
  useWheelZoom(box, scene)
  const { first } = view
  const sticky = useMemo(() => stickyLines(lines, first, mostSticky), [lines, first])
  return (
    <div className={styles.frame} style={{ '--tree': `${share}%` } as CSSProperties}>
      <div
        ref={box} className={styles.box} role="treegrid" aria-label="Trace" aria-rowcount={lines.length} aria-colcount={2}
        onScroll={(event) => {
          const first = firstOf(event.currentTarget)
          setView((view) => (view.first === first ? view : { ...view, first }))
        }}
        onKeyDown={roving.onKeyDown} onFocus={() => (roving.holds.current = true)} onBlur={() => (roving.holds.current = false)}
      >
        <Ruler scene={scene} />
        <div className={styles.divide} aria-hidden="true"><HoverLine scene={scene} box={box} height={view.height} /></div>
        {sticky.length > 0 && (
          <div className={styles.sticky} aria-hidden="true">
            {sticky.map((line, i) => (
              <div key={line.key} className={`${styles.row} ${styles.stuck}`} style={{ top: i * rowHeight }} onClick={() => line.kind === 'span' && scene.onSelect(line.key)}>
                <Cells scene={scene} line={line} />
              </div>
            ))}
          </div>
        )}
        <div className={styles.rows} style={{ height: lines.length * rowHeight }}>
          <Grid window={scene.window} origin={scene.model.start} />
          {blocksInView(view, lines.length, roving.at).map((block) => (
            <Block key={block} scene={scene} block={block} tabbable={blockOf(roving.tabbable) === block ? roving.tabbable : -1} onFocus={roving.setActive} />
          ))}
        </div>
      </div>
      <div className={styles.divider} style={{ height: view.height, marginRight: view.gutter }}>
        <Splitter orientation="vertical" label="Width of the tree" value={share} least={20} most={75} onChange={(percent) => treeShare.set(String(percent))} className={styles.treeSplitter} />
      </div>
    </div>
  )
}

interface Shown {
  /** The uppermost line in view. */
  first: number
  height: number
  /** What the scroll bar takes of the width. */
  gutter: number
}

function firstOf(el: HTMLElement): number {
  return Math.floor(el.scrollTop / rowHeight)
}

function shownOf(el: HTMLElement): Shown {
  return { first: firstOf(el), height: el.clientHeight, gutter: el.offsetWidth - el.clientWidth }
}

/** Follows how much of the box can be seen. */
function useShown(box: React.RefObject<HTMLDivElement | null>, set: (view: Shown) => void): void {
  useLayoutEffect(() => {
    const el = box.current!
    const look = () => set(shownOf(el))
    look()
    const observer = new ResizeObserver(look)
    observer.observe(el)
    return () => observer.disconnect()
  }, [])
}

/** Scrolls to the selected record when another one is selected, or when it is drawn for the first time. */
function useSelectedInView(lines: Line[], selected: string | undefined, box: React.RefObject<HTMLDivElement | null>): void {
  const done = useRef<string | undefined>(undefined)
  useLayoutEffect(() => {
    const el = box.current
    const at = lines.findIndex((line) => line.key === selected)
    if (!el || at < 0 || done.current === selected) return
    done.current = selected
    const room = el.clientHeight - rowHeight // below the ruler
    const covered = stickyLines(lines, at, mostSticky).length * rowHeight
    if (at * rowHeight - covered < el.scrollTop || (at + 1) * rowHeight > el.scrollTop + room) {
      el.scrollTop = Math.max(0, at * rowHeight - Math.max(covered, Math.min(room / 3, 8 * rowHeight)))
    }
  }, [lines, selected])
}

/** Ctrl or ⌘ with the wheel, or a pinch, zooms at the pointer; a sideways wheel moves the window. */
function useWheelZoom(box: React.RefObject<HTMLDivElement | null>, scene: Scene): void {
  const latest = useRef(scene)
  latest.current = scene
  useEffect(() => {
    const el = box.current!
    const wheel = (event: WheelEvent) => {
      const { window, whole, onWindow } = latest.current
      const zooming = event.ctrlKey || event.metaKey
      if (!zooming && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return
      event.preventDefault() // which is why this is no React handler: those are passive
      const lane = laneOf(el)
      if (zooming) onWindow(zoomAt(window, whole, Math.min(1, Math.max(0, (event.clientX - lane.left) / lane.width)), Math.exp(event.deltaY / 200)))
      else onWindow(pan(window, whole, event.deltaX / lane.width))
    }
    el.addEventListener('wheel', wheel, { passive: false })
    return () => el.removeEventListener('wheel', wheel)
  }, [])
}

/** Where the bars are on the screen. */
function laneOf(box: HTMLElement): DOMRect {
  return box.querySelector(`.${styles.scale}`)!.getBoundingClientRect()
}

interface Roving {
  at: number
  tabbable: number
  setActive: (key: string) => void
  /** The focus is in the tree. A row that comes into another block loses it without a word, and gets it back. */
  holds: React.RefObject<boolean>
  onKeyDown: (event: KeyboardEvent) => void
}

/** One row is a stop of the tab key; arrows move it, and select. */
function useRoving(scene: Scene, box: React.RefObject<HTMLDivElement | null>): Roving {
  const { lines, selected } = scene
  const [active, setActive] = useState<string>()
  const moved = useRef(false)
  const holds = useRef(false)
  const at = useMemo(() => {
    const own = lines.findIndex((line) => line.key === active)
    return own >= 0 ? own : lines.findIndex((line) => line.key === selected)
  }, [lines, active, selected])
  useEffect(() => setActive(undefined), [selected])
  const focusRow = (key: string) => box.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true })
  useLayoutEffect(() => {
    const line = lines[at]
    const lost = holds.current && document.activeElement === document.body
    if (!line || !(moved.current || lost)) return
    moved.current = false
    focusRow(line.key)
  })
  const go = (index: number) => {
    const line = lines[Math.min(lines.length - 1, Math.max(0, index))]
    if (!line) return
    moved.current = true
    setActive(line.key)
    scrollTo(box.current!, lines, lines.indexOf(line))
    if (line.kind === 'span') scene.onSelect(line.key)
  }
  const line = lines[at]
  const page = () => Math.max(1, Math.floor(box.current!.clientHeight / rowHeight) - 2)
  const moves: Record<string, () => void> = {
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    j: () => go(at + 1),
    k: () => go(at - 1),
    PageDown: () => go(at + page()),
    PageUp: () => go(at - page()),
    Home: () => go(0),
    End: () => go(lines.length - 1),
    ArrowRight: () => line && (hasBelow(line) && !line.open ? scene.onToggle(line) : go(at + 1)),
    ArrowLeft: () => line && (line.open ? scene.onToggle(line) : line.parent >= 0 && go(line.parent)),
    Enter: () => line && (line.kind === 'group' ? scene.onToggle(line) : scene.onSelect(line.key)),
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const move = moves[event.key]
    if (!move || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
    if (event.target instanceof Element && event.target.closest('button')) return
    event.preventDefault()
    event.stopPropagation()
    move()
  }
  return { at, tabbable: Math.max(0, at), setActive: useCallback((key: string) => setActive(key), []), holds, onKeyDown }
}

function hasBelow(line: Line): boolean {
  return line.kind === 'group' || line.node.children.length > 0
}

/** Scrolls by as little as brings a line into view. */
function scrollTo(el: HTMLElement, lines: Line[], at: number): void {
  const covered = Math.min(mostSticky, stickyLines(lines, at, mostSticky).length) * rowHeight
  const room = el.clientHeight - rowHeight
  if (at * rowHeight - covered < el.scrollTop) el.scrollTop = Math.max(0, at * rowHeight - covered)
  else if ((at + 1) * rowHeight > el.scrollTop + room) el.scrollTop = (at + 1) * rowHeight - room
}

function blockOf(at: number): number {
  return Math.floor(at / blockRows)
}

/** The blocks to draw: those in view, one before and one after them, and that of the line that the keys are at, which would lose the focus. */
function blocksInView({ first, height }: Shown, lines: number, at: number): number[] {
  const from = Math.max(0, blockOf(first) - 1)
  const to = Math.min(blockOf(lines - 1), blockOf(first) + Math.ceil(height / (blockRows * rowHeight)) + 1)
  const blocks = Array.from({ length: to - from + 1 }, (_, i) => from + i)
  return at < 0 || blocks.includes(blockOf(at)) ? blocks : [...blocks, blockOf(at)]
}

interface BlockProps {
  scene: Scene
  block: number
  /** Its line that is a stop of the tab key; -1 when that is none of its. */
  tabbable: number
  onFocus: (key: string) => void
}

/** Neighbouring rows, placed as one: each row on its own would be a layer to lay out and paint. */
const Block = memo(function Block({ scene, block, tabbable, onFocus }: BlockProps) {
  const from = block * blockRows
  return (
    <div role="rowgroup" className={styles.block} style={{ transform: `translateY(${from * rowHeight}px)` }}>
      {scene.lines.slice(from, from + blockRows).map((line, i) => (
        <RowView key={line.key} scene={scene} line={line} at={from + i} tabbable={from + i === tabbable} onFocus={onFocus} />
      ))}
    </div>
  )
})

interface RowProps {
  scene: Scene
  line: Line
  at: number
  tabbable: boolean
  onFocus: (key: string) => void
}

/** Scrolling draws the rows that come into view, and leaves the others alone. */
const RowView = memo(function RowView({ scene, line, at, tabbable, onFocus }: RowProps) {
  const isSpan = line.kind === 'span'
  const selected = line.key === scene.selected
  const classes = [styles.row]
  if (selected) classes.push(styles.selected)
  if (scene.hits.has(line.key)) classes.push(line.key === scene.hit ? styles.currentHit : styles.hit)
  if (isSpan && scene.model.missing.has(line.key)) classes.push(styles.missing)
  if (scene.critical && isSpan && !scene.critical.has(line.key)) classes.push(styles.aside)
  return (
    <div
      role="row" data-key={line.key} tabIndex={tabbable ? 0 : -1} className={classes.join(' ')}
      aria-rowindex={at + 1} aria-level={line.depth + 1} aria-setsize={line.siblings} aria-posinset={line.position} aria-selected={selected}
      aria-expanded={hasBelow(line) ? line.open : undefined}
      onFocus={() => onFocus(line.key)}
      onClick={() => (isSpan ? scene.onSelect(line.key) : scene.onToggle(line))}
    >
      <Cells scene={scene} line={line} />
    </div>
  )
})

const Cells = memo(function Cells({ scene, line }: { scene: Scene; line: Line }) {
  if (line.kind === 'group') return <><GroupCell line={line} onToggle={scene.onToggle} /><GroupBar line={line} window={scene.window} /></>
  return <><TreeCell scene={scene} line={line} /><LaneBar scene={scene} line={line} /></>
})

/** Offsets from the start of the trace. Dragging over it chooses a stretch. */
const Ruler = memo(function Ruler({ scene }: { scene: Scene }) {
  const { window, whole, model, onWindow } = scene
  const [drag, setDrag] = useState<{ from: number; to: number }>()
  const at = (event: React.PointerEvent) => {
    const lane = event.currentTarget.getBoundingClientRect()
    return (event.clientX - lane.left) / lane.width
  }
  const zoomed = window.from !== whole.from || window.to !== whole.to
  return (
    <div className={styles.ruler} role="presentation">
      <div className={styles.sum}>
        <span>{model.records.toLocaleString('en')} record{model.records !== 1 && 's'}</span>
        <span>{duration(whole.to - whole.from)}</span>
        {zoomed && <button type="button" className={styles.reset} title="Show the whole trace (Z)" onClick={() => onWindow(undefined)}>{duration(window.to - window.from)} shown ✕</button>}
      </div>
      <div
        className={styles.scale} title="Drag to zoom, double-click to see all"
        onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); setDrag({ from: at(event), to: at(event) }) }}
        onPointerMove={(event) => drag && setDrag({ ...drag, to: at(event) })}
        onPointerUp={() => {
          const chosen = drag && zoomBetween(window, whole, drag.from, drag.to)
          setDrag(undefined)
          if (chosen) onWindow(chosen)
        }}
        onDoubleClick={() => onWindow(undefined)}
      >
        {ticks(window, model.start, tickCount).map((tick, i, all) => {
          const left = share(window, tick)
          const next = all[i + 1]
          const look = left > lastTick ? styles.lastTick : next !== undefined && share(window, next) > lastTick ? styles.beforeLast : undefined
          return <i key={tick} className={look} style={{ left: `${left * 100}%` }}>{tick === model.start ? '0' : duration(tick - model.start)}</i>
        })}
        {drag && <b className={styles.drag} style={{ left: `${Math.min(drag.from, drag.to) * 100}%`, width: `${Math.abs(drag.to - drag.from) * 100}%` }} />}
      </div>
    </div>
  )
})

const tickCount = 5
/** From here on a label has no room to the right of its line. */
const lastTick = 0.93

/** The lines of the ruler, behind the bars. */
const Grid = memo(function Grid({ window, origin }: { window: Window; origin: Micros }) {
  return (
    <div className={styles.grid} aria-hidden="true">
      <span />
      <span>{ticks(window, origin, tickCount).map((tick) => <i key={tick} style={{ left: `${share(window, tick) * 100}%` }} />)}</span>
    </div>
  )
})

/** A line through the bars at the pointer, with the time of day. Moved without drawing anything else. */
function HoverLine({ scene, box, height }: { scene: Scene; box: React.RefObject<HTMLDivElement | null>; height: number }) {
  const line = useRef<HTMLDivElement>(null)
  const latest = useRef(scene)
  latest.current = scene
  useEffect(() => {
    const el = box.current!
    const hide = () => (line.current!.hidden = true)
    const move = (event: PointerEvent) => {
      const lane = laneOf(el)
      const at = (event.clientX - lane.left) / lane.width
      const { window, model, zone } = latest.current
      if (at < 0 || at > 1) return hide()
      const time = moment(window, at)
      line.current!.hidden = false
      line.current!.style.transform = `translateX(${event.clientX - el.getBoundingClientRect().left}px)`
      line.current!.dataset['side'] = at > 0.7 ? 'left' : 'right'
      line.current!.firstElementChild!.textContent = `${clock(time, zone)}  +${duration(Math.max(0, time - model.start))}`
    }
    el.addEventListener('pointermove', move)
    el.addEventListener('pointerleave', hide)
    return () => {
      el.removeEventListener('pointermove', move)
      el.removeEventListener('pointerleave', hide)
    }
  }, [])
  return <div ref={line} className={styles.hover} style={{ height }} hidden><span /></div>
}
