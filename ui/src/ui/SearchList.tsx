import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import styles from './SearchList.module.css'

export interface Item {
  id: string
  label: ReactNode
  hint?: ReactNode
  icon?: ReactNode
  /** Things of one group stand together under its name. */
  group?: string
  current?: boolean
}

/** A field to type into and the list of what answers: one tab stop, arrows move, Enter takes. */
export function SearchList<T extends Item>(props: {
  label: string
  placeholder: string
  text: string
  onText: (text: string) => void
  items: readonly T[]
  onChoose: (item: T) => void
  /** What is said where nothing answers. */
  empty: string
}) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(0)
  const at = Math.min(active, props.items.length - 1)
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [at, props.items])
  const onKeyDown = (event: KeyboardEvent) => {
    const last = props.items.length - 1
    const to = { ArrowDown: at >= last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1, PageDown: Math.min(last, at + 8), PageUp: Math.max(0, at - 8) }[event.key]
    const item = props.items[at]
    if (to !== undefined) setActive(to)
    else if (event.key === 'Enter' && item && !event.nativeEvent.isComposing) props.onChoose(item)
    else return
    event.preventDefault()
  }
  return (
    <>
      <input
        className={styles.field} role="combobox" aria-expanded="true" aria-controls={id} aria-autocomplete="list" aria-label={props.label}
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined} autoFocus spellCheck={false} autoComplete="off"
        placeholder={props.placeholder} value={props.text} onKeyDown={onKeyDown}
        onChange={(event) => { setActive(0); props.onText(event.target.value) }}
      />
      <div ref={list} id={id} role="listbox" aria-label={props.label} className={styles.list}>
        {props.items.map((item, i) => (
          <Option key={item.id} id={`${id}-${i}`} item={item} active={i === at} first={item.group !== undefined && item.group !== props.items[i - 1]?.group} onChoose={() => props.onChoose(item)} onPoint={() => setActive(i)} />
        ))}
      </div>
      {props.items.length === 0 && <p className={styles.empty} role="status">{props.empty}</p>}
    </>
  )
}

function Option({ id, item, active, first, onChoose, onPoint }: { id: string; item: Item; active: boolean; first: boolean; onChoose: () => void; onPoint: () => void }) {
  return (
    <>
      {first && <div role="presentation" className={styles.group}>{item.group}</div>}
      <div id={id} role="option" aria-selected={active} aria-current={item.current} className={styles.option} onClick={onChoose} onPointerMove={onPoint}>
        {item.icon && <span className={styles.icon}>{item.icon}</span>}
        <span className={styles.text}>{item.label}</span>
        {item.current && <span className={styles.hint}>✓</span>}
        {item.hint && <span className={styles.hint}>{item.hint}</span>}
      </div>
    </>
  )
}
