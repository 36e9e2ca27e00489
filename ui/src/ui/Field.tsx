import { CircleX } from 'lucide-react'
import { useId, type InputHTMLAttributes, type ReactNode } from 'react'
import styles from './Field.module.css'

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'value' | 'onChange'> {
  label: string
  value: string
  onChange: (text: string) => void
  help?: ReactNode
  /** What the server says is wrong with it; it takes the place of the help. */
  wrong?: string | undefined
}

/** A line of text that somebody types, with what is to be said of it below. */
export function Field({ label, value, onChange, help, wrong, ...input }: Props) {
  const id = useId()
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input {...input} id={id} value={value} aria-invalid={wrong !== undefined} aria-describedby={help || wrong ? `${id}-note` : undefined} onChange={(event) => onChange(event.target.value)} />
      <FieldNote id={`${id}-note`} help={help} wrong={wrong} />
    </div>
  )
}

/** What stands below a field: what is wrong with it, or else what helps to fill it. */
export function FieldNote({ id, help, wrong }: { id: string; help?: ReactNode; wrong?: string | undefined }) {
  if (wrong !== undefined) return <p id={id} className={styles.wrong} role="alert"><CircleX size={13} aria-hidden />{wrong}</p>
  return help ? <p id={id} className={styles.note}>{help}</p> : null
}
