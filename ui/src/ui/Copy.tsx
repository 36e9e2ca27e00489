import { Check, Copy as CopyIcon } from 'lucide-react'
import { useState } from 'react'
import styles from './ui.module.css'

/** Puts text on the clipboard; pages over plain HTTP have only the old way. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text)
    return
  }
  const box = document.createElement('textarea')
  box.value = text
  document.body.append(box)
  box.select()
  document.execCommand('copy')
  box.remove()
}

/** A button that copies, and says so for a second. */
export function Copy(props: { text: string | (() => string); title?: string; label?: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await copyText(typeof props.text === 'string' ? props.text : props.text())
    setCopied(true)
    setTimeout(() => setCopied(false), 1000)
  }
  return (
    <button type="button" className={styles.copy} title={props.title ?? 'Copy'} onClick={(event) => { event.stopPropagation(); void copy() }}>
      {copied ? <Check size={13} /> : <CopyIcon size={13} />}
      {props.label && <span>{props.label}</span>}
      <span className="unseen" aria-live="polite">{copied ? 'Copied' : ''}</span>
    </button>
  )
}
