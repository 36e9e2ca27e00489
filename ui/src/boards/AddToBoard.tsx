import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ChevronDown, LayoutDashboard } from 'lucide-react'
import type { ApiError } from '../api/client'
import { usePageHref } from '../place'
import type { LiveSearch } from '../search'
import { Action, Popover } from '../ui/Menu'
import type { NewPanel } from './newPanel'
import { dashboardsQuery, useProjectId } from './queries'
import type { Dashboard } from '../api/dashboards'
import styles from './boards.module.css'

/**
 * Adds a panel to a dashboard that one chooses, or to a new one. The dashboard opens with the panel at its end, not saved
 * yet. panel is asked for when the menu opens.
 */
export function AddToBoard({ panel, className }: { panel: () => NewPanel; className?: string | undefined }) {
  return (
    <Popover label={<><LayoutDashboard size={14} />Add to dashboard<ChevronDown size={12} /></>} title="Add to a dashboard" align="end" className={className}>
      {(close) => <Choices panel={panel()} close={close} />}
    </Popover>
  )
}

function Choices({ panel, close }: { panel: NewPanel; close: () => void }) {
  const { project } = useParams({ from: '/$org/$project' })
  const id = useProjectId()
  const list = useQuery<Dashboard[], ApiError>(dashboardsQuery(project, id))
  const pageHref = usePageHref()
  const add = { add: JSON.stringify(panel) } as LiveSearch
  const own = (list.data ?? []).filter((one) => !one.builtin)
  return (
    <>
      <Action href={pageHref('/dashboards/new', add)} onChoose={close}>New dashboard</Action>
      {own.map((one) => <Action key={one.id} href={pageHref(`/dashboards/${one.dashboard_slug}`, add)} onChoose={close}>{one.dashboard_name}</Action>)}
      {list.error && <p className={styles.menuNote} role="alert">{list.error.message}</p>}
    </>
  )
}
