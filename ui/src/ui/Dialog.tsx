import { useEffect, useRef, type ReactNode } from 'react'
import styles from './Dialog.module.css'

/** A modal dialog for as long as it is mounted. The browser keeps the focus in it, closes it on Esc, and gives the focus back. */
export function Dialog(props: { label: string; onClose: () => void; className?: string | undefined; children: (close: () => void) => ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const close = () => dialog.current?.close()
  useEffect(() => {
    const element = dialog.current
    if (element && !element.open) element.showModal()
  }, [])
  return (
    <dialog ref={dialog} className={`${styles.dialog} ${props.className ?? ''}`} aria-label={props.label} onClose={props.onClose} onPointerDown={(event) => event.target === dialog.current && close()}>
      <div className={styles.inside}>{props.children(close)}</div>
    </dialog>
  )
}
