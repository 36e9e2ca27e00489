import { useRouter } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { readToken, setReadToken, type ApiError } from '../api/client'
import { createToken, projects, tryPassword } from '../api/manage'
import { formatUTC, now } from '../lib/time'
import { ErrorBox } from '../ui/State'
import styles from './pages.module.css'

/** How long a token works that somebody makes to sign in: a working day, and the evening after it. */
const signedInHours = 16

/** Where no one is let in without a token: asks for one, or for the password, and goes on to the page that was wanted. */
export function SignIn({ error }: { error: ApiError }) {
  const router = useRouter()
  const [given] = useState(readToken)
  const open = (token: string) => {
    setReadToken(token)
    void router.invalidate()
  }
  return (
    <main className={styles.centre}>
      <h1>This Hearth wants a read token</h1>
      {given && <ErrorBox error={error} title="The token that was given does not open this page." />}
      <Field label="Read token" button="Open" onSubmit={async (token) => open(token)} />
      <p className={styles.dim}>It is kept until this tab is closed. Whoever runs Hearth makes one with <code>hearth tokens create --kind read</code>.</p>
      <h2>Or with the password of Hearth</h2>
      <Field label="Password" button="Sign in" onSubmit={async (password) => open(await tokenFor(password))} />
      <p className={styles.dim}>That makes a read token for this tab, which expires in {signedInHours} hours.</p>
    </main>
  )
}

/** Makes a read token for the project that the address names, or for the first. */
async function tokenFor(password: string): Promise<string> {
  await tryPassword(password)
  const list = await projects(new AbortController().signal)
  const [, org, name] = location.pathname.split('/')
  const project = list.find((p) => p.organization_name === org && p.project_name === name) ?? list[0]!
  const expires = formatUTC(now() + signedInHours * 3_600_000_000)
  return (await createToken(project.id, 'read', 'Signed in to the web app', expires)).token
}

function Field({ label, button, onSubmit }: { label: string; button: string; onSubmit: (text: string) => Promise<void> }) {
  const [text, setText] = useState('')
  const [error, setError] = useState<Error>()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setError(undefined)
    onSubmit(text.trim()).catch((problem: Error) => setError(problem))
  }
  return (
    <form onSubmit={submit}>
      <div className={styles.row}>
        <input className={styles.input} type="password" autoComplete="off" aria-label={label} placeholder={label} value={text} onChange={(event) => setText(event.target.value)} />
        <button type="submit" className={styles.primary} disabled={text.trim() === ''}>{button}</button>
      </div>
      {error && <ErrorBox error={error} />}
    </form>
  )
}
