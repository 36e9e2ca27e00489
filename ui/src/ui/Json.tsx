import { useState } from 'react'
import { Copy } from './Copy'
import styles from './Json.module.css'

const longText = 160

/** A JSON value as a tree. Long texts are blocks that keep their lines. */
export function Json({ value, depth = 0 }: { value: unknown; depth?: number }) {
  if (typeof value === 'string') return <Text text={value} />
  if (typeof value === 'number') return <span className={styles.number}>{String(value)}</span>
  if (value === null || typeof value !== 'object') return <span className={styles.word}>{String(value)}</span>
  return <Branch value={value} depth={depth} />
}

function Text({ text }: { text: string }) {
  const [whole, setWhole] = useState(false)
  if (text.length <= longText && !text.includes('\n')) return <span className={styles.string}>{text === '' ? '""' : text}</span>
  const most = 4000
  return (
    <>
      <span className={styles.block}>{whole ? text : text.slice(0, most)}{!whole && text.length > most && '…'}</span>
      {text.length > most && <button type="button" className={styles.more} onClick={() => setWhole(!whole)}>{whole ? 'Show less' : `Show all ${text.length.toLocaleString('en')} characters`}</button>}
    </>
  )
}

function Branch({ value, depth }: { value: object; depth: number }) {
  const list = Array.isArray(value)
  const entries = Object.entries(value)
  const [open, setOpen] = useState(depth < 2 && entries.length <= 40)
  const sign = list ? `[${entries.length}]` : `{${entries.length}}`
  if (entries.length === 0) return <span className={styles.word}>{list ? '[]' : '{}'}</span>
  return (
    <>
      <button type="button" className={styles.toggle} aria-expanded={open} onClick={() => setOpen(!open)}>{open ? '▾' : '▸'} {sign}</button>
      {!open && <span className={styles.preview}>{JSON.stringify(value).slice(0, 90)}</span>}
      {open && (
        <div className={styles.nested}>
          {entries.map(([key, child]) => <Entry key={key} name={key} value={child} depth={depth + 1} />)}
        </div>
      )}
    </>
  )
}

/** A name and its value on a line. */
export function Entry({ name, value, depth = 0 }: { name: string; value: unknown; depth?: number }) {
  return (
    <div className={styles.entry}>
      <span className={styles.key}>{name}</span>
      <span className={styles.value}><Json value={value} depth={depth} /></span>
      <span className={styles.tools}><Copy text={() => (typeof value === 'string' ? value : JSON.stringify(value, null, 2))} title={`Copy ${name}`} /></span>
    </div>
  )
}
