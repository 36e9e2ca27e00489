import { useEffect, useRef } from 'react'
import { Action } from '../ui/Menu'
import { copyText } from '../ui/Copy'
import { ValueActions } from '../sql/ValueMenu'
import type { Shown } from './fields'
import type { RecordItem } from './store'
import styles from './List.module.css'

/** Where a menu was asked for, and of what. */
export interface MenuOf {
  x: number
  y: number
  item: RecordItem
  shown: Shown
}

/** The menu of a line: what one can do with the value below the pointer, and with the record. */
export function RowMenu(props: { of: MenuOf; href: string; tracePage: string; onOpen: () => void; onClose: () => void }) {
  const layer = useRef<HTMLDivElement>(null)
  const { item, shown, x, y } = props.of
  useEffect(() => {
    const box = layer.current!
    box.showPopover()
    box.style.left = `${Math.max(4, Math.min(x, window.innerWidth - box.offsetWidth - 4))}px`
    box.style.top = `${Math.max(4, Math.min(y, window.innerHeight - box.offsetHeight - 4))}px`
    box.querySelector<HTMLElement>('a, button')?.focus()
  }, [x, y, item])
  const close = () => layer.current?.hidePopover()
  const copy = (text: string) => {
    close()
    void copyText(text)
  }
  return (
    <div
      ref={layer} popover="auto" role="menu" aria-label={`Menu of ${item.row.message}`} className={styles.menu}
      onToggle={(event) => event.newState === 'closed' && props.onClose()}
      onKeyDown={(event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
        if (step === undefined) return
        const lines = [...event.currentTarget.querySelectorAll<HTMLElement>('a, button')]
        lines.at((lines.indexOf(document.activeElement as HTMLElement) + step) % lines.length)?.focus()
        event.preventDefault()
      }}
    >
      <div className={styles.menuOf}><b>{shown.field.name}</b> {shown.value === null || shown.value === undefined ? 'is not there' : String(shown.value)}</div>
      <ValueActions field={shown.field} value={shown.value} close={close} />
      <hr />
      <Action onChoose={() => { close(); props.onOpen() }} hint="↵">Show the details</Action>
      <Action href={props.tracePage} onChoose={close} hint="o">Open the trace page</Action>
      <Action onChoose={() => copy(new URL(props.href, location.href).href)}>Copy a link to the record</Action>
      <Action onChoose={() => copy(item.row.message)}>Copy the message</Action>
      <Action onChoose={() => copy(item.row.trace)}>Copy the trace's id</Action>
      <Action onChoose={() => copy(JSON.stringify(item.row, null, 2))}>Copy as JSON</Action>
    </div>
  )
}
