import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Check, ShieldAlert, X } from 'lucide-react'
import { useState, type FormEvent, type ReactNode } from 'react'
import type { ApiError } from '../api/client'
import { decideLogin, findLogin, type Login } from '../api/logins'
import { usePasswordGiven } from '../api/manage'
import { displayZone } from '../lib/store'
import { browserZone, isZone } from '../lib/time'
import { Password } from '../shell/Gate'
import { Moment } from '../ui/Moment'
import { ErrorBox, Loading } from '../ui/State'
import styles from './DeviceLogin.module.css'

const route = getRouteApi('/auth/device')

/** Where a program that logs in sends its person: which machine asks, and whether it may. */
export function DeviceLogin() {
  const { code } = route.useSearch()
  return (
    <main className={styles.page}>
      <p className={styles.dim}>Hearth at {location.host}</p>
      {code ? <Asked code={code} /> : <CodeField />}
    </main>
  )
}

/** For who has the code and not the address. */
function CodeField() {
  const navigate = route.useNavigate()
  const [code, setCode] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void navigate({ search: { code: code.trim() } })
  }
  return (
    <form className={styles.card} onSubmit={submit}>
      <h1>Which login?</h1>
      <label className={styles.field}><span>The code that the program shows</span><input autoFocus autoComplete="off" spellCheck={false} placeholder="WDJB-MJHT" value={code} onChange={(event) => setCode(event.target.value)} /></label>
      <div className={styles.actions}><button type="submit" className={styles.primary} disabled={code.trim() === ''}>Go on</button></div>
    </form>
  )
}

function Asked({ code }: { code: string }) {
  const given = usePasswordGiven()
  const login = useQuery<Login, ApiError>({ queryKey: ['login', code, given], queryFn: ({ signal }) => findLogin(code, signal), staleTime: Infinity, retry: false })
  if (login.data) return <Decision login={login.data} queryKey={['login', code, given]} />
  if (!login.error) return <Loading lines={4} />
  switch (login.error.status) {
    case 401:
      return (
        <section className={styles.card}>
          <h1>A program wants to log in</h1>
          <Password lead="Who may let it in knows the password that this Hearth was started with." />
        </section>
      )
    case 404:
      return <Over title="This login is over">It may have taken more than ten minutes, or been finished already. Run the command again, and open the new address.</Over>
    default:
      return <ErrorBox error={login.error} onRetry={() => void login.refetch()} />
  }
}

function Decision({ login, queryKey }: { login: Login; queryKey: unknown[] }) {
  const queries = useQueryClient()
  const decide = useMutation<Login, ApiError, 'approve' | 'refuse'>({
    mutationFn: (decision) => decideLogin(login.code, decision),
    onSuccess: (decided) => queries.setQueryData(queryKey, decided),
  })
  switch (login.state) {
    case 'approved':
      return <Over title={`${login.machine_name} is logged in`} icon={<Check size={18} className={styles.good} />}>You can close this page and go back to the terminal. Settings › User tokens lists the login, and ends it.</Over>
    case 'refused':
      return <Over title="The login was refused" icon={<X size={18} className={styles.bad} />}>{login.machine_name} got nothing. You can close this page.</Over>
  }
  return (
    <section className={styles.card} aria-labelledby="asks">
      <h1 id="asks">Let {login.machine_name} log in?</h1>
      <Facts login={login} />
      <p className={styles.grants}>It will make projects, and tokens to write into and read from every project, for {login.token_lifetime_days} days or until its login is revoked.</p>
      <p className={styles.warning}><ShieldAlert size={16} /><span>Approve only if you have just run <code>hearth auth</code> or <code>logfire auth</code> there yourself. If someone sent you this address, refuse.</span></p>
      {decide.error && <ErrorBox error={decide.error} />}
      <div className={styles.actions}>
        <button type="button" className={styles.button} disabled={decide.isPending} onClick={() => decide.mutate('refuse')}>Refuse</button>
        <button type="button" className={styles.primary} disabled={decide.isPending} onClick={() => decide.mutate('approve')}>Approve</button>
      </div>
    </section>
  )
}

function Facts({ login }: { login: Login }) {
  const chosen = displayZone.use()
  const zone = isZone(chosen) ? chosen : browserZone()
  return (
    <dl className={styles.facts}>
      <div><dt>Machine</dt><dd>{login.machine_name}</dd></div>
      <div><dt>Program</dt><dd>{login.client}</dd></div>
      <div><dt>Address</dt><dd><code>{login.address}</code></dd></div>
      <div><dt>Asked</dt><dd><Moment at={login.created_at} zone={zone} relative /></dd></div>
      <div><dt>Code</dt><dd><code>{login.code}</code></dd></div>
    </dl>
  )
}

function Over({ title, icon, children }: { title: string; icon?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles.card} role="status">
      <h1>{icon}{title}</h1>
      <p className={styles.dim}>{children}</p>
    </section>
  )
}
