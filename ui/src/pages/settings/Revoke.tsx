import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ApiError } from '../../api/client'
import { grouped } from '../../lib/numbers'
import { useZone } from '../../place'
import { Dialog } from '../../ui/Dialog'
import { Moment } from '../../ui/Moment'
import { notify } from '../../ui/notices'
import { ErrorBox } from '../../ui/State'
import { nameOf, type Named } from './TokenTable'
import styles from './settings.module.css'

/** Asks whether a token shall stop working; queryKey is of the list that then changes. */
export function Revoke({ token, revoke: end, queryKey, onClose }: { token: Named; revoke: () => Promise<void>; queryKey: string[]; onClose: () => void }) {
  const queries = useQueryClient()
  const zone = useZone()
  const name = nameOf(token)
  const revoke = useMutation<void, ApiError>({
    mutationFn: end,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey })
      notify(`${name} is revoked`)
    },
  })
  return (
    <Dialog label="Revoke a token" onClose={onClose}>
      {(close) => (
        <div className={styles.form}>
          <h2>Revoke {name}?</h2>
          <p>
            Who uses it is refused from now on, for good.{' '}
            {token.last_used_at ? <>It was last used <Moment at={token.last_used_at} zone={zone} relative />{token.last_used_client && <> by {token.last_used_client}</>}.</> : 'It was never used.'}
          </p>
          {token.records_24h !== undefined && token.last_used_at && (
            <p>{token.records_24h > 0 ? <>It sent <b>{grouped(token.records_24h)} {token.records_24h === 1 ? 'record' : 'records'}</b> in the last 24 hours.</> : 'It sent nothing in the last 24 hours.'}</p>
          )}
          {revoke.error && <ErrorBox error={revoke.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} autoFocus onClick={close}>Keep it</button>
            <button type="button" className={styles.danger} disabled={revoke.isPending} onClick={() => revoke.mutate(undefined, { onSuccess: close })}>Revoke it</button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
