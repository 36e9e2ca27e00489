import { ArrowDown, ArrowUp } from 'lucide-react'
import { grouped } from '../../lib/numbers'
import type { Unread } from './unread'
import styles from './Live.module.css'

interface Props {
  unread: Unread
  newestFirst: boolean
  /** The reader is where what is new comes into view. */
  atEnd: boolean
  onOlder: () => void
  onNewest: () => void
}

/** What has arrived out of view, and the way there. */
export function Arrived({ unread, newestFirst, atEnd, onOlder, onNewest }: Props) {
  const [Older, Newer] = newestFirst ? [ArrowDown, ArrowUp] : [ArrowUp, ArrowDown]
  const [olderPlace, newerPlace] = newestFirst ? [styles.below, styles.above] : [styles.above, styles.below]
  return (
    <>
      {unread.older > 0 && <button type="button" className={`${styles.more} ${olderPlace}`} onClick={onOlder}>{grouped(unread.older)} older arrived<Older size={14} /></button>}
      {!atEnd && (
        <button type="button" className={`${styles.more} ${newerPlace} ${unread.errors ? styles.moreBad : ''}`} onClick={onNewest}>
          <Newer size={14} />{unread.newer > 0 ? `${grouped(unread.newer)} new` : 'Newest'}
        </button>
      )}
    </>
  )
}
