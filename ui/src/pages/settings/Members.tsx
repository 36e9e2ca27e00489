import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import type { ApiError } from '../../api/client'
import { changeRole, letLogIn, members, removeMember, roles, type Member, type Role } from '../../api/people'
import { useEntry, useManagesServer, useMay, usePlace, useZone } from '../../place'
import { Gate } from '../../shell/Gate'
import { may as mayOf } from '../../shell/roles'
import { Avatar } from '../../ui/Avatar'
import { Dialog } from '../../ui/Dialog'
import { Action, Popover } from '../../ui/Menu'
import { Moment } from '../../ui/Moment'
import { notify } from '../../ui/notices'
import { ErrorBox, Loading } from '../../ui/State'
import { Invitations } from './Invitations'
import { ResetPassword } from './ResetPassword'
import styles from './settings.module.css'

/** Who is in the organisation, what each of them may, and who is invited. */
export function Members() {
  const { org } = usePlace()
  if (useEntry().local) return <Nobody />
  return (
    <>
      <p className={styles.lead}>Who is in {org} is in all its projects. A change of role, and a removal, are effective at once.</p>
      <Gate role="read-only"><People /></Gate>
    </>
  )
}

function Nobody() {
  return (
    <p className={styles.lead}>
      Hearth runs in local mode: whoever can use this machine may do everything, and nobody logs in. Started with <code>HEARTH_PASSWORD</code>, on an address that
      others reach, or with a <code>--public-url</code>, it has members.
    </p>
  )
}

const membersKey = (organization: string) => ['members', organization]

export function useMembers(enabled = true) {
  const { org } = usePlace()
  return useQuery<Member[], ApiError>({ queryKey: membersKey(org), queryFn: ({ signal }) => members(org, signal), staleTime: 0, retry: false, enabled })
}

/** What can be done to a member. */
type Deed = { do: 'role'; of: Member; role: Role } | { do: 'remove'; of: Member } | { do: 'let in' | 'shut out'; of: Member }

function useDoToMember() {
  const { org } = usePlace()
  const queries = useQueryClient()
  const router = useRouter()
  const { person } = useEntry()
  return useMutation<void, ApiError, Deed>({
    mutationFn: (deed) => {
      switch (deed.do) {
        case 'role': return changeRole(org, deed.of.user_id, deed.role)
        case 'remove': return removeMember(org, deed.of.user_id)
        default: return letLogIn(deed.of.user_id, deed.do === 'let in')
      }
    },
    onSettled: async (_, __, { of }) => {
      await queries.invalidateQueries({ queryKey: membersKey(org) })
      if (of.user_id === person?.user_id) void router.invalidate() // who changes themselves may do something else now
    },
  })
}

function People() {
  const list = useMembers()
  const admin = useMay('admin')
  const act = useDoToMember()
  const [removing, setRemoving] = useState<Member>()
  const [resetting, setResetting] = useState<Member>()
  if (list.error) return <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Loading />
  return (
    <>
      {act.error && <ErrorBox error={act.error} />}
      {list.data.length === 0 ? <p className={styles.none}>Nobody is in it yet.</p> : <Table list={list.data} busy={act.isPending} act={admin ? act.mutate : undefined} onRemove={setRemoving} onReset={setResetting} />}
      {admin && <Invitations />}
      {resetting && <ResetPassword member={resetting} onClose={() => setResetting(undefined)} />}
      {removing && <Remove member={removing} onClose={() => setRemoving(undefined)} />}
    </>
  )
}

interface TableProps {
  list: Member[]
  busy: boolean
  /** Undefined for who may not change anything. */
  act: ((deed: Deed) => void) | undefined
  onRemove: (member: Member) => void
  onReset: (member: Member) => void
}

function Table({ list, busy, act, onRemove, onReset }: TableProps) {
  const zone = useZone()
  const { person } = useEntry()
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Members">
      <table className={styles.table}>
        <thead><tr><th>Person</th><th>Role</th><th>Last seen</th><th>Since</th>{act && <th><span className="unseen">Menu</span></th>}</tr></thead>
        <tbody>
          {list.map((one) => (
            <tr key={one.user_id} data-past={!one.active}>
              <td><Name member={one} you={one.user_id === person?.user_id} /></td>
              <td>{act ? <RolePicker member={one} busy={busy} onRole={(role) => act({ do: 'role', of: one, role })} /> : one.role}</td>
              <td>{!one.active ? 'may not log in' : one.last_seen_at ? <Moment at={one.last_seen_at} zone={zone} relative /> : <span className={styles.dim}>not logged in</span>}</td>
              <td><Moment at={one.created_at} zone={zone} /></td>
              {act && <td><Menu member={one} act={act} onRemove={() => onRemove(one)} onReset={() => onReset(one)} /></td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Name({ member, you }: { member: Member; you: boolean }) {
  return (
    <span className={styles.person}>
      <Avatar name={member.name} />
      <span><b>{member.name}</b>{you && <em>you</em>}<small>{member.email}</small></span>
    </span>
  )
}

function RolePicker({ member, busy, onRole }: { member: Member; busy: boolean; onRole: (role: Role) => void }) {
  return (
    <select className={styles.select} aria-label={`Role of ${member.name}`} title={`May ${mayOf[member.role]}`} value={member.role} disabled={busy} onChange={(event) => onRole(event.target.value as Role)}>
      {roles.map((role) => <option key={role}>{role}</option>)}
    </select>
  )
}

function Menu({ member, act, onRemove, onReset }: { member: Member; act: (deed: Deed) => void; onRemove: () => void; onReset: () => void }) {
  const { org } = usePlace()
  const server = useManagesServer()
  const { person } = useEntry()
  const changesOwn = member.user_id === person?.user_id && person.has_password // in Settings › Me, with the one that they have
  return (
    <Popover title={`Menu of ${member.name}`} align="end" label={<Ellipsis size={15} />}>
      {(close) => (
        <>
          {member.active && !changesOwn && <Action onChoose={() => { close(); onReset() }}>Reset the password …</Action>}
          {server && <Action onChoose={() => { close(); act({ do: member.active ? 'shut out' : 'let in', of: member }) }}>{member.active ? 'Do not let them log in' : 'Let them log in again'}</Action>}
          <Action onChoose={() => { close(); onRemove() }}>Remove from {org} …</Action>
        </>
      )}
    </Popover>
  )
}

function Remove({ member, onClose }: { member: Member; onClose: () => void }) {
  const { org } = usePlace()
  const { person } = useEntry()
  const act = useDoToMember()
  const you = member.user_id === person?.user_id
  return (
    <Dialog label="Remove a member" onClose={onClose}>
      {(close) => (
        <div className={styles.form}>
          <h2>{you ? `Leave ${org}?` : `Remove ${member.name} from ${org}?`}</h2>
          <p>{you ? 'You are' : 'They are'} out at once, in every browser, and so are programs that logged in in {you ? 'your' : 'their'} name. What {you ? 'you' : 'they'} made stays: dashboards, alerts, and the write and read tokens of projects.</p>
          {act.error && <ErrorBox error={act.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} autoFocus onClick={close}>{you ? 'Stay' : 'Keep them'}</button>
            <button type="button" className={styles.danger} disabled={act.isPending} onClick={() => act.mutate({ do: 'remove', of: member }, { onSuccess: () => { notify(`${member.name} is removed`); close() } })}>{you ? 'Leave' : 'Remove them'}</button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
