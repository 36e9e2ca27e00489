import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useOutside } from '../api/door'
import { useEntry } from '../place'
import { Login } from './Login'
import styles from './Door.module.css'

/** Stands over a page whose server no longer lets it in. What was open and typed stays as it was. */
export function LoggedOut() {
  return useOutside() ? <Over /> : null
}

function Over() {
  const { person } = useEntry()
  const router = useRouter()
  const queries = useQueryClient()
  const dialog = useRef<HTMLDialogElement>(null)
  const show = () => {
    if (dialog.current?.isConnected && !dialog.current.open) dialog.current.showModal()
  }
  useEffect(show, [])
  return (
    <dialog ref={dialog} className={styles.over} aria-labelledby="logged-out" onCancel={(event) => event.preventDefault()} onClose={show}>
      <div className={styles.inside}>
        <h1 id="logged-out">You are logged out</h1>
        <p className={styles.dim}>{person ? `The session of ${person.name} has ended.` : 'What opened this page no longer does.'} Log in, and go on where you were: the page stays as it is.</p>
        <Login
          onIn={(me) => {
            if (person && me?.user_id !== person.user_id) return location.reload() // what is open is somebody else's
            void queries.invalidateQueries()
            void router.invalidate()
          }}
        />
      </div>
    </dialog>
  )
}
