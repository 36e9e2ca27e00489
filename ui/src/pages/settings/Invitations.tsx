import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import type { ApiError } from '../../api/client'
import { invitations, invite, revokeInvitation, roles, type Invitation, type Role } from '../../api/people'
import { formatUTC, now } from '../../lib/time'
import { usePlace, useZone } from '../../place'
import { may } from '../../shell/roles'
import { Copy } from '../../ui/Copy'
import { Dialog } from '../../ui/Dialog'
import { Moment } from '../../ui/Moment'
import { notify } from '../../ui/notices'
import { ErrorBox, Loading } from '../../ui/State'
import styles from './settings.module.css'

const keyOf = (organization: string) => ['invitations', organization]

/** Who is invited and has not come yet; and those that are past. */
export function Invitations() {
  const { org } = usePlace()
  const [making, setMaking] = useState(false)
  const [past, setPast] = useState(false)
  const list = useQuery<Invitation[], ApiError>({ queryKey: keyOf(org), queryFn: ({ signal }) => invitations(org, signal), staleTime: 0, retry: false })
  if (list.error) return <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data) return <Loading lines={2} />
  const open = list.data.filter((one) => one.open)
  const over = list.data.length - open.length
  return (
    <section aria-label="Invitations">
      <h2>Invitations</h2>
      <div className={styles.bar}>
        <button type="button" className={styles.primary} onClick={() => setMaking(true)}><UserPlus size={14} />Invite somebody</button>
        {over > 0 && <label className={styles.check}><input type="checkbox" checked={past} onChange={() => setPast(!past)} />Show {over} that {over === 1 ? 'is' : 'are'} past</label>}
      </div>
      <Table list={past ? list.data : open} />
      {making && <NewInvitation onClose={() => setMaking(false)} />}
    </section>
  )
}

function Table({ list }: { list: Invitation[] }) {
  const { org } = usePlace()
  const zone = useZone()
  const queries = useQueryClient()
  const revoke = useMutation<void, ApiError, Invitation>({
    mutationFn: ({ id }) => revokeInvitation(org, id),
    onSuccess: () => notify('The invitation is revoked'),
    onSettled: () => queries.invalidateQueries({ queryKey: keyOf(org) }),
  })
  if (list.length === 0) return <p className={styles.none}>No invitation is open.</p>
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Open invitations">
      {revoke.error && <ErrorBox error={revoke.error} />}
      <table className={styles.table}>
        <thead><tr><th>For</th><th>Role</th><th>Made</th><th>Until</th><th><span className="unseen">Revoke</span></th></tr></thead>
        <tbody>
          {list.map((one) => (
            <tr key={one.id} data-past={!one.open}>
              <td className={styles.grow}>{one.description || <span className={styles.dim}>whoever has the link</span>}</td>
              <td>{one.role}</td>
              <td><Moment at={one.created_at} zone={zone} relative /> by {one.created_by_name}</td>
              <td><Until invitation={one} zone={zone} /></td>
              <td>{one.open && <button type="button" className={styles.button} disabled={revoke.isPending} aria-label={`Revoke the invitation for ${one.description || one.role}`} onClick={() => revoke.mutate(one)}>Revoke</button>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Until({ invitation: { claimed_at: claimed, revoked_at: revoked, expires_at: expires }, zone }: { invitation: Invitation; zone: string }) {
  if (claimed) return <>used <Moment at={claimed} zone={zone} relative /></>
  if (revoked) return <>revoked <Moment at={revoked} zone={zone} relative /></>
  return <Moment at={expires} zone={zone} />
}

const lives: [string, number][] = [['in a day', 1], ['in 3 days', 3], ['in 7 days', 7], ['in 30 days', 30]]

/** Makes an invitation and shows its link, once. */
function NewInvitation({ onClose }: { onClose: () => void }) {
  const { org } = usePlace()
  const queries = useQueryClient()
  const [role, setRole] = useState<Role>('member')
  const [note, setNote] = useState('')
  const [days, setDays] = useState(7)
  const make = useMutation<Invitation & { invite_url: string }, ApiError>({
    mutationFn: () => invite(org, role, note.trim(), formatUTC(now() + days * 86_400_000_000)),
    onSuccess: () => queries.invalidateQueries({ queryKey: keyOf(org) }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <Dialog label="Invite somebody" onClose={onClose}>
      {(close) => (make.data ? <Made invitation={make.data} close={close} /> : (
        <form className={styles.form} onSubmit={submit}>
          <h2>Invite somebody to {org}</h2>
          <label><span>Who it is for</span><input autoFocus maxLength={200} value={note} placeholder="Ana of the shop" onChange={(event) => setNote(event.target.value)} /></label>
          <fieldset className={styles.roles}>
            <legend>Role</legend>
            {roles.map((one) => (
              <label key={one}><input type="radio" name="role" checked={role === one} onChange={() => setRole(one)} /><span><b>{one}</b><small>may {may[one]}</small></span></label>
            ))}
          </fieldset>
          <label><span>It ends</span><select value={days} onChange={(event) => setDays(Number(event.target.value))}>{lives.map(([label, n]) => <option key={n} value={n}>{label}</option>)}</select></label>
          {make.error && <ErrorBox error={make.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} onClick={close}>Cancel</button>
            <button type="submit" className={styles.primary} disabled={make.isPending}>Make the link</button>
          </div>
        </form>
      ))}
    </Dialog>
  )
}

function Made({ invitation, close }: { invitation: Invitation & { invite_url: string }; close: () => void }) {
  const zone = useZone()
  return (
    <div className={styles.form}>
      <h2>Send this link{invitation.description && ` to ${invitation.description}`}</h2>
      <p>Whoever opens it first becomes {invitation.role}, until <Moment at={invitation.expires_at} zone={zone} />. It is shown this once, and Hearth sends it to nobody.</p>
      <div className={styles.secret}><code aria-label="Link">{invitation.invite_url}</code><Copy text={invitation.invite_url} label="Copy" title="Copy the link" /></div>
      <div className={styles.actions}><button type="button" className={styles.primary} onClick={close}>Done</button></div>
    </div>
  )
}
