import { useCallback, useMemo, useState } from 'react'
import type { Conversation } from '../api/conversation'
import { find, type Hit } from './find'
import { foldAll, isOn, isOpen, setOpen, unfolded, type Folds } from './folds'
import { everythingOpen, itemsOf, type Item } from './items'
import type { Target } from './List'

/** The state of a conversation on screen: what is folded, what is looked for, and where one is. */
export function useTalk(talk: Conversation) {
  const [folds, setFolds] = useState<Folds>(unfolded)
  const [current, setCurrent] = useState<string>()
  const [target, setTarget] = useState<Target>()
  const open = useCallback((key: string, byDefault: boolean) => isOpen(folds, key, byDefault), [folds])
  const items = useMemo(() => itemsOf(talk, open), [talk, open])
  const goTo = (key: string, within: readonly string[] = []) => {
    if (within.length > 0) setFolds((old) => setOpen(old, within, true))
    setCurrent(key)
    setTarget({ key })
  }
  return {
    items, current, target, goTo, open, folded: folds.all === 'folded',
    on: useCallback((key: string, byDefault: boolean) => isOn(folds, key, byDefault), [folds]),
    toggle: useCallback((key: string, now: boolean) => setFolds((old) => setOpen(old, [key], !now)), []),
    foldAll: () => setFolds(foldAll),
    ...useFind(talk, (hit) => goTo(hit.key, [...hit.within, hit.key, `${hit.key}/${hit.part}`, `${hit.key}/all`])),
  }
}

/** Finds words in everything, folded or not, and goes from hit to hit. */
function useFind(talk: Conversation, goTo: (hit: Hit) => void) {
  const [words, setWords] = useState('')
  const [at, setAt] = useState(-1)
  const looking = words !== ''
  const everything = useMemo(() => (looking ? itemsOf(talk, everythingOpen) : []), [talk, looking])
  const hits = useMemo(() => find(everything, words), [everything, words])
  const step = (by: 1 | -1) => {
    if (hits.length === 0) return
    const next = at < 0 ? (by > 0 ? 0 : hits.length - 1) : (at + by + hits.length) % hits.length
    setAt(next)
    goTo(hits[next]!)
  }
  return { words, hits: hits.length, hit: Math.min(at, hits.length - 1) + 1, step, look: (sought: string) => { setWords(sought); setAt(-1) } }
}

/** The item after, or before, the one that is current; from the first in view when none is. */
export function neighbour(items: Item[], current: string | undefined, first: string | undefined, step: 1 | -1): Item | undefined {
  const at = items.findIndex((item) => item.key === current)
  if (at >= 0) return items[Math.min(items.length - 1, Math.max(0, at + step))]
  return items.find((item) => item.key === first) ?? items[0]
}

/** The item that tells of a span: its turn, or the message with its call. */
export function itemOfSpan(items: Item[], span: string): Item | undefined {
  return items.find((item) => {
    if (item.kind === 'agent') return item.talk.span_id === span
    if (item.kind === 'ran') return item.run.span_id === span
    return item.kind === 'message' && (item.turn?.span_id === span || item.message.parts.some((part) => part.execution?.span_id === span))
  })
}
