import { Eye, EyeOff } from 'lucide-react'
import { useId, useState } from 'react'
import { FieldNote } from './Field'
import styles from './PasswordField.module.css'

interface Props {
  label: string
  value: string
  onChange: (text: string) => void
  /** current-password for one that is known, new-password for one that is chosen: password managers go by it. */
  autoComplete: 'current-password' | 'new-password' | 'off'
  placeholder?: string
  autoFocus?: boolean
  help?: string
  /** What the server says is wrong with it. */
  wrong?: string | undefined
}

/** A password, which one can look at while one types it. */
export function PasswordField({ label, value, onChange, autoComplete, placeholder, autoFocus, help, wrong }: Props) {
  const id = useId()
  const [shown, setShown] = useState(false)
  const Icon = shown ? EyeOff : Eye
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <div className={styles.box}>
        <input
          id={id} type={shown ? 'text' : 'password'} required autoComplete={autoComplete} spellCheck={false} autoCapitalize="none" autoFocus={autoFocus}
          placeholder={placeholder} value={value} aria-invalid={wrong !== undefined} aria-describedby={help || wrong ? `${id}-help` : undefined} onChange={(event) => onChange(event.target.value)}
        />
        <button type="button" aria-pressed={shown} title={`${shown ? 'Hide' : 'Show'} what is typed`} onClick={() => setShown(!shown)}><Icon size={15} /></button>
      </div>
      <FieldNote id={`${id}-help`} help={help} wrong={wrong} />
    </div>
  )
}
