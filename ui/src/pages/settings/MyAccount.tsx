import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import type { ApiError } from '../../api/client'
import { changePassword, endSession, sessions, type Me, type Session } from '../../api/people'
import { browserName } from '../../lib/browser'
import { useZone } from '../../place'
import { leave } from '../../shell/Account'
import { Avatar } from '../../ui/Avatar'
import { Dialog } from '../../ui/Dialog'
import { Moment } from '../../ui/Moment'
import { notify } from '../../ui/notices'
import { PasswordField } from '../../ui/PasswordField'
import { ErrorBox, Loading } from '../../ui/State'
import { Identities } from './Identities'
import styles from './settings.module.css'

/** Who is logged in: the password, and the browsers. */
export function MyAccount({ person }: { person: Me }) {
  const [changing, setChanging] = useState(false)
  return (
    <>
      <div className={styles.account}>
        <p className={styles.person}><Avatar name={person.name} large /><span><b>{person.name}</b><small>{person.email} · {person.organizations.map((one) => `${one.role} in ${one.organization_name}`).join(', ')}</small></span></p>
        {person.has_password && <button type="button" className={styles.button} onClick={() => setChanging(true)}>Change the password</button>}
        <button type="button" className={styles.button} onClick={() => void leave().catch((error: Error) => notify(error.message, true))}>Log out</button>
      </div>
      {!person.has_password && <p className={styles.dim}>You have no password: you log in elsewhere. An admin can make a link with which you choose one, in Settings › Members.</p>}
      <Identities />
      <Sessions />
      {changing && <Password onClose={() => setChanging(false)} />}
    </>
  )
}

const sessionsKey = ['sessions']

function Password({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient()
  const [current, setCurrent] = useState('')
  const [text, setText] = useState('')
  const change = useMutation<void, ApiError>({ mutationFn: () => changePassword(current, text), onSuccess: () => queries.invalidateQueries({ queryKey: sessionsKey }) })
  return (
    <Dialog label="Change the password" onClose={onClose}>
      {(close) => (
        <form className={styles.form} onSubmit={(event: FormEvent) => { event.preventDefault(); change.mutate(undefined, { onSuccess: () => { notify('The password is changed, and your other sessions have ended'); close() } }) }}>
          <h2>Change the password</h2>
          <PasswordField label="The one that you have" autoComplete="current-password" autoFocus value={current} onChange={setCurrent} />
          <PasswordField label="The new one" autoComplete="new-password" value={text} onChange={setText} help="At least 10 characters. You stay logged in here, and are logged out everywhere else." />
          {change.error && <ErrorBox error={change.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} onClick={close}>Cancel</button>
            <button type="submit" className={styles.primary} disabled={change.isPending}>Change it</button>
          </div>
        </form>
      )}
    </Dialog>
  )
}

/** The browsers in which one is logged in. */
function Sessions() {
  const queries = useQueryClient()
  const list = useQuery<Session[], ApiError>({ queryKey: sessionsKey, queryFn: ({ signal }) => sessions(signal), staleTime: 0, retry: false })
  const end = useMutation<void, ApiError, Session[]>({
    mutationFn: async (some) => { for (const { id } of some) await endSession(id) },
    onSettled: () => queries.invalidateQueries({ queryKey: sessionsKey }),
  })
  if (list.error) return <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Loading lines={2} />
  const others = list.data.filter((one) => !one.current)
  return (
    <section aria-label="Sessions">
      <div className={styles.head}>
        <h2>Where you are logged in</h2>
        {others.length > 1 && <button type="button" className={styles.button} disabled={end.isPending} onClick={() => end.mutate(others)}>End all others</button>}
      </div>
      {end.error && <ErrorBox error={end.error} />}
      <SessionTable list={list.data} busy={end.isPending} onEnd={(one) => end.mutate([one])} />
    </section>
  )
}

function SessionTable({ list, busy, onEnd }: { list: Session[]; busy: boolean; onEnd: (session: Session) => void }) {
  const zone = useZone()
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Where you are logged in">
      <table className={styles.table}>
        <thead><tr><th>Browser</th><th>Address</th><th>Logged in</th><th>Last used</th><th><span className="unseen">End</span></th></tr></thead>
        <tbody>
          {list.map((one) => (
            <tr key={one.id}>
              <td className={styles.grow} title={one.client}>{browserName(one.client)}</td>
              <td><code>{one.address}</code></td>
              <td><Moment at={one.created_at} zone={zone} /></td>
              <td>{one.current ? 'this browser' : <Moment at={one.last_used_at} zone={zone} relative />}</td>
              <td>{!one.current && <button type="button" className={styles.button} disabled={busy} aria-label={`End the session of ${browserName(one.client)}`} onClick={() => onEnd(one)}>End</button>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
