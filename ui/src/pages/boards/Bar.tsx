import { useQuery } from '@tanstack/react-query'
import { ChevronDown, Ellipsis, RotateCw, Timer } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import type { ApiError } from '../../api/client'
import type { Dashboard } from '../../api/dashboards'
import type { BoardSearch } from '../../boards/address'
import type { Definition } from '../../boards/definition'
import { titleOf } from '../../boards/definition'
import { dashboardsQuery, useProjectId, type Opened } from '../../boards/queries'
import { durationMs, refreshes, resolutions } from '../../boards/resolution'
import { download, textOf, useStarred } from '../../boards/store'
import { spanWords } from '../../lib/when'
import { useMay, usePageHref, usePlace } from '../../place'
import { copyAndSay } from '../../ui/Copy'
import { Action, Choice, Popover } from '../../ui/Menu'
import { notify } from '../../ui/notices'
import { DeleteDialog, StarButton, useDuplicate } from '../Dashboards'
import type { Editing } from './useEditing'
import styles from './pages.module.css'

/** The name of the dashboard, which leads to the others; and its mark. */
export function TitlePicker({ opened, title }: { opened: Opened; title: string }) {
  const { project } = usePlace()
  const id = useProjectId()
  const list = useQuery<Dashboard[], ApiError>(dashboardsQuery(project, id))
  const marked = useStarred()
  const pageHref = usePageHref()
  const others = (list.data ?? []).toSorted((a, b) => Number(marked.has(b.id)) - Number(marked.has(a.id)))
  return (
    <>
      <h1 className="unseen">{title}</h1>
      <Popover label={<><span>{title}</span><ChevronDown size={14} /></>} title="Dashboard" className={styles.title}>
        {(close) => (
          <>
            <Action href={pageHref('/dashboards')} onChoose={close}>All dashboards</Action>
            {others.filter((one) => one.id !== opened.id).map((one) => <Action key={one.id} href={pageHref(`/dashboards/${one.dashboard_slug}`)} onChoose={close} {...(marked.has(one.id) ? { hint: '★' } : {})}>{one.dashboard_name}</Action>)}
          </>
        )}
      </Popover>
      <StarButton id={opened.id} name={title} />
    </>
  )
}

interface Changing {
  search: BoardSearch
  onChange: (changes: BoardSearch, replace?: boolean) => void
}

/** Asks again now, or every so often. */
export function RefreshPicker({ search, board, onRefresh, onChange }: Changing & { board: Definition; onRefresh: () => void }) {
  const own = board.spec.refreshInterval ?? '0s'
  const every = search.refresh ?? own
  const words = (text: string) => (durationMs(text) === 0 ? 'Off' : `Every ${spanWords(text).replace(/^minute$/, '1 minute')}`)
  return (
    <span className={styles.pair}>
      <button type="button" className={styles.choice} title="Ask again (r)" onClick={onRefresh}><RotateCw size={14} /></button>
      <Popover label={<>{durationMs(every) > 0 && <span>{every}</span>}<ChevronDown size={12} /></>} title="How often panels ask again" className={styles.choice} align="end">
        {(close) => refreshes.map((one) => <Choice key={one} checked={durationMs(one) === durationMs(every)} onChoose={() => { close(); onChange({ refresh: durationMs(one) === durationMs(own) ? undefined : one }) }}>{words(one)}</Choice>)}
      </Popover>
    </span>
  )
}

/** How long buckets are: by the width of the panel, or pinned. */
export function ResolutionPicker({ search, onChange }: Changing) {
  return (
    <Popover label={<><Timer size={14} /><span>{search.res ?? 'auto'}</span><ChevronDown size={12} /></>} title="Length of buckets" className={styles.choice} align="end">
      {(close) => (
        <>
          <Choice checked={search.res === undefined} onChoose={() => { close(); onChange({ res: undefined }) }}>By the width of the panel</Choice>
          {resolutions.map((one) => <Choice key={one} checked={search.res === one} onChoose={() => { close(); onChange({ res: one }) }}>{one}</Choice>)}
        </>
      )}
    </Popover>
  )
}

/** What comes with Hearth is changed as a copy. */
export function DuplicateButton({ title, board }: { title: string; board: Definition }) {
  const duplicate = useDuplicate()
  const copy = () => void duplicate.mutateAsync({ name: `${title} copy`, definition: board }).catch((error: Error) => notify(error.message, true))
  return <button type="button" className={styles.choice} title="It comes with Hearth: a copy can be changed" disabled={duplicate.isPending} onClick={copy}>Duplicate</button>
}

interface MenuProps {
  opened: Opened
  board: Definition
  isNew: boolean
  editing: Editing
  onSettings: () => void
  onKiosk: () => void
}

export function BoardMenu({ opened, board, isNew, editing, onSettings, onKiosk }: MenuProps) {
  const place = usePlace()
  const navigate = useNavigate()
  const duplicate = useDuplicate()
  const may = useMay('member')
  const [deleting, setDeleting] = useState(false)
  const copy = () => void duplicate.mutateAsync({ name: `${titleOf(board)} copy`, definition: board }).catch((error: Error) => notify(error.message, true))
  return (
    <>
      <Popover label={<Ellipsis size={15} />} title="Menu of the dashboard" align="end" className={styles.choice}>
        {(close) => (
          <>
            {editing.editing && <Action onChoose={() => { close(); onSettings() }}>Variables and settings</Action>}
            {may && !isNew && <Action onChoose={() => { close(); copy() }}>Duplicate</Action>}
            <Action onChoose={() => { close(); download(`${opened.dashboard_slug}.json`, textOf(board)) }}>Download JSON</Action>
            <Action onChoose={() => { close(); void copyAndSay(textOf(board), 'Copied as JSON') }}>Copy JSON</Action>
            <Action hint="k" onChoose={() => { close(); onKiosk() }}>For a screen on a wall</Action>
            {may && !isNew && !opened.builtin && <Action onChoose={() => { close(); setDeleting(true) }}>Delete …</Action>}
          </>
        )}
      </Popover>
      {deleting && <DeleteDialog dashboard={opened} onClose={() => setDeleting(false)} onDeleted={() => { editing.leave(); void navigate({ to: '/$org/$project/dashboards', params: place }) }} />}
    </>
  )
}
