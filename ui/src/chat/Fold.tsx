import { ChevronDown, ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import styles from './Message.module.css'

/** A line that opens and closes what follows it. */
export function Fold({ open, onToggle, children }: { open: boolean; onToggle: () => void; children: ReactNode }) {
  return (
    <button type="button" className={styles.fold} aria-expanded={open} onClick={onToggle}>
      {open ? <ChevronDown size={13} /> : <ChevronRight size={13} />}{children}
    </button>
  )
}
