import type { ReactNode } from 'react'
import styles from './Door.module.css'

/** A page on which somebody comes in: a card below the name of the place. */
export function Door({ wide = false, label, children }: { wide?: boolean; label?: string; children: ReactNode }) {
  return (
    <main className={styles.page}>
      <p className={styles.brand}><img src="/favicon.svg" width="20" height="20" alt="" /><b>Hearth</b><span>{location.host}</span></p>
      <section className={`${styles.card} ${wide ? styles.wide : ''}`} aria-label={label}>{children}</section>
    </main>
  )
}
