// Keys: what the code reacts to is what the help lists.

import { useEffect, useRef, type RefObject } from 'react'
import { flushSync } from 'react-dom'
import { letterKeys } from './store'

export interface Binding {
  /** As in KeyboardEvent.key; alternatives; two letters with a space are pressed one after the other. */
  keys: string[]
  label: string
  run: (event: KeyboardEvent) => void
}

export interface Group {
  name: string
  bindings: Binding[]
  /** The part of the page that the keys are of, when it is one of several; or what stands around every page. */
  pane?: Pane | undefined
}

export type Pane = RefObject<HTMLElement | null> | 'shell'

const groups: Group[] = []
let prefix = ''
let prefixTimer: ReturnType<typeof setTimeout> | undefined

/** All keys that work now; the innermost place first. */
export function keyGroups(): readonly Group[] {
  return byFocus(groups.toReversed(), document.activeElement)
}

/** Orders groups by the focus: the pane that has it, then what is of the whole page, then the other panes, then the shell. */
export function byFocus(all: Group[], focus: Element | null): Group[] {
  const rank = ({ pane }: Group) => (!pane ? 1 : pane === 'shell' ? 3 : pane.current?.contains(focus) ? 0 : 2)
  return all.toSorted((a, b) => rank(a) - rank(b))
}

/**
 * Makes keys work while the component is there. The component that was mounted last is asked first; with a pane, it is
 * asked before all others while the pane has the focus, and after them while it has not.
 */
export function useKeys(name: string, bindings: Binding[], pane?: Pane): void {
  const latest = useRef(bindings)
  latest.current = bindings
  useEffect(() => {
    const group: Group = {
      name,
      pane,
      get bindings() {
        return latest.current
      },
    }
    groups.push(group)
    return () => {
      groups.splice(groups.indexOf(group), 1)
    }
  }, [name, pane])
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

/** Reads a key as bindings spell it. */
export function spell(event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'metaKey' | 'ctrlKey'> & { altKey?: boolean }): string {
  const key = event.key === ' ' ? 'Space' : event.key
  if (event.altKey) return `Alt+${key}`
  if (event.metaKey || event.ctrlKey) return `Mod+${key}`
  return event.shiftKey && key.length > 1 ? `Shift+${key}` : key
}

/** A key that others press by chance: who speaks to the machine, who types into the wrong window (WCAG 2.1.4). */
function isLetter(key: string): boolean {
  return key.length === 1
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const target = event.composedPath()[0] ?? null // of an editor: its text, inside its shadow root
  const key = spell(event)
  if (typing(target) && !/^(Mod\+|F\d)/.test(key)) return
  if (event.target instanceof Element && event.target.closest('[popover], dialog')) return
  if ((key === 'Enter' || key === 'Space') && event.target instanceof Element && event.target.closest('button, a:not([role=row])')) return
  if (isLetter(key) && letterKeys.get() === 'off') return
  const pressed = prefix ? `${prefix} ${key}` : key
  const all = keyGroups().flatMap((group) => group.bindings)
  const hit = all.find((binding) => binding.keys.includes(pressed))
  clearTimeout(prefixTimer)
  prefix = ''
  if (hit) {
    event.preventDefault()
    flushSync(() => hit.run(event)) // or the next key, if it comes fast, would find the page as it was
  } else if (all.some((binding) => binding.keys.some((k) => k.startsWith(`${key} `)))) {
    prefix = key
    prefixTimer = setTimeout(() => (prefix = ''), 1000)
  }
}

/** Starts to listen; once, at the start of the app. */
export function listenForKeys(): void {
  window.addEventListener('keydown', onKey)
}
