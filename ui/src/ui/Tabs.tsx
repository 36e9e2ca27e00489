import { useId, useRef, type KeyboardEvent, type ReactNode } from 'react'
import styles from './Tabs.module.css'

/** Tabs of which one is chosen: one tab stop, arrows choose. */
export function Tabs(props: { label: string; names: readonly string[]; chosen: number; onChoose: (index: number) => void; children: ReactNode }) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    const last = props.names.length - 1
    const to = { ArrowRight: props.chosen === last ? 0 : props.chosen + 1, ArrowLeft: props.chosen === 0 ? last : props.chosen - 1, Home: 0, End: last }[event.key]
    if (to === undefined) return
    event.preventDefault()
    props.onChoose(to)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[to]?.focus()
  }
  return (
    <>
      <div ref={list} role="tablist" aria-label={props.label} className={styles.tabs} onKeyDown={onKeyDown}>
        {props.names.map((name, i) => (
          <button
            key={name} type="button" role="tab" id={`${id}-${i}`} aria-controls={`${id}-panel`} aria-selected={i === props.chosen} tabIndex={i === props.chosen ? 0 : -1}
            onClick={() => props.onChoose(i)}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${props.chosen}`}>{props.children}</div>
    </>
  )
}
