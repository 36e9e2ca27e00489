import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { setReadToken, type ApiError } from '../api/client'
import { setPassword } from '../api/manage'
import { findReset, setByReset, type PasswordReset } from '../api/people'
import { displayZone } from '../lib/store'
import { browserZone, isZone } from '../lib/time'
import { Door } from '../shell/Door'
import { useAttempt, Wrong } from '../shell/Login'
import { Avatar } from '../ui/Avatar'
import { Moment } from '../ui/Moment'
import { PasswordField } from '../ui/PasswordField'
import { ErrorBox, Loading } from '../ui/State'
import styles from '../shell/Door.module.css'

/** Where the link leads that an admin made for who forgot their password. */
export function Reset() {
  const [code] = useState(() => location.hash.slice(1))
  const reset = useQuery<PasswordReset, ApiError>({ queryKey: ['password reset', code], queryFn: () => findReset(code), staleTime: Infinity, retry: false })
  return (
    <Door label="Reset the password">
      {reset.error ? <Closed error={reset.error} /> : !reset.data ? <Loading lines={4} /> : <Choose code={code} reset={reset.data} />}
    </Door>
  )
}

function Closed({ error }: { error: ApiError }) {
  if (error.status !== 404) return <ErrorBox error={error} />
  return (
    <>
      <h1>This link is over</h1>
      <p className={styles.dim}>{error.message}</p>
      <div className={styles.actions}><a className={styles.button} href="/">Go to Hearth</a></div>
    </>
  )
}

function Choose({ code, reset }: { code: string; reset: PasswordReset }) {
  const chosen = displayZone.use()
  const [password, setText] = useState('')
  const { error, asking, left, submit } = useAttempt(async () => {
    await setByReset(code, password)
    setReadToken('')
    setPassword('')
    location.replace('/')
  })
  return (
    <form className={styles.form} onSubmit={submit}>
      <h1>Choose a password</h1>
      <p className={styles.person}><Avatar name={reset.name} large /><span><b>{reset.name}</b><small>{reset.email}</small></span></p>
      <p className={styles.dim}>{reset.created_by_name} made this link for you. It works once, until <Moment at={reset.expires_at} zone={isZone(chosen) ? chosen : browserZone()} />.</p>
      <input type="email" autoComplete="username" value={reset.email} readOnly hidden />
      <PasswordField label="New password" autoComplete="new-password" autoFocus value={password} onChange={setText} help="At least 10 characters. You will be logged in here, and logged out everywhere else." />
      <Wrong error={error} left={left} />
      <button type="submit" className={styles.primary} disabled={asking || left > 0}>{asking ? 'Setting it …' : 'Set the password'}</button>
    </form>
  )
}
