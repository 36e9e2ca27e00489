import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Item } from './items'
import { ItemView } from './ItemView'
import { useHighlight } from './useHighlight'
import styles from './Conversation.module.css'

/** The height of the toolbar, below which items come to stand. */
const toolbarHeight = 46
/** How near to its end a list counts as being there, in pixels. */
const endThreshold = 60

/** Where to go; each one is a new object, so that the same item can be gone to twice. */
export interface Target {
  key: string
}

interface Props {
  items: Item[]
  current: string | undefined
  target: Target | undefined
  words: string
  /** Tells which item stands first in view. */
  onFirst: (key: string) => void
}

/** The items that are in view, and room for the others. Heights are measured; until then they are guessed. */
export function List({ items, current, target, words, onFirst }: Props) {
  const list = useRef<HTMLDivElement>(null)
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  const [above, setAbove] = useState(0)
  useLayoutEffect(() => setScroller(scrollerOf(list.current)), [])
  const virtual = useVirtualizer({
    count: items.length, getScrollElement: () => scroller, estimateSize: (i) => guess(items[i]!), getItemKey: (i) => items[i]!.key, overscan: 4,
    scrollMargin: above, scrollPaddingStart: toolbarHeight, gap: 8, scrollEndThreshold: endThreshold, useAnimationFrameWithResizeObserver: true,
  })
  useLayoutEffect(() => {
    if (!list.current || !scroller) return
    const offset = Math.round(list.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop)
    if (Math.abs(offset - above) > 1) setAbove(offset)
  })
  useFollow(virtual, items.length, scroller)
  useEffect(() => {
    const index = target && scroller ? items.findIndex((item) => item.key === target.key) : -1
    if (index >= 0) virtual.scrollToIndex(index, { align: 'start' })
  }, [target, scroller])
  const drawn = virtual.getVirtualItems()
  const first = drawn.find((item) => item.end > (virtual.scrollOffset ?? 0) + toolbarHeight)?.index ?? 0
  useEffect(() => {
    const item = items[first]
    if (item) onFirst(item.key)
  }, [first, items])
  useHighlight(list, words)
  return (
    <div ref={list} className={styles.list} style={{ height: virtual.getTotalSize() }}>
      {drawn.map(({ index, key, start }) => (
        <div
          key={key} ref={virtual.measureElement} data-index={index} className={styles.row} data-current={items[index]!.key === current || undefined}
          style={{ top: start - above, marginLeft: Math.min(items[index]!.depth, 6) * 16 }}
        >
          <ItemView item={items[index]!} />
        </div>
      ))}
    </div>
  )
}

function guess(item: Item): number {
  if (item.kind !== 'message') return 34
  return Math.min(600, 60 + item.message.parts.reduce((sum, part) => sum + 24 + ((part.text?.length ?? 120) / 80) * 20, 0))
}

function scrollerOf(element: HTMLElement | null): HTMLElement | null {
  for (let at = element?.parentElement; at; at = at.parentElement) if (/auto|scroll/.test(getComputedStyle(at).overflowY)) return at
  return null
}

/** Stays at the end while a conversation grows, for who has been there. */
function useFollow(virtual: { scrollToIndex: (index: number, options: { align: 'end' }) => void }, count: number, scroller: HTMLElement | null): void {
  const atEnd = useRef(false)
  useEffect(() => {
    const note = () => {
      if (scroller) atEnd.current = scroller.scrollTop > 0 && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < endThreshold
    }
    scroller?.addEventListener('scroll', note, { passive: true })
    return () => scroller?.removeEventListener('scroll', note)
  }, [scroller])
  useEffect(() => {
    if (atEnd.current && count > 0) virtual.scrollToIndex(count - 1, { align: 'end' })
  }, [count])
}
