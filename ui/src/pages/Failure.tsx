import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { ApiError, readToken, setReadToken } from '../api/client'
import { whoIsHere, type Me } from '../api/people'
import { leave } from '../shell/Account'
import { ErrorBox } from '../ui/State'
import styles from './pages.module.css'

/** A page that cannot be shown, and why. */
export function Failure({ error }: { error: Error }) {
  const router = useRouter()
  const otherToken = error instanceof ApiError && error.status === 403 && readToken() !== ''
  const unseen = error instanceof ApiError && error.status === 404 && readToken() === ''
  return (
    <main className={styles.centre}>
      <h1>Hearth</h1>
      <ErrorBox error={error} onRetry={() => void router.invalidate()} />
      {unseen && <Outsider />}
      <p className={styles.row}>
        <a href="/">Start page</a>
        {otherToken && <button type="button" className={styles.link} onClick={() => { setReadToken(''); void router.invalidate() }}>Sign in with another token</button>}
      </p>
    </main>
  )
}

/** What somebody is not in, they are told nothing of: here is who they are, and how they become another. */
function Outsider() {
  const me = useQuery<Me | null>({ queryKey: ['who is here'], queryFn: ({ signal }) => whoIsHere(signal), staleTime: 0, retry: false })
  if (!me.data?.user_id) return null
  const { name, email, organizations } = me.data
  return (
    <p className={styles.dim}>
      You are logged in as {name}, {email}.{' '}
      {organizations.length === 0 ? 'You are in no organisation: ask somebody who is for an invitation.' : `You are in ${organizations.map((one) => one.organization_name).join(', ')}.`}{' '}
      <button type="button" className={styles.link} onClick={() => void leave()}>Log out</button>
    </p>
  )
}
