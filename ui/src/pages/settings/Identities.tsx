import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ApiError } from '../../api/client'
import { identities, signOnWith, unlinkIdentity, type Identity } from '../../api/people'
import { useZone } from '../../place'
import { useWaysIn } from '../../shell/Login'
import { Moment } from '../../ui/Moment'
import { ErrorBox } from '../../ui/State'
import styles from './settings.module.css'

const queryKey = ['identities']

/** The logins elsewhere with which one comes in here; nothing where there is none and can be none. */
export function Identities() {
  const zone = useZone()
  const queries = useQueryClient()
  const ways = useWaysIn()
  const list = useQuery<Identity[], ApiError>({ queryKey, queryFn: ({ signal }) => identities(signal), staleTime: 0, retry: false })
  const link = useMutation<void, ApiError, string>({ mutationFn: async (provider) => location.assign(await signOnWith(provider, { link: true }, location.pathname)) })
  const unlink = useMutation<void, ApiError, Identity>({ mutationFn: ({ id }) => unlinkIdentity(id), onSettled: () => queries.invalidateQueries({ queryKey }) })
  const providers = ways.data?.providers ?? []
  const unlinked = providers.filter(({ name }) => list.data && !list.data.some((one) => one.name === name))
  const error = list.error ?? link.error ?? unlink.error
  if (providers.length === 0 && (list.data ?? []).length === 0) return null
  return (
    <section aria-label="Logins elsewhere">
      <div className={styles.head}>
        <h2>Logins elsewhere</h2>
        {unlinked.map((one) => <button key={one.id} type="button" className={styles.button} disabled={link.isPending} onClick={() => link.mutate(one.id)}>Link {one.name}</button>)}
      </div>
      {error && <ErrorBox error={error} />}
      {list.data?.length === 0 && <p className={styles.dim}>Linked once, you log in there instead of with your password.</p>}
      <ul className={styles.projects}>
        {list.data?.map((one) => (
          <li key={one.id}>
            <b>{one.name}</b><span className={styles.dim}>linked <Moment at={one.created_at} zone={zone} relative /></span>
            <button type="button" className={styles.button} disabled={unlink.isPending} aria-label={`Unlink ${one.name}`} onClick={() => unlink.mutate(one)}>Unlink</button>
          </li>
        ))}
      </ul>
    </section>
  )
}
