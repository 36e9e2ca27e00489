import type { Alert } from '../api/alerts'
import { Dialog } from '../ui/Dialog'
import { notify } from '../ui/notices'
import { ErrorBox } from '../ui/State'
import { useDo } from './data'
import styles from './Alerts.module.css'

/** Asks before alerts go, with all that they did. */
export function DeleteAlerts({ alerts, onClose, onDone }: { alerts: readonly Alert[]; onClose: () => void; onDone?: () => void }) {
  const act = useDo()
  const what = alerts.length === 1 ? alerts[0]!.name : `${alerts.length} alerts`
  const drop = (close: () => void) => act.mutate(alerts.map(({ id }) => ({ do: 'delete', id })), { onSuccess: () => { notify(`${what} ${alerts.length === 1 ? 'is' : 'are'} deleted`); close(); onDone?.() } })
  return (
    <Dialog label="Delete alerts" onClose={onClose}>
      {(close) => (
        <div className={styles.dialog}>
          <h2>Delete {what}?</h2>
          <p>What they did goes with them. Switched off, they would stay and do nothing.</p>
          {act.error && <ErrorBox error={act.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} autoFocus onClick={close}>Keep</button>
            <button type="button" className={styles.danger} disabled={act.isPending} onClick={() => drop(close)}>Delete</button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
