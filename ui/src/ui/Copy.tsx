import { Check, Copy as CopyIcon } from 'lucide-react'
import { useState } from 'react'
import { notify, showByHand } from './notices'
import styles from './ui.module.css'

/**
 * Puts text on the clipboard and tells whether it is there. Pages over plain HTTP have no clipboard, only the old way;
 * where that fails too, the text is shown in a box, selected.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    if (copyOldWay(text)) return true
  }
  showByHand(text)
  return false
}

/** For menus and keys, which are gone or unseen when the text is copied. */
export async function copyAndSay(text: string, said = 'Copied'): Promise<void> {
  if (await copyText(text)) notify(said)
}

function copyOldWay(text: string): boolean {
  const focused = document.activeElement
  const box = document.createElement('textarea')
  box.value = text
  box.className = 'unseen'
  // Outside of an open dialog nothing can be selected.
  const dialogs = document.querySelectorAll('dialog[open]')
  ;(dialogs.item(dialogs.length - 1) ?? document.body).append(box)
  box.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    box.remove()
    if (focused instanceof HTMLElement) focused.focus()
  }
}

/** A button that copies, and says so for a second. */
export function Copy(props: { text: string | (() => string); title?: string; label?: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    if (!(await copyText(typeof props.text === 'string' ? props.text : props.text()))) return
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
