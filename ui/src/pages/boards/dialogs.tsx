import { useQuery } from '@tanstack/react-query'
import type { ApiError } from '../../api/client'
import type { Dashboard } from '../../api/dashboards'
import boards from '../../boards/boards.module.css'
import { dashboardsQuery, useProjectId } from '../../boards/queries'
import { useNow } from '../../lib/store'
import { ago, parseTimestamp } from '../../lib/time'
import { usePlace } from '../../place'
import { Dialog } from '../../ui/Dialog'
import type { Editing } from './useEditing'
import styles from './pages.module.css'

/** Somebody else has saved since this was opened. */
export function ConflictDialog({ slug, editing }: { slug: string; editing: Editing }) {
  const { project } = usePlace()
  const id = useProjectId()
  const list = useQuery<Dashboard[], ApiError>({ ...dashboardsQuery(project, id), staleTime: 0 })
  const theirs = list.data?.find((one) => one.dashboard_slug === slug)
  const present = useNow(1000) * 1000
  const { save } = editing
  return (
    <Dialog label="Somebody else has saved" onClose={() => save.reset()}>
      {() => (
        <div className={styles.form}>
          <h2>Changed by {theirs?.updated_by_name || 'somebody else'}{theirs && ` ${ago(parseTimestamp(theirs.updated_at), present)}`}</h2>
          <p className={styles.dim}>What you have changed was not saved: this dashboard is no longer the one that you opened.</p>
          <div className={styles.actions}>
            <button type="button" className={boards.button} onClick={() => save.reset()}>Go on editing</button>
            <button type="button" className={boards.button} onClick={() => void editing.reload()}>Reload, without my changes</button>
            <button type="button" className={boards.danger} disabled={save.isPending} onClick={() => save.mutate({ over: true })}>Overwrite</button>
            <button type="button" className={boards.primary} disabled={save.isPending} onClick={() => save.mutate({ copy: true })}>Save mine as a copy</button>
          </div>
        </div>
      )}
    </Dialog>
  )
}

/** Asks before changes are lost. */
export function LeaveDialog({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) {
  return (
    <Dialog label="Leave without saving" onClose={onStay}>
      {(close) => (
        <div className={styles.form}>
          <h2>Leave without saving?</h2>
          <p className={styles.dim}>The changes to this dashboard are lost.</p>
          <div className={styles.actions}>
            <button type="button" className={boards.button} autoFocus onClick={close}>Stay</button>
            <button type="button" className={boards.danger} onClick={onLeave}>Leave</button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
