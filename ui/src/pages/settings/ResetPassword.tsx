import { useMutation } from '@tanstack/react-query'
import type { ApiError } from '../../api/client'
import { makeReset, type Member, type PasswordReset } from '../../api/people'
import { usePlace, useZone } from '../../place'
import { Copy } from '../../ui/Copy'
import { Dialog } from '../../ui/Dialog'
import { Moment } from '../../ui/Moment'
import { ErrorBox } from '../../ui/State'
import styles from './settings.module.css'

type Made = PasswordReset & { reset_url: string }

/** Makes a link with which a member sets a password, and shows it, once. */
export function ResetPassword({ member, onClose }: { member: Member; onClose: () => void }) {
  const { org } = usePlace()
  const make = useMutation<Made, ApiError>({ mutationFn: () => makeReset(org, member.user_id) })
  return (
    <Dialog label="Reset the password" onClose={onClose}>
      {(close) => (make.data ? <Link made={make.data} close={close} /> : (
        <div className={styles.form}>
          <h2>Reset the password of {member.name}?</h2>
          <p>You get a link to send to {member.email}. Until they use it, everything stays as it is; then they choose a password, and are logged out everywhere else. A link that was made before ends.</p>
          {make.error && <ErrorBox error={make.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} onClick={close}>Cancel</button>
            <button type="button" className={styles.primary} autoFocus disabled={make.isPending} onClick={() => make.mutate()}>Make the link</button>
          </div>
        </div>
      ))}
    </Dialog>
  )
}

function Link({ made, close }: { made: Made; close: () => void }) {
  const zone = useZone()
  return (
    <div className={styles.form}>
      <h2>Send this link to {made.name}</h2>
      <p>Whoever opens it first chooses the password of {made.email}, until <Moment at={made.expires_at} zone={zone} />. Make sure that it reaches them alone: it is shown this once, and Hearth sends it to nobody.</p>
      <div className={styles.secret}><code aria-label="Link">{made.reset_url}</code><Copy text={made.reset_url} label="Copy" title="Copy the link" /></div>
      <div className={styles.actions}><button type="button" className={styles.primary} onClick={close}>Done</button></div>
    </div>
  )
}
