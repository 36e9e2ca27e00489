import { useState } from 'react'
import { basic } from '../api/manage'
import { setUp } from '../api/people'
import { AccountFields, useNewcomer } from '../shell/AccountFields'
import { Door } from '../shell/Door'
import { ProvidersWith, useAttempt, useWaysIn, Wrong } from '../shell/Login'
import { PasswordField } from '../ui/PasswordField'
import { ErrorBox, Loading } from '../ui/State'
import styles from '../shell/Door.module.css'

/** Where the link of the first start leads: somebody makes the first account, and is its admin. */
export function SetUp() {
  const ways = useWaysIn()
  const [code] = useState(() => location.hash.slice(1))
  return (
    <Door label="Set-up">
      {ways.error ? <ErrorBox error={ways.error} onRetry={() => void ways.refetch()} /> : !ways.data ? <Loading lines={4} /> : ways.data.setup ? <First code={code} operator={ways.data.operator} /> : <Done local={ways.data.local} />}
    </Door>
  )
}

function First({ code, operator }: { code: string; operator: boolean }) {
  const { newcomer, typed, change } = useNewcomer()
  const [key, setKey] = useState('')
  const { error, asking, left, submit } = useAttempt(async () => {
    await setUp(newcomer, code, code === '' ? basic(key) : undefined)
    location.replace('/')
  })
  if (code === '' && !operator) return <NoCode />
  return (
    <form className={styles.form} onSubmit={submit}>
      <h1>Welcome to Hearth</h1>
      <p className={styles.dim}>Make the first account. It is an admin: it invites the others, and says what they may.</p>
      <AccountFields typed={typed} change={change} />
      {code === '' && <PasswordField label="Operator’s key" autoComplete="off" value={key} onChange={setKey} help="HEARTH_PASSWORD of the server, which shows that you run it." />}
      <Wrong error={error} left={left} />
      <button type="submit" className={styles.primary} disabled={asking || left > 0}>{asking ? 'Making it …' : 'Make the account'}</button>
      {code !== '' && <ProvidersWith secret={{ setup_code: code }} />}
    </form>
  )
}

function NoCode() {
  return (
    <>
      <h1>The link is not whole</h1>
      <p className={styles.dim}>Open it as the server printed it when it started last, with all that stands behind <code>#</code>.</p>
    </>
  )
}

function Done({ local }: { local: boolean }) {
  return (
    <>
      <h1>{local ? 'Nobody needs an account here' : 'The first account is made'}</h1>
      <p className={styles.dim}>{local
        ? 'Hearth runs in local mode: whoever can use this machine may do everything. Started with HEARTH_PASSWORD, or on an address that others reach, it has accounts.'
        : 'The link works once. Whoever shall come now is invited, in Settings › Members.'}</p>
      <div className={styles.actions}><a className={styles.primary} href="/">{local ? 'Go to Hearth' : 'Log in'}</a></div>
    </>
  )
}
