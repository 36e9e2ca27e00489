import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, type Ref } from 'react'
import { Loader } from 'lucide-react'
import { useNow } from '../lib/store'
import { clock, day, duration, rfc3339 } from '../lib/time'
import { LevelGlyph, levelClass } from '../ui/Level'
import { serviceColor } from '../ui/service'
import type { Item } from './store'
import { stateOf } from './state'
import styles from './List.module.css'

const rowHeight = 26
const overscan = 12

export interface ListHandle {
  toEnd: () => void
  toStart: () => void
  show: (key: string) => void
}

interface Props {
  items: Item[]
  active: string | undefined
  selected: string | undefined
  zone: string
  atStart: boolean
  href: (item: Item) => string
  onActivate: (item: Item, open: boolean) => void
  onToggle: (item: Item) => void
  onNearStart: () => void
  onEnd: (atEnd: boolean) => void
  handle: Ref<ListHandle>
}

/**
 * The list draws only the rows that are in view. At the end it stays at the end; anywhere else, what comes above or
 * below moves nothing that is on the screen.
 */
export function List(props: Props) {
  const { items } = props
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 0 })
  const atEnd = useRef(true)
  const anchors = useRef<{ key: string; offset: number }[]>([])
  const places = useMemo(() => new Map(items.map((item, i) => [item.key, i])), [items])
  const content = (items.length + 1) * rowHeight

  const scrolled = useCallback(() => {
    const el = box.current
    if (!el) return
    const end = el.scrollTop + el.clientHeight >= el.scrollHeight - 2 * rowHeight
    if (end !== atEnd.current) {
      atEnd.current = end
      props.onEnd(end)
    }
    const first = Math.max(0, Math.floor(el.scrollTop / rowHeight) - 1)
    anchors.current = items.slice(first, first + Math.ceil(el.clientHeight / rowHeight) + 1)
      .map((item, i) => ({ key: item.key, offset: (first + i + 1) * rowHeight - el.scrollTop }))
    setView({ top: el.scrollTop, height: el.clientHeight })
    if (el.scrollTop < 40 * rowHeight && !end) props.onNearStart()
  }, [items, props])

  useLayoutEffect(() => {
    const el = box.current
    if (!el) return
    if (atEnd.current) el.scrollTop = el.scrollHeight
    else {
      const anchor = anchors.current.find((a) => places.has(a.key))
      if (anchor) {
        const top = (places.get(anchor.key)! + 1) * rowHeight - anchor.offset
        if (top !== el.scrollTop) el.scrollTop = top
      }
    }
    scrolled()
  }, [items]) // the position is kept when rows change, and only then

  useEffect(() => {
    const observer = new ResizeObserver(() => {
      const el = box.current
      if (el && atEnd.current) el.scrollTop = el.scrollHeight
      if (el) setView({ top: el.scrollTop, height: el.clientHeight })
    })
    observer.observe(box.current!)
    return () => observer.disconnect()
  }, [])

  useImperativeHandle(props.handle, () => ({
    toEnd: () => box.current?.scrollTo({ top: box.current.scrollHeight }),
    toStart: () => box.current?.scrollTo({ top: 0 }),
    show: (key) => {
      const at = places.get(key)
      const el = box.current
      if (at === undefined || !el) return
      const top = (at + 1) * rowHeight
      if (top < el.scrollTop + rowHeight) el.scrollTop = top - rowHeight
      else if (top + 2 * rowHeight > el.scrollTop + el.clientHeight) el.scrollTop = top + 2 * rowHeight - el.clientHeight
    },
  }), [places])

  const first = Math.max(0, Math.floor(view.top / rowHeight) - 1 - overscan)
  const last = Math.min(items.length, Math.ceil((view.top + view.height) / rowHeight) + overscan)
  return (
    <div className={styles.frame}>
      <div className={styles.head} aria-hidden="true">
        <span>Time</span><span>Service</span><span>Message</span><span className={styles.headBar} title="Length of the bar: logarithm of the duration, 10 µs to 100 s">Duration<i>, log</i></span>
      </div>
      <div ref={box} className={styles.box} onScroll={scrolled} role="treegrid" aria-label="Records" aria-rowcount={items.length} tabIndex={0} aria-activedescendant={props.active && `row-${props.active}`}>
        <div style={{ height: content, position: 'relative' }}>
          <div className={styles.start}>{props.atStart ? 'No older records in this time range' : 'Loading older records …'}</div>
          {items.slice(first, last).map((item, i) => (
            <Line key={item.key} item={item} above={items[first + i - 1]} top={(first + i + 1) * rowHeight} {...props} />
          ))}
        </div>
      </div>
    </div>
  )
}

function Line({ item, above, top, ...props }: Props & { item: Item; above: Item | undefined; top: number }) {
  const { row } = item
  const text = clock(row.start, props.zone)
  const same = above !== undefined && clock(above.row.start, props.zone).slice(0, 8) === text.slice(0, 8)
  const classes = [styles.row]
  if (item.key === props.active) classes.push(styles.active)
  if (item.key === props.selected) classes.push(styles.selected)
  if (row.level >= 17) classes.push(styles.failed)
  return (
    <a
      id={`row-${item.key}`}
      role="row"
      aria-level={item.depth + 1}
      aria-expanded={item.below > 0 ? item.open : undefined}
      aria-selected={item.key === props.selected}
      tabIndex={-1}
      href={props.href(item)}
      className={classes.join(' ')}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return
        event.preventDefault()
        props.onActivate(item, true)
      }}
    >
      <span role="gridcell" className={styles.time} title={`${rfc3339(row.start, props.zone)}\n${day(row.start, props.zone)}`}>
        <span className={same ? styles.same : undefined}>{text.slice(0, 8)}</span><span className={styles.millis}>{text.slice(8)}</span>
      </span>
      <span role="gridcell" className={styles.service} title={row.service}>
        <i style={{ background: serviceColor(row.service) }} />{row.service}
      </span>
      <span role="gridcell" className={styles.message}>
        <Gutter item={item} onToggle={props.onToggle} />
        <span className={styles.text} title={row.message}>{row.message}</span>
        <Pills item={item} />
      </span>
      <Took item={item} />
    </a>
  )
}

/** The lines of the tree, then the box that opens it, or the sign of the level. */
function Gutter({ item, onToggle }: { item: Item; onToggle: (item: Item) => void }) {
  return (
    <>
      {item.lines.map((goesOn, i) => {
        const own = i === item.lines.length - 1
        return <i key={i} className={own ? (goesOn ? styles.tee : styles.elbow) : goesOn ? styles.pipe : styles.blank} />
      })}
      {item.below > 0 ? (
        <button
          type="button"
          tabIndex={-1}
          className={`${styles.count} ${levelClass(Math.max(item.level, 9))} ${item.open ? styles.open : ''}`}
          aria-label={`${item.open ? 'Close' : 'Open'} ${item.below} below`}
          onClick={(event) => {
            event.preventDefault()
            event.stopPropagation()
            onToggle(item)
          }}
        >
          {item.open ? '−' : '+'}<b>{item.below}</b>
        </button>
      ) : (
        <span className={styles.leaf}>{item.row.pending ? <Loader size={12} className={styles.running} aria-label="running" /> : <LevelGlyph level={item.row.level} />}</span>
      )}
    </>
  )
}

function Pills({ item: { row } }: { item: Item }) {
  return (
    <span className={styles.pills}>
      {row.exception && <span className={styles.exception}>{row.exception.split('.').at(-1)}</span>}
      {row.status !== undefined && <span className={row.status >= 500 ? styles.exception : styles.pill}>{row.status}</span>}
      {row.tags.map((tag) => <span key={tag} className={styles.tag}>{tag}</span>)}
      {row.model && <span className={styles.model}>{row.model}</span>}
      {(row.tokensIn !== undefined || row.tokensOut !== undefined) && (
        <span className={styles.tokens} title="Tokens in and out">↗{row.tokensIn ?? 0} ↙{row.tokensOut ?? 0}</span>
      )}
    </span>
  )
}

/** Shares of a bar's length: 10 µs is nothing, 100 s is all. */
export function barLength(us: number): number {
  return Math.min(1, Math.max(0.02, Math.log10(Math.max(us, 10) / 10) / 7))
}

function Took({ item }: { item: Item }) {
  const { row } = item
  if (row.pending) return <Running item={item} />
  if (row.kind === 'log' || row.kind === 'span_event') return <span role="gridcell" className={styles.took} />
  const us = row.end - row.start
  return (
    <span role="gridcell" className={styles.took}>
      <span className={styles.track}><i className={row.level >= 17 ? styles.badBar : styles.bar} style={{ width: `${barLength(us) * 100}%`, ...(row.level >= 17 ? {} : { background: serviceColor(row.service) }) }} /></span>
      <span className={styles.figure}>{duration(us)}</span>
    </span>
  )
}

function Running({ item }: { item: Item }) {
  const at = useNow(250) * 1000
  const state = stateOf(item.row, item.lastSign, at)
  const us = (state === 'unfinished' ? item.lastSign : at) - item.row.start
  const words = { running: 'running', quiet: `no news for ${duration(at - item.lastSign)}`, unfinished: 'never finished', done: '' }[state]
  return (
    <span role="gridcell" className={styles.took} title={words}>
      <span className={styles.track}><i className={`${styles.bar} ${styles[state]}`} style={{ width: `${barLength(us) * 100}%` }} /></span>
      <span className={`${styles.figure} ${styles.ticking}`}>{state === 'unfinished' ? '⌀' : `${duration(Math.max(0, us))}…`}</span>
    </span>
  )
}
