import { useState } from 'react'
import { setReadToken } from '../api/client'
import styles from './pages.module.css'

/** Where no one is let in without a token: asks for one, and goes on to the page that was wanted. */
export function SignIn() {
  const [token, setToken] = useState('')
  return (
    <main className={styles.centre}>
      <h1>This Hearth wants a read token</h1>
      <p>Make one where it runs:</p>
      <pre>hearth tokens create --project default --kind read</pre>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setReadToken(token.trim())
          location.reload()
        }}
      >
        <input className={styles.input} type="password" autoComplete="off" autoFocus aria-label="Read token" placeholder="Read token" value={token} onChange={(event) => setToken(event.target.value)} />{' '}
        <button type="submit" className={styles.primary}>Open</button>
      </form>
      <p className={styles.dim}>It is kept until this tab is closed.</p>
    </main>
  )
}
