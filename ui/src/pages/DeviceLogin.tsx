import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Check, ShieldAlert, X } from 'lucide-react'
import { useState, type FormEvent, type ReactNode } from 'react'
import type { ApiError } from '../api/client'
import { decideLogin, findLogin, type DeviceLogin } from '../api/logins'
import { usePasswordGiven } from '../api/manage'
import { includes, whoAmI, type Me } from '../api/people'
import { displayZone } from '../lib/store'
import { browserZone, isZone } from '../lib/time'
import { Door } from '../shell/Door'
import { Key } from '../shell/Gate'
import { Login, useWaysIn } from '../shell/Login'
import { Avatar } from '../ui/Avatar'
import { Moment } from '../ui/Moment'
import { ErrorBox, Loading } from '../ui/State'
import styles from '../shell/Door.module.css'

const route = getRouteApi('/auth/device')

/** Where a program that logs in sends its person: which machine asks, and whether it may. */
export function DeviceLoginPage() {
  const { code } = route.useSearch()
  return (
    <Door wide>{code ? <Asked code={code} /> : <CodeField />}</Door>
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
    <form className={styles.form} onSubmit={submit}>
      <h1>Which login?</h1>
      <label className={styles.field}><span>The code that the program shows</span><input className={styles.code} autoFocus autoComplete="off" spellCheck={false} placeholder="WDJB-MJHT" value={code} onChange={(event) => setCode(event.target.value)} /></label>
      <button type="submit" className={styles.primary} disabled={code.trim() === ''}>Go on</button>
    </form>
  )
}

function Asked({ code }: { code: string }) {
  const given = usePasswordGiven()
  const queryKey = ['device login', code, given]
  const login = useQuery<DeviceLogin, ApiError>({ queryKey, queryFn: ({ signal }) => findLogin(code, signal), staleTime: Infinity, retry: false })
  if (login.data) return <Decision login={login.data} queryKey={queryKey} />
  if (!login.error) return <Loading lines={4} />
  switch (login.error.status) {
    case 401:
      return (
        <>
          <h1>A program wants to log in</h1>
          <p className={styles.dim}>Say first who you are: it will act in your name.</p>
          <Approver onIn={() => void login.refetch()} />
        </>
      )
    case 404:
      return <Over title="This login is over">It may have taken more than ten minutes, or been finished already. Run the command again, and open the new address.</Over>
    default:
      return <ErrorBox error={login.error} onRetry={() => void login.refetch()} />
  }
}

/** Who lets a program in has an account, or the operator's key. */
function Approver({ onIn }: { onIn: () => void }) {
  const ways = useWaysIn()
  return (
    <>
      <Login accountsOnly onIn={onIn} />
      {ways.data?.operator && (ways.data.people ? <details className={styles.others}><summary>Without an account</summary><div><Key /></div></details> : <Key />)}
    </>
  )
}

function Decision({ login, queryKey }: { login: DeviceLogin; queryKey: unknown[] }) {
  const queries = useQueryClient()
  const me = useQuery<Me, ApiError>({ queryKey: ['me', ...queryKey], queryFn: ({ signal }) => whoAmI(signal), retry: false })
  const decide = useMutation<DeviceLogin, ApiError, 'approve' | 'refuse'>({
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
    <div className={styles.form} role="region" aria-labelledby="asks">
      <h1 id="asks">Let {login.machine_name} log in?</h1>
      <Facts login={login} />
      <p className={styles.grants}>{grants(me.data)}, for {login.token_lifetime_days} days or until its login is revoked.</p>
      {me.data?.user_id && <p className={styles.person}><Avatar name={me.data.name} large /><span><b>{me.data.name}</b><small>lets it in · {me.data.email}</small></span></p>}
      <p className={styles.warning}><ShieldAlert size={16} /><span>Approve only if you have just run <code>hearth auth</code> or <code>logfire auth</code> there yourself. If someone sent you this address, refuse.</span></p>
      {decide.error && <ErrorBox error={decide.error} />}
      <div className={styles.actions}>
        <button type="button" className={styles.button} disabled={decide.isPending} onClick={() => decide.mutate('refuse')}>Refuse</button>
        <button type="button" className={styles.primary} disabled={decide.isPending} onClick={() => decide.mutate('approve')}>Approve{me.data?.user_id && ` as ${me.data.name}`}</button>
      </div>
    </div>
  )
}

/** What a program gets that acts in somebody's name. */
function grants(me: Me | undefined): string {
  const makes = me === undefined || me.organizations.some(({ role }) => includes(role, 'member'))
  return makes ? 'It will make projects, and tokens to write into and read from every project' : 'It will see which projects there are, and make nothing, because your role is read-only'
}

function Facts({ login }: { login: DeviceLogin }) {
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
    <div className={styles.form} role="status">
      <h1>{icon}{title}</h1>
      <p className={styles.dim}>{children}</p>
    </div>
  )
}
