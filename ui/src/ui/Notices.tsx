import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Dialog } from './Dialog'
import { dismiss, showByHand, useShown, type Notice } from './notices'
import styles from './Notices.module.css'

const staysMs = 5000

/** Where notices and the box for copying by hand appear; once, around all pages. */
export function Notices() {
  const { notices, byHand } = useShown()
  return (
    <>
      <div className={styles.notices} role="status" aria-label="Notices">
        {notices.map((notice) => <Toast key={notice.id} notice={notice} />)}
      </div>
      {byHand !== undefined && <ByHand text={byHand} />}
    </>
  )
}

/** Goes after five seconds, unless one points at it or has the focus in it. */
function Toast({ notice }: { notice: Notice }) {
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (held) return
    const timer = setTimeout(() => dismiss(notice.id), staysMs)
    return () => clearTimeout(timer)
  }, [held, notice.id])
  const hold = () => setHeld(true)
  const release = () => setHeld(false)
  return (
    <div className={styles.notice} data-bad={notice.bad} onPointerEnter={hold} onPointerLeave={release} onFocus={hold} onBlur={release}>
      <span>{notice.text}</span>
      <button type="button" title="Close" aria-label={`Close: ${notice.text}`} onClick={() => dismiss(notice.id)}><X size={13} /></button>
    </div>
  )
}

function ByHand({ text }: { text: string }) {
  const box = useRef<HTMLTextAreaElement>(null)
  useEffect(() => box.current?.select(), [text])
  return (
    <Dialog label="Copy by hand" className={styles.byHand} onClose={() => showByHand(undefined)}>
      {(close) => (
        <>
          <p>This browser lets a page copy only over HTTPS. The text is selected: copy it with your keyboard.</p>
          <textarea ref={box} readOnly autoFocus aria-label="Text to copy" value={text} rows={Math.min(12, Math.max(3, text.split('\n').length))} />
          <button type="button" onClick={close}>Close</button>
        </>
      )}
    </Dialog>
  )
}
