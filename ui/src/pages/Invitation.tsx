import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import type { ApiError } from '../api/client'
import { acceptInvitation, findInvitation, whoIsHere, type Invited, type Me } from '../api/people'
import { displayZone } from '../lib/store'
import { browserZone, isZone } from '../lib/time'
import { leave } from '../shell/Account'
import { AccountFields, accountFields, useNewcomer } from '../shell/AccountFields'
import { Door } from '../shell/Door'
import { Login, ProvidersWith, useAttempt, Wrong } from '../shell/Login'
import { may } from '../shell/roles'
import { Avatar } from '../ui/Avatar'
import { Moment } from '../ui/Moment'
import { ErrorBox, Loading } from '../ui/State'
import styles from '../shell/Door.module.css'

/** Where the link of an invitation leads: who opens it joins with the account that they have, or makes one. */
export function Invitation() {
  const [code] = useState(() => location.hash.slice(1))
  const invited = useQuery<Invited, ApiError>({ queryKey: ['invitation', code], queryFn: () => findInvitation(code), staleTime: Infinity, retry: false })
  const me = useQuery<Me | null>({ queryKey: ['who is here'], queryFn: ({ signal }) => whoIsHere(signal), retry: false })
  if (invited.error) return <Door label="Invitation"><Closed error={invited.error} /></Door>
  return (
    <Door label="Invitation">
      {!invited.data || me.isPending ? <Loading lines={4} /> : (
        <>
          <Letter invited={invited.data} />
          {me.data?.user_id ? <Join code={code} me={me.data} org={invited.data.organization_name} /> : <Come code={code} org={invited.data.organization_name} onIn={() => void me.refetch()} />}
        </>
      )}
    </Door>
  )
}

function Closed({ error }: { error: ApiError }) {
  if (error.status !== 404) return <ErrorBox error={error} />
  return (
    <>
      <h1>This invitation is over</h1>
      <p className={styles.dim}>{error.message}</p>
      <div className={styles.actions}><a className={styles.button} href="/">Go to Hearth</a></div>
    </>
  )
}

/** Who invites, to what, and until when. */
function Letter({ invited }: { invited: Invited }) {
  const chosen = displayZone.use()
  const zone = isZone(chosen) ? chosen : browserZone()
  return (
    <>
      <h1>{invited.created_by_name} invites you to {invited.organization_name}</h1>
      <p className={styles.dim}>You will be {invited.role === 'admin' ? 'an ' : invited.role === 'member' ? 'a ' : ''}<b>{invited.role}</b>: you may {may[invited.role]}. The invitation is good until <Moment at={invited.expires_at} zone={zone} />, for one person.</p>
    </>
  )
}

/** Who is logged in already joins with one click. */
function Join({ code, me, org }: { code: string; me: Me; org: string }) {
  const { error, asking, left, submit } = useAttempt(async () => {
    await acceptInvitation(code)
    location.replace(`/${org}`)
  })
  return (
    <form className={styles.form} onSubmit={submit}>
      <Person me={me}>You are logged in.</Person>
      <Wrong error={error} left={left} />
      <button type="submit" className={styles.primary} disabled={asking || left > 0}>Join as {me.name}</button>
      <p className={styles.small}>Not you? <button type="button" className={styles.link} onClick={() => void leave()}>Log out</button> and open the invitation again.</p>
    </form>
  )
}

function Person({ me, children }: { me: Me; children: ReactNode }) {
  return <p className={styles.person}><Avatar name={me.name} large /><span><b>{me.name}</b><small>{me.email} · {children}</small></span></p>
}

/** Who is not logged in makes an account, or logs in first. */
function Come({ code, org, onIn }: { code: string; org: string; onIn: () => void }) {
  const { newcomer, typed, change } = useNewcomer()
  const [known, setKnown] = useState(false)
  const { error, asking, left, submit } = useAttempt(async () => {
    await acceptInvitation(code, newcomer)
    location.replace(`/${org}`)
  })
  if (known) {
    return (
      <>
        <Login accountsOnly onIn={onIn} />
        <p className={styles.small}><button type="button" className={styles.link} onClick={() => setKnown(false)}>Make a new account instead</button></p>
      </>
    )
  }
  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        <AccountFields typed={typed} change={change} wrong={error?.fields} />
        <Wrong error={error} left={left} fields={accountFields} />
        <button type="submit" className={styles.primary} disabled={asking || left > 0}>{asking ? 'Making it …' : 'Make an account and join'}</button>
      </form>
      <ProvidersWith secret={{ invitation_code: code }} back={`/${org}`} />
      <p className={styles.small}>You have an account here? <button type="button" className={styles.link} onClick={() => setKnown(true)}>Log in</button>, and join with it.</p>
    </>
  )
}
