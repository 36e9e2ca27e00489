import { useQuery } from '@tanstack/react-query'
import { LogIn } from 'lucide-react'
import { useState, type FormEvent, type ReactNode } from 'react'
import { ApiError, setReadToken } from '../api/client'
import { entered } from '../api/door'
import { createToken, projects, setPassword, tryPassword } from '../api/manage'
import { logIn, signOnWith, waysIn, type Me, type Provider, type SignOnSecret, type WaysIn } from '../api/people'
import { useNow } from '../lib/store'
import { formatUTC, now } from '../lib/time'
import { PasswordField } from '../ui/PasswordField'
import { ErrorBox, Loading } from '../ui/State'
import styles from './Door.module.css'

/** How somebody gets in here, asked once. */
export function useWaysIn() {
  return useQuery<WaysIn, ApiError>({ queryKey: ['ways in'], queryFn: ({ signal }) => waysIn(signal), retry: false })
}

interface Props {
  /** Tells who has logged in; undefined for who came with a token or the operator's key. */
  onIn: (me: Me | undefined) => void
  /** Only accounts are of use here. */
  accountsOnly?: boolean
}

/** Where somebody logs in, in every way that this server has. */
export function Login({ onIn, accountsOnly = false }: Props) {
  const ways = useWaysIn()
  if (ways.error) return <ErrorBox error={ways.error} onRetry={() => void ways.refetch()} />
  if (!ways.data) return <Loading lines={3} />
  const { people, providers, setup, operator } = ways.data
  return (
    <>
      {people && <AccountForm onIn={onIn} />}
      {people && providers.length > 0 && <p className={styles.or}>or</p>}
      <Providers list={providers} />
      {setup && <NobodyYet operator={operator} />}
      {!accountsOnly && <Others open={!people && providers.length === 0} operator={operator} onIn={() => onIn(undefined)} />}
    </>
  )
}

function AccountForm({ onIn }: { onIn: (me: Me) => void }) {
  const [email, setEmail] = useState('')
  const [password, setText] = useState('')
  const { error, asking, left, submit } = useAttempt(async () => {
    const me = await logIn(email.trim(), password)
    setReadToken('')
    setPassword('')
    entered()
    onIn(me)
  })
  return (
    <form className={styles.form} onSubmit={submit}>
      <label className={styles.field}>
        <span>E-mail</span>
        <input type="email" required autoFocus autoComplete="username" spellCheck={false} value={email} onChange={(event) => setEmail(event.target.value)} />
      </label>
      <PasswordField label="Password" autoComplete="current-password" value={password} onChange={setText} />
      <Wrong error={error} left={left} />
      <button type="submit" className={styles.primary} disabled={asking || left > 0}><LogIn size={15} />{asking ? 'Logging in …' : 'Log in'}</button>
      <p className={styles.small}>Forgotten? An admin of your organisation can make you a link.</p>
    </form>
  )
}

/** An attempt that may fail, and then may have to wait. left: for how many seconds. */
export function useAttempt(attempt: () => Promise<void>) {
  const [failed, setFailed] = useState<{ error: ApiError; until: number }>()
  const [asking, setAsking] = useState(false)
  const at = useNow(1000)
  const left = failed ? Math.max(0, Math.ceil((failed.until - at) / 1000)) : 0
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setAsking(true)
    setFailed(undefined)
    attempt()
      .catch((error: ApiError) => setFailed({ error, until: error.retryAfter === undefined ? 0 : Date.now() + error.retryAfter * 1000 }))
      .finally(() => setAsking(false))
  }
  return { error: failed?.error, asking, left, submit }
}

/** Why an attempt failed, and when the next one may be made. fields: those that say themselves what is wrong with them. */
export function Wrong({ error, left, fields = [] }: { error: ApiError | undefined; left: number; fields?: readonly string[] }) {
  if (!error) return null
  const wrong = Object.keys(error.fields)
  if (wrong.length > 0 && wrong.every((field) => fields.includes(field))) return null
  if (error.status >= 500) return <ErrorBox error={error} />
  const next = error.retryAfter === undefined ? '' : left > 0 ? ` You can try again in ${waitText(left)}.` : ' You can try again now.'
  return <p className={styles.wrong} role="alert">{error.message}{next}</p>
}

function waitText(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`
}

/** Where people log in elsewhere, and then come back to where they are. */
function Providers({ list }: { list: readonly Provider[] }) {
  if (list.length === 0) return null
  const back = location.pathname + location.search
  const href = ({ url }: Provider) => `${url}${url.includes('?') ? '&' : '?'}${new URLSearchParams({ return_to: back })}`
  return <div className={styles.providers}>{list.map((one) => <a key={one.id} className={styles.button} href={href(one)}>Log in with {one.name}</a>)}</div>
}

interface ProvidersWithProps {
  secret: SignOnSecret
  /** Where they come back to, a path. */
  back?: string
  /** The fields of what they come with that say themselves what is wrong with them, which onWrong is told. */
  fields?: readonly string[]
  onWrong?: (error: ApiError) => void
}

/** Where people log in elsewhere who come with the code of a link, instead of a password. */
export function ProvidersWith({ secret, back = '/', fields = [], onWrong }: ProvidersWithProps) {
  const ways = useWaysIn()
  const [error, setError] = useState<ApiError>()
  const list = ways.data?.providers ?? []
  if (list.length === 0) return null
  const fail = (problem: ApiError) => {
    setError(problem)
    onWrong?.(problem)
  }
  const go = (one: Provider) => signOnWith(one.id, secret, back).then((url) => location.assign(url), fail)
  return (
    <>
      <p className={styles.or}>or</p>
      <Wrong error={error} left={0} fields={fields} />
      <div className={styles.providers}>{list.map((one) => <button key={one.id} type="button" className={styles.button} onClick={() => void go(one)}>Come in with {one.name}</button>)}</div>
    </>
  )
}

function NobodyYet({ operator }: { operator: boolean }) {
  return (
    <p className={styles.dim}>
      Nobody has an account here yet. {operator ? <>Whoever knows the operator&rsquo;s key <a href="/auth/setup">makes the first one</a>.</> : 'When Hearth started, it printed a link: whoever has it makes the first one.'}
    </p>
  )
}

/** How one comes in without an account. */
function Others({ open, operator, onIn }: { open: boolean; operator: boolean; onIn: () => void }) {
  const come = (token: string) => {
    setReadToken(token)
    entered()
    onIn()
  }
  const ways = (
    <div>
      <Secret label="Read token" button="Open" help="It is kept until this tab is closed, and lets one read one project." onSubmit={async (token) => come(token)} />
      {operator && <Secret label="Operator’s key" button="Enter" help={`HEARTH_PASSWORD of the server. It makes a read token for this tab, which expires in ${signedInHours} hours.`} onSubmit={async (key) => come(await tokenFor(key))} />}
    </div>
  )
  return open ? <div className={styles.others}>{ways}</div> : <details className={styles.others}><summary>Without an account</summary>{ways}</details>
}

function Secret({ label, button, help, onSubmit }: { label: string; button: string; help: ReactNode; onSubmit: (text: string) => Promise<void> }) {
  const [text, setText] = useState('')
  const { error, asking, left, submit } = useAttempt(() => onSubmit(text.trim()))
  return (
    <form className={styles.way} onSubmit={submit}>
      <div className={styles.row}>
        <PasswordField label={label} autoComplete="off" value={text} onChange={setText} />
        <button type="submit" className={styles.button} disabled={asking || left > 0 || text.trim() === ''}>{button}</button>
      </div>
      <Wrong error={error} left={left} />
      <p className={styles.small}>{help}</p>
    </form>
  )
}

/** How long a token works that the operator makes to come in: a working day, and the evening after it. */
const signedInHours = 16

/** Makes a read token for the project that the address names, or for the first. */
async function tokenFor(key: string): Promise<string> {
  await tryPassword(key)
  const list = await projects(new AbortController().signal)
  const [, org, name] = location.pathname.split('/')
  const project = list.find((p) => p.organization_name === org && p.project_name === name) ?? list[0]
  if (!project) throw new ApiError(404, 'There is no project yet. hearth projects new makes one.')
  const expires = formatUTC(now() + signedInHours * 3_600_000_000)
  return (await createToken(project.id, 'read', 'Signed in to the web app', expires)).token
}

