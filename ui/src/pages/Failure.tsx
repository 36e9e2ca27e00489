import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { ApiError, readToken, setReadToken } from '../api/client'
import { whoIsHere, type Me } from '../api/people'
import { leave } from '../shell/Account'
import { ErrorBox, Loading } from '../ui/State'
import styles from './pages.module.css'

const NoProject = lazy(() => import('./NoProject').then((page) => ({ default: page.NoProject })))

/** A page that cannot be shown, and why. What somebody is not in, they are told nothing of: they learn who they are, and how they come in. */
export function Failure({ error }: { error: Error }) {
  const router = useRouter()
  const otherToken = error instanceof ApiError && error.status === 403 && readToken() !== ''
  const unseen = error instanceof ApiError && error.status === 404 && readToken() === ''
  const who = useQuery<Me | null>({ queryKey: ['who is here'], queryFn: ({ signal }) => whoIsHere(signal), staleTime: 0, retry: false, enabled: unseen })
  const person = unseen && who.data?.user_id ? who.data : undefined
  if (unseen && who.isLoading) return <main className={styles.centre}><Loading lines={3} /></main>
  if (person?.organizations.length === 0) return <Suspense><NoProject /></Suspense>
  return (
    <main className={styles.centre}>
      <h1>Hearth</h1>
      <ErrorBox error={error} onRetry={() => void router.invalidate()} />
      {person && <Outsider me={person} />}
      <p className={styles.row}>
        <a href="/">Start page</a>
        {otherToken && <button type="button" className={styles.link} onClick={() => { setReadToken(''); void router.invalidate() }}>Sign in with another token</button>}
      </p>
    </main>
  )
}

function Outsider({ me }: { me: Me }) {
  return (
    <p className={styles.dim}>
      You are logged in as {me.name}, {me.email}. You are in {me.organizations.map((one) => one.organization_name).join(', ')}.{' '}
      <button type="button" className={styles.link} onClick={() => void leave()}>Log out</button>
    </p>
  )
}
