import { useState, type FormEvent, type ReactNode } from 'react'
import { tryPassword } from '../api/manage'
import { ErrorBox } from '../ui/State'
import { useMayManage } from './projects'
import styles from './Gate.module.css'

/** Shows what takes the password of Hearth once it was given; before, asks for it. */
export function Gate({ children }: { children: ReactNode }) {
  return useMayManage() ? children : <Password lead="Projects and tokens are managed with the password that this Hearth was started with." />
}

/** Asks for the password of Hearth; lead says what for. */
export function Password({ lead }: { lead: string }) {
  const [text, setText] = useState('')
  const [error, setError] = useState<Error>()
  const [asking, setAsking] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setAsking(true)
    setError(undefined)
    await tryPassword(text).catch((problem: Error) => {
      setError(problem)
      setAsking(false)
    })
  }
  return (
    <form className={styles.gate} onSubmit={(event) => void submit(event)}>
      <p>{lead}</p>
      <div className={styles.row}>
        <input type="password" autoComplete="current-password" aria-label="Password of Hearth" placeholder="Password" value={text} onChange={(event) => setText(event.target.value)} />
        <button type="submit" disabled={asking || text === ''}>{asking ? 'Asking …' : 'Go on'}</button>
      </div>
      {error && <ErrorBox error={error} />}
      <p className={styles.dim}>It is kept until this page is loaded again.</p>
    </form>
  )
}
