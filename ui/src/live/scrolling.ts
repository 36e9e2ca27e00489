// Where the list stands: at its end, where it stays, or elsewhere, where nothing on the screen moves.

import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref, type RefObject } from 'react'
import type { Cells } from './cells'
import type { Line } from './days'
import type { Direction } from './pages'
import type { Item, LiveStore } from './store'

/** How near the end of what is here the next page is read, in screens. */
const ahead = 2

/** Whether the range holds nothing before, or after, what is here. */
export interface Edges {
  start: boolean
  end: boolean
}

/** What is in view: the trace at the top of it, and the moments between which it lies. */
export interface View {
  top: Item | undefined
  bottom: Item | undefined
}

/** What is remembered between two drawings. */
interface Place {
  atEnd: boolean
  /** While something opens, it stays in view, also where the list would follow its end. */
  opening: number
  /** The lines in view, and how far from the top of the box each stands. */
  anchors: { key: string; offset: number }[]
  seenTop: number
}

interface Scrolling {
  lines: Line[]
  rowHeight: number
  reversed: boolean
  /** How tall all lines are together. */
  content: number
  edges: Edges
  store: LiveStore
  cells: Cells
  onEnd: (atEnd: boolean) => void
  onView: (view: View) => void
  onNear: (direction: Direction) => void
}

/** Keeps the place of a list while its lines change. top: from where on it is drawn. */
export function useScrolling(props: Scrolling) {
  const { lines, rowHeight, reversed, content, store } = props
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 0, width: 1200 })
  const place = useRef<Place>({ atEnd: true, opening: 0, anchors: [], seenTop: 0 })
  const begun = useRef(store.begun)
  // At the end it is known before it is laid out where the list will be scrolled to: what is seen there is drawn at once.
  const top = !place.current.atEnd || view.height === 0 ? view.top : reversed ? 0 : Math.max(0, content - view.height)
  const drawnTop = useRef(top)
  drawnTop.current = top

  const scrolled = useCallback(() => {
    const el = box.current
    if (!el) return
    const at = place.current
    const rest = reversed ? el.scrollTop : el.scrollHeight - el.clientHeight - el.scrollTop
    const end = rest <= 2 * rowHeight && props.edges.end && at.opening === 0
    if (end !== at.atEnd) {
      at.atEnd = end
      props.onEnd(end)
    }
    const now = { top: el.scrollTop, height: el.clientHeight, width: el.clientWidth }
    setView((old) => (now.top === drawnTop.current && now.height === old.height && now.width === old.width ? old : now))
    look(el, at, props)
  }, [lines, props, rowHeight, reversed])
  const latest = useRef(scrolled)
  latest.current = scrolled

  useLayoutEffect(() => {
    const el = box.current
    if (!el) return
    if (begun.current !== store.begun) {
      begun.current = store.begun
      place.current.anchors = []
      place.current.atEnd = store.begun.at === 'end'
      if (!place.current.atEnd) el.scrollTop = reversed ? el.scrollHeight : 0
      props.onEnd(place.current.atEnd)
    }
    keep(el, place.current, lines, rowHeight, reversed)
    latest.current()
  }, [lines, rowHeight, reversed])

  useEffect(() => {
    const observer = new ResizeObserver(() => {
      const el = box.current
      if (el && place.current.atEnd) el.scrollTop = reversed ? 0 : el.scrollHeight
      latest.current()
    })
    observer.observe(box.current!)
    return () => observer.disconnect()
  }, [reversed])
  const again = useCallback(() => latest.current(), [])
  return { box, place, view, top, scrolled, again }
}

/** Notes what is in view and tells of it, and that more is to be read where an end is near. */
function look(el: HTMLElement, place: Place, { lines, rowHeight, reversed, cells, onView, onNear }: Scrolling): void {
  const first = Math.max(0, Math.floor(el.scrollTop / rowHeight) - 1)
  const seen = lines.slice(first, first + Math.ceil(el.clientHeight / rowHeight) + 1)
  place.anchors = seen.map((line, i) => ({ key: line.key, offset: (first + i + 1) * rowHeight - el.scrollTop }))
  place.seenTop = el.scrollTop
  const inView = seen.filter((line): line is Item => line.kind !== 'day')
  onView({ top: inView[0], bottom: inView.at(-1) })
  cells.want(inView.flatMap((item) => (item.kind === 'record' ? [item.row] : [])))
  if (el.scrollTop < ahead * el.clientHeight) onNear(reversed ? 'newer' : 'older')
  if (el.scrollHeight - el.clientHeight - el.scrollTop < ahead * el.clientHeight) onNear(reversed ? 'older' : 'newer')
}

/** Scrolls to the end for who is there; for others to where the first of the lines that were in view stands as it stood. */
function keep(el: HTMLElement, place: Place, lines: Line[], rowHeight: number, reversed: boolean): void {
  // The reader has scrolled away, and the browser has not told of it yet.
  const leaving = reversed ? el.scrollTop > place.seenTop : el.scrollTop < Math.min(place.seenTop, el.scrollHeight - el.clientHeight)
  if (place.atEnd && !leaving) el.scrollTop = reversed ? 0 : el.scrollHeight
  if (place.atEnd) return
  const places = new Map(place.anchors.map((anchor) => [anchor.key, anchor.offset]))
  const at = lines.findIndex((line) => places.has(line.key))
  const top = at < 0 ? el.scrollTop : (at + 1) * rowHeight - places.get(lines[at]!.key)!
  if (top !== el.scrollTop) el.scrollTop = top
}

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

interface Handled {
  box: RefObject<HTMLDivElement | null>
  place: RefObject<Place>
  lines: Line[]
  rowHeight: number
  reversed: boolean
  /** Looks again at what is in view. */
  again: () => void
}

/** What others may ask of the list. */
export function useListHandle(handle: Ref<ListHandle>, { box, place, lines, rowHeight, reversed, again }: Handled): void {
  const focused = useRef<string>(undefined)
  // The keyboard follows the active line, once it is drawn.
  useLayoutEffect(() => {
    if (focused.current === undefined) return
    document.getElementById(`row-${focused.current}`)?.focus({ preventScroll: true })
    focused.current = undefined
  })
  useImperativeHandle(handle, () => ({
    toEnd: () => box.current?.scrollTo({ top: reversed ? 0 : box.current.scrollHeight }),
    toStart: () => box.current?.scrollTo({ top: reversed ? box.current.scrollHeight : 0 }),
    stay: (until) => {
      place.current.opening++
      place.current.atEnd = false
      void until.finally(() => requestAnimationFrame(() => {
        place.current.opening--
        again()
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
}
