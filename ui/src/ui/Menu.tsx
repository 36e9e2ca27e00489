import { useRouter } from '@tanstack/react-router'
import { useId, useRef, type ReactNode } from 'react'
import styles from './ui.module.css'

/** A button that opens a small layer below it. The browser closes it on Esc and on clicks elsewhere. */
export function Popover(props: {
  label: ReactNode
  title: string
  className?: string | undefined
  align?: 'start' | 'end'
  children: (close: () => void) => ReactNode
}) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const layer = useRef<HTMLDivElement>(null)
  const close = () => layer.current?.hidePopover()
  const placeLayer = () => {
    const box = button.current?.getBoundingClientRect()
    const at = layer.current
    if (!box || !at) return
    at.style.top = `${box.bottom + 4}px`
    if (props.align === 'end') at.style.right = `${document.documentElement.clientWidth - box.right}px`
    else at.style.left = `${Math.max(4, box.left)}px`
  }
  return (
    <>
      <button ref={button} type="button" className={props.className ?? styles.button} popoverTarget={id} title={props.title} aria-haspopup="menu">
        {props.label}
      </button>
      <div
        ref={layer}
        id={id}
        popover="auto"
        className={styles.layer}
        onBeforeToggle={(event) => event.newState === 'open' && placeLayer()}
        onToggle={(event) => event.newState === 'open' && layer.current?.querySelector<HTMLElement>('[aria-checked=true], input, button, a')?.focus()}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
          const choices = [...(layer.current?.querySelectorAll<HTMLElement>('button, a') ?? [])]
          const at = choices.indexOf(document.activeElement as HTMLElement) + (event.key === 'ArrowDown' ? 1 : -1)
          choices[(at + choices.length) % choices.length]?.focus()
          event.preventDefault()
        }}
      >
        {props.children(close)}
      </div>
    </>
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
