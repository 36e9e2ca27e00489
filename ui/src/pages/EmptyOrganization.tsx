import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ApiError } from '../api/client'
import { deleteOrganization } from '../api/organizations'
import door from '../shell/Door.module.css'
import { Dialog } from '../ui/Dialog'
import { ErrorBox } from '../ui/State'
import styles from './settings/settings.module.css'

/** What else an admin may do with an organisation that has no project: end it. */
export function EmptyOrganization({ name }: { name: string }) {
  const [asked, setAsked] = useState(false)
  return (
    <>
      <p className={door.small}>
        Nobody needs {name} any more? <button type="button" className={door.link} onClick={() => setAsked(true)}>Delete the organisation</button>
      </p>
      {asked && <Question name={name} onClose={() => setAsked(false)} />}
    </>
  )
}

function Question({ name, onClose }: { name: string; onClose: () => void }) {
  const end = useMutation<void, ApiError>({ mutationFn: () => deleteOrganization(name), onSuccess: () => location.replace('/') })
  return (
    <Dialog label="Delete the organisation" onClose={onClose}>
      {(close) => (
        <div className={styles.form}>
          <h2>Delete {name}?</h2>
          <p>Its members leave it, and keep their accounts. Its channels, invitations and API keys go for good.</p>
          {end.error && <ErrorBox error={end.error} />}
          <div className={styles.actions}>
            <button type="button" className={styles.button} autoFocus onClick={close}>Keep it</button>
            <button type="button" className={styles.danger} disabled={end.isPending || end.isSuccess} onClick={() => end.mutate()}>Delete it</button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
