import { Star } from 'lucide-react'
import type { SearchKind } from '../api/searches'
import type { Recent } from '../sql/kept'
import { Go } from '../ui/Go'
import { Popover } from '../ui/Menu'
import { usePlace } from '../place'
import { hrefOf } from './saved'
import { SavedList } from './SavedList'
import { SaveForm } from './SaveForm'
import styles from './Saved.module.css'

/** How many recent ones are shown; ↑ in the box brings all. */
const mostRecent = 8

/** Saves what is typed, and opens what was: the saved searches, and the latest of this browser. */
export function SavedMenu({ kind, query, search, recent, className, buttonId }: { kind: SearchKind; query: string; search: object; recent: Recent<{ text: string }>; className?: string | undefined; buttonId: string }) {
  return (
    <Popover kind="dialog" title="Saved searches (s)" align="end" className={className} layerClassName={styles.layer} buttonId={buttonId} label={<Star size={15} />}>
      {(close) => (
        <>
          {query.trim() !== '' && <SaveForm kind={kind} query={query} search={search} onSaved={close} />}
          <h3>Saved</h3>
          <SavedList kind={kind} query={query} onOpen={close} />
          <RecentList kind={kind} recent={recent} onOpen={close} />
        </>
      )}
    </Popover>
  )
}

function RecentList({ kind, recent, onOpen }: { kind: SearchKind; recent: Recent<{ text: string }>; onOpen: () => void }) {
  const place = usePlace()
  const list = recent.use().slice(0, mostRecent)
  if (list.length === 0) return null
  return (
    <>
      <h3>Recent, in this browser</h3>
      <ul className={styles.list}>
        {list.map(({ text }) => <li key={text} className={styles.line}><Go className={styles.open} href={hrefOf(place, { kind, query: text, address: {} })} onClick={onOpen} title={text}><code>{text}</code></Go></li>)}
      </ul>
      <button type="button" className={styles.clear} onClick={() => recent.clear()}>Forget the recent ones</button>
    </>
  )
}
