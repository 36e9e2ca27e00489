// Fields of the editors.

import { Plus, Trash2 } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import boards from '../../boards/boards.module.css'
import { readAt, withAt, type Path } from '../../boards/fields'
import styles from './editor.module.css'

export type Spec = Record<string, unknown>

/** A spec and what changes it. */
export interface Edited {
  spec: Spec
  onSpec: (spec: Spec) => void
}

export function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return <label className={styles.field}><span>{label}</span>{children}</label>
}

/** A text that is taken when one leaves the field, so that each edit is one step. */
export function TextField(props: { label: string; value: string; onValue: (text: string) => void; placeholder?: string; mono?: boolean; list?: string }) {
  const [text, setText] = useState(props.value)
  useEffect(() => setText(props.value), [props.value])
  const done = () => text !== props.value && props.onValue(text)
  return (
    <Labelled label={props.label}>
      <input value={text} placeholder={props.placeholder} list={props.list} data-mono={props.mono} spellCheck={false} onChange={(event) => setText(event.target.value)} onBlur={done} onKeyDown={(event) => event.key === 'Enter' && done()} />
    </Labelled>
  )
}

export function TextAt({ spec, onSpec, at, ...rest }: Edited & { at: Path; label: string; placeholder?: string; list?: string }) {
  const value = readAt(spec, at)
  return <TextField {...rest} value={typeof value === 'string' ? value : ''} onValue={(text) => onSpec(withAt(spec, at, text.trim() || undefined))} />
}

/** A number; nothing when the field is empty. */
export function NumberAt({ spec, onSpec, at, ...rest }: Edited & { at: Path; label: string; placeholder?: string }) {
  const value = readAt(spec, at)
  const take = (text: string) => {
    const n = Number(text)
    onSpec(withAt(spec, at, text.trim() === '' || Number.isNaN(n) ? undefined : n))
  }
  return <TextField {...rest} value={typeof value === 'number' ? String(value) : ''} onValue={take} />
}

export function ChoiceAt({ spec, onSpec, at, label, options, fallback = '' }: Edited & { at: Path; label: string; options: readonly (readonly [string, string])[]; fallback?: string }) {
  const value = readAt(spec, at)
  return (
    <Labelled label={label}>
      <select value={typeof value === 'string' ? value : fallback} onChange={(event) => onSpec(withAt(spec, at, event.target.value === fallback ? undefined : event.target.value))}>
        {options.map(([key, name]) => <option key={key} value={key}>{name}</option>)}
      </select>
    </Labelled>
  )
}

export function CheckAt({ spec, onSpec, at, label, fallback = false }: Edited & { at: Path; label: string; fallback?: boolean }) {
  const value = readAt(spec, at)
  return <Check label={label} checked={typeof value === 'boolean' ? value : fallback} onCheck={(on) => onSpec(withAt(spec, at, on === fallback ? undefined : on))} />
}

export function Check({ label, checked, onCheck }: { label: string; checked: boolean; onCheck: (on: boolean) => void }) {
  return <label className={styles.check}><input type="checkbox" checked={checked} onChange={(event) => onCheck(event.target.checked)} />{label}</label>
}

/** Things of one kind, each with its fields; one can be added and taken away. */
export function Several<T>({ label, one, list, made, onList, children }: { label: string; one: string; list: readonly T[]; made: () => T; onList: (list: T[]) => void; children: (item: T, change: (item: T) => void, index: number) => ReactNode }) {
  return (
    <fieldset className={styles.several}>
      <legend>{label}</legend>
      {list.map((item, i) => (
        <div key={i} className={styles.one}>
          {children(item, (next) => onList(list.map((other, j) => (j === i ? next : other))), i)}
          <button type="button" className={boards.tool} title={`Take ${one} ${i + 1} away`} onClick={() => onList(list.filter((_, j) => j !== i))}><Trash2 size={13} /></button>
        </div>
      ))}
      <button type="button" className={boards.button} onClick={() => onList([...list, made()])}><Plus size={13} />Add {one}</button>
    </fieldset>
  )
}

/** JSON that is taken when one leaves the field, if it can be read. */
export function JsonField({ label, value, read, rows = 18 }: { label: string; value: unknown; read: (value: unknown) => void; rows?: number }) {
  const written = JSON.stringify(value, null, 2)
  const [text, setText] = useState(written)
  const [wrong, setWrong] = useState('')
  useEffect(() => setText(written), [written])
  const take = () => {
    if (text === written) return setWrong('')
    try {
      read(JSON.parse(text))
      setWrong('')
    } catch (error) {
      setWrong((error as Error).message)
    }
  }
  return (
    <>
      <textarea className={styles.json} rows={rows} spellCheck={false} aria-label={label} aria-invalid={wrong !== ''} value={text} onChange={(event) => setText(event.target.value)} onBlur={take} />
      {wrong && <p className={styles.wrong} role="alert">{wrong}</p>}
    </>
  )
}
