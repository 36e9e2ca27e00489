import type { State } from '../live/state'
import styles from './Waterfall.module.css'

/** The sign of a span that has not ended. */
export function StateGlyph({ state }: { state: State }) {
  const unfinished = state === 'unfinished'
  return (
    <svg className={`${styles.state} ${styles[state]}`} viewBox="0 0 12 12" width="12" height="12" role="img" aria-label={state} fill="none" stroke="currentColor" strokeWidth="1.4">
      <circle cx="6" cy="6" r="4.6" />
      {unfinished ? <path d="M2.400 9.600 9.600 2.400" /> : <path d="M6 1.400a4.600 4.600 0 0 1 0 9.200Z" fill="currentColor" stroke="none" />}
    </svg>
  )
}
