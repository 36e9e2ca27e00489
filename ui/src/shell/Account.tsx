import { KeyRound, ShieldUser } from 'lucide-react'
import { setReadToken } from '../api/client'
import { setPassword, usePasswordGiven } from '../api/manage'
import { logOut } from '../api/people'
import { useEntry, usePageHref, useRole } from '../place'
import { Avatar } from '../ui/Avatar'
import { Action, Popover } from '../ui/Menu'
import { notify } from '../ui/notices'
import styles from './Shell.module.css'

/** Logs out, and stays at the place, where somebody can log in. */
export async function leave(): Promise<void> {
  await logOut()
  location.reload()
}

/** Forgets the read token of this tab. */
export function forgetToken(): void {
  setReadToken('')
  location.reload()
}

/** Who is here, and the way out. In local mode there is nobody to name. */
export function Account() {
  const entry = useEntry()
  const operator = usePasswordGiven()
  if (entry.local) return null
  if (operator) return <Operator />
  return entry.person ? <Person name={entry.person.name} email={entry.person.email ?? ''} /> : <Guest />
}

function Person({ name, email }: { name: string; email: string }) {
  const { organization_name: organization } = useEntry()
  const role = useRole()
  const pageHref = usePageHref()
  return (
    <Popover title={`Account of ${name}`} align="end" className={styles.account} label={<Avatar name={name} />}>
      {(close) => (
        <>
          <Who name={name} lines={[email, role ? `${role} in ${organization}` : '']} />
          <Action href={pageHref('/settings/me')} onChoose={close}>Password and sessions</Action>
          <Action href={pageHref('/settings/members')} onChoose={close}>Members</Action>
          <Action onChoose={() => { close(); void leave().catch((error: Error) => notify(error.message, true)) }}>Log out</Action>
        </>
      )}
    </Popover>
  )
}

function Guest() {
  return (
    <Popover title="You are here with a read token" align="end" className={styles.account} label={<KeyRound size={15} />}>
      {(close) => (
        <>
          <Who name="A read token" lines={['lets this tab read this project']} />
          <Action onChoose={() => { close(); forgetToken() }}>Log in, or leave</Action>
        </>
      )}
    </Popover>
  )
}

function Operator() {
  return (
    <Popover title="You are here with the operator’s key" align="end" className={styles.account} label={<ShieldUser size={16} />}>
      {(close) => (
        <>
          <Who name="Operator" lines={['may do everything, until this page is loaded again']} />
          <Action onChoose={() => { close(); setPassword('') }}>Forget the key</Action>
          <Action onChoose={() => { close(); forgetToken() }}>Leave</Action>
        </>
      )}
    </Popover>
  )
}

function Who({ name, lines }: { name: string; lines: string[] }) {
  return <p className={styles.who}><b>{name}</b>{lines.filter((line) => line !== '').map((line) => <span key={line}>{line}</span>)}</p>
}
