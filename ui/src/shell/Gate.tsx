import { useState, type FormEvent, type ReactNode } from 'react'
import { setReadToken } from '../api/client'
import { tryPassword } from '../api/manage'
import { includes, type Role } from '../api/people'
import { useRole } from '../place'
import { PasswordField } from '../ui/PasswordField'
import { ErrorBox } from '../ui/State'
import { useWaysIn } from './Login'
import styles from './Gate.module.css'

/** Shows what takes a role to who has it; others are told what they lack, and who has none how to get one. */
export function Gate({ role = 'member', children }: { role?: Role; children: ReactNode }) {
  const have = useRole()
  if (includes(have, role)) return children
  if (have === undefined) return <Guest role={role} />
  return <p className={styles.dim}>This takes the role {role}; yours is {have}. Whoever is admin can change it, in Settings › Members.</p>
}

/** Who is here with a read token needs an account, or the operator's key. */
function Guest({ role }: { role: Role }) {
  const ways = useWaysIn()
  if (ways.error) return <ErrorBox error={ways.error} onRetry={() => void ways.refetch()} />
  if (!ways.data) return null
  return (
    <div className={styles.gate}>
      <p>You are here with a read token, which lets you read. This takes {ways.data.people ? `an account with the role ${role}` : 'the operator’s key'}.</p>
      {ways.data.people && <div className={styles.row}><button type="button" onClick={() => { setReadToken(''); location.reload() }}>Log in</button></div>}
      {ways.data.operator && <Key />}
    </div>
  )
}

/** Asks for the operator's key. */
export function Key() {
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
      <div className={styles.row}>
        <PasswordField label="Operator’s key" autoComplete="off" value={text} onChange={setText} help="HEARTH_PASSWORD of the server. It is kept until this page is loaded again." />
        <button type="submit" disabled={asking || text === ''}>{asking ? 'Asking …' : 'Go on'}</button>
      </div>
      {error && <ErrorBox error={error} />}
    </form>
  )
}
