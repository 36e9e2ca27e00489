import { useRouter } from '@tanstack/react-router'
import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { flushSync } from 'react-dom'
import styles from './ui.module.css'

const margin = 4

/**
 * A button that opens a small layer below it: a menu of choices, or a small dialog with fields. The browser closes it on
 * Esc and on clicks elsewhere.
 */
export function Popover(props: {
  label: ReactNode
  title: string
  kind?: 'menu' | 'dialog'
  className?: string | undefined
  layerClassName?: string | undefined
  align?: 'start' | 'end'
  /** Finds the button for keys that open the layer. */
  buttonId?: string
  children: (close: () => void) => ReactNode
}) {
  const kind = props.kind ?? 'menu'
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const layer = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  const close = () => layer.current?.hidePopover()
  const opened = () => {
    placeBelow(layer.current, button.current, props.align ?? 'start')
    layer.current?.querySelector<HTMLElement>('[aria-checked=true], input, button, a')?.focus()
  }
  return (
    <>
      <button ref={button} id={props.buttonId} type="button" className={props.className ?? styles.button} popoverTarget={id} title={props.title} aria-haspopup={kind}>
        {props.label}
      </button>
      <div
        ref={layer} id={id} popover="auto" role={kind} aria-label={props.title}
        className={`${styles.layer} ${props.layerClassName ?? ''}`}
        onBeforeToggle={(event) => event.target === layer.current && event.newState === 'open' && flushSync(() => setOpen(true))}
        onToggle={(event) => {
          if (event.target !== layer.current) return // that of a layer within it, which React hands up
          if (event.newState === 'open') opened()
          else setOpen(false)
        }}
        onKeyDown={(event) => kind === 'menu' && walk(event)}
      >
        {open && props.children(close)}
      </div>
    </>
  )
}

/** Puts a layer below its button and inside the window. */
function placeBelow(layer: HTMLElement | null, button: HTMLElement | null, align: 'start' | 'end'): void {
  if (!layer || !button) return
  const at = button.getBoundingClientRect()
  const { clientWidth, clientHeight } = document.documentElement
  const left = align === 'end' ? at.right - layer.offsetWidth : at.left
  layer.style.left = `${Math.max(margin, Math.min(left, clientWidth - layer.offsetWidth - margin))}px`
  const below = at.bottom + margin
  const fits = below + layer.offsetHeight <= clientHeight || at.top < layer.offsetHeight + margin
  layer.style.top = `${fits ? Math.max(margin, Math.min(below, clientHeight - layer.offsetHeight - margin)) : at.top - layer.offsetHeight - margin}px`
}

/** Arrows, Home and End move between the lines of a menu. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const lines = [...event.currentTarget.querySelectorAll<HTMLElement>('input, button, a')]
  const at = lines.indexOf(document.activeElement as HTMLElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
  if (to === undefined) return
  lines.at(to % lines.length)?.focus()
  event.preventDefault()
}

/** Lines of a menu that belong together, under what they have in common. */
export function Group(props: { label: string; children: ReactNode }) {
  return (
    <div role="group" aria-label={props.label} className={styles.group}>
      <div aria-hidden="true" className={styles.groupLabel}>{props.label}</div>
      {props.children}
    </div>
  )
}

/** One line of a menu. */
export function Choice(props: { checked?: boolean; onChoose: () => void; children: ReactNode; hint?: string }) {
  return (
    <button type="button" role="menuitemradio" aria-checked={props.checked ?? false} className={styles.choice} onClick={props.onChoose}>
      <span className={styles.tick}>{props.checked ? '✓' : ''}</span>
      <span className={styles.choiceText}>{props.children}</span>
      {props.hint && <span className={styles.hint}>{props.hint}</span>}
    </button>
  )
}

/** One line of a menu that does something, or leads somewhere. */
export function Action(props: { href?: string; onChoose: () => void; children: ReactNode; hint?: string }) {
  const router = useRouter()
  const body = (
    <>
      <span className={styles.choiceText}>{props.children}</span>
      {props.hint && <span className={styles.hint}>{props.hint}</span>}
    </>
  )
  const { href } = props
  if (href === undefined) return <button type="button" role="menuitem" className={styles.action} onClick={props.onChoose}>{body}</button>
  return (
    <a
      role="menuitem" className={styles.action} href={href}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return
        event.preventDefault()
        props.onChoose()
        router.history.push(href)
      }}
    >
      {body}
    </a>
  )
}
