import { useRouter } from '@tanstack/react-router'
import { ApiError, readToken, setReadToken } from '../api/client'
import { ErrorBox } from '../ui/State'
import styles from './pages.module.css'

/** A page that cannot be shown, and why. */
export function Failure({ error }: { error: Error }) {
  const router = useRouter()
  const otherToken = error instanceof ApiError && error.status === 403 && readToken() !== ''
  return (
    <main className={styles.centre}>
      <h1>Hearth</h1>
      <ErrorBox error={error} onRetry={() => void router.invalidate()} />
      <p className={styles.row}>
        <a href="/">Start page</a>
        {otherToken && <button type="button" className={styles.link} onClick={() => { setReadToken(''); void router.invalidate() }}>Sign in with another token</button>}
      </p>
    </main>
  )
}
