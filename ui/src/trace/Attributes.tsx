import { useState, type ReactNode } from 'react'
import { attribute, column, type Field } from '../sql/condition'
import { Copy } from '../ui/Copy'
import { Json } from '../ui/Json'
import { ValueMenu } from '../sql/ValueMenu'
import styles from './Details.module.css'

/** Where the keys of a list of entries are found in SQL. */
export type Within = 'attributes' | 'otel_resource_attributes' | 'otel_scope_attributes'

/** A part of the details that folds; its line says what is in it. */
export function Fold({ title, summary, open, children }: { title: string; summary?: ReactNode; open: boolean; children: ReactNode }) {
  return (
    <details className={styles.section} open={open}>
      <summary><b>{title}</b>{summary !== undefined && <span>{summary}</span>}</summary>
      <div className={styles.entries}>{children}</div>
    </details>
  )
}

/** Names and values, each with what one can do with it. */
export function Entries({ entries, within }: { entries: [string, unknown][]; within?: Within }) {
  return entries.map(([key, value], i) => <Entry key={`${key}/${i}`} name={key} value={value} field={within && attribute(key, within)} />)
}

export function Entry({ name, value, field, children }: { name: string; value: unknown; field?: Field | undefined; children?: ReactNode }) {
  return (
    <div className={styles.entry}>
      <span className={styles.key}>{name}</span>
      <span className={styles.value}>{children ?? <Json value={value} />}</span>
      <span className={styles.tools}>
        {field && <ValueMenu field={field} value={value} />}
        <Copy text={() => (typeof value === 'string' ? value : JSON.stringify(value, null, 2))} title={`Copy ${name}`} />
      </span>
    </div>
  )
}

/** A column's value in a line of facts, as the button of its menu. */
export function Fact({ name, value, children }: { name: string; value: unknown; children: ReactNode }) {
  return <ValueMenu field={column(name)} value={value} label={<span className={styles.factValue}>{children}</span>} />
}

/** A box that filters entries by their keys and values. */
export function useEntryFilter(): { box: ReactNode; text: string; fits: (entry: [string, unknown]) => boolean } {
  const [text, setText] = useState('')
  const words = text.trim().toLowerCase()
  return {
    text: words,
    box: <input className={styles.filter} type="search" value={text} placeholder="Filter attributes" aria-label="Filter attributes" onChange={(event) => setText(event.target.value)} />,
    fits: ([key, value]) => words === '' || key.toLowerCase().includes(words) || (typeof value === 'string' ? value : JSON.stringify(value) ?? '').toLowerCase().includes(words),
  }
}
