import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react'
import styles from './ui.module.css'

const margin = 4

/** A menu where the pointer is, for as long as it is mounted. The browser closes it on Esc and on clicks elsewhere. */
export function MenuAt(props: { x: number; y: number; label: string; onClose: () => void; children: (close: () => void) => ReactNode }) {
  const layer = useRef<HTMLDivElement>(null)
  const { x, y } = props
  useEffect(() => {
    const box = layer.current!
    const before = document.activeElement
    box.showPopover()
    box.style.left = `${Math.max(margin, Math.min(x, window.innerWidth - box.offsetWidth - margin))}px`
    box.style.top = `${Math.max(margin, Math.min(y, window.innerHeight - box.offsetHeight - margin))}px`
    box.querySelector<HTMLElement>('a, button')?.focus()
    return () => before instanceof HTMLElement && before.isConnected ? before.focus({ preventScroll: true }) : undefined
  }, [x, y])
  return (
    <div
      ref={layer} popover="auto" role="menu" aria-label={props.label} className={styles.layer} onKeyDown={walk}
      onToggle={(event) => event.newState === 'closed' && props.onClose()}
    >
      {props.children(() => layer.current?.hidePopover())}
    </div>
  )
}

function walk(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  const lines = [...event.currentTarget.querySelectorAll<HTMLElement>('a, button')]
  lines.at((lines.indexOf(document.activeElement as HTMLElement) + step) % lines.length)?.focus()
  event.preventDefault()
}
