import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Ellipsis, FileJson, Plus, Star } from 'lucide-react'
import { useState } from 'react'
import type { ApiError } from '../api/client'
import { dashboard, deleteDashboard, type Dashboard } from '../api/dashboards'
import { readDefinition } from '../boards/definition'
import { dashboardsQuery, useProjectId } from '../boards/queries'
import { create, download, textOf, toggleStar, useStarred } from '../boards/store'
import { useMay, usePageHref, usePlace, useZone } from '../place'
import { Dialog } from '../ui/Dialog'
import { Go } from '../ui/Go'
import { Action, Popover } from '../ui/Menu'
import { Moment } from '../ui/Moment'
import { notify } from '../ui/notices'
import { ErrorBox, Loading } from '../ui/State'
import { ImportDialog } from './boards/ImportDialog'
import boards from '../boards/boards.module.css'
import styles from './boards/pages.module.css'

/** The dashboards of a project: its own, then those that come with Hearth. */
export function Dashboards() {
  const { project } = usePlace()
  const id = useProjectId()
  const list = useQuery<Dashboard[], ApiError>(dashboardsQuery(project, id))
  const pageHref = usePageHref()
  const may = useMay('member')
  const [dialog, setDialog] = useState<'import' | Dashboard>()
  return (
    <div className={styles.listPage}>
      <header className={styles.listHead}>
        <h1>Dashboards</h1>
        <span className={boards.space} />
        {may && (
          <>
            <button type="button" className={boards.button} onClick={() => setDialog('import')}><FileJson size={14} />Import JSON</button>
            <Go className={`${boards.primary} ${styles.link}`} href={pageHref('/dashboards/new')}><Plus size={14} />New dashboard</Go>
          </>
        )}
      </header>
      {list.error && <ErrorBox error={list.error} onRetry={() => void list.refetch()} />}
      {!list.data ? !list.error && <Loading /> : <Table list={list.data} onDelete={setDialog} />}
      {dialog === 'import' && <ImportDialog onClose={() => setDialog(undefined)} />}
      {dialog && dialog !== 'import' && <DeleteDialog dashboard={dialog} onClose={() => setDialog(undefined)} />}
    </div>
  )
}

function Table({ list, onDelete }: { list: Dashboard[]; onDelete: (dashboard: Dashboard) => void }) {
  const starred = useStarred()
  const zone = useZone()
  const pageHref = usePageHref()
  const rank = (one: Dashboard) => (starred.has(one.id) ? 0 : one.builtin ? 2 : 1)
  const sorted = list.toSorted((a, b) => rank(a) - rank(b) || a.dashboard_name.localeCompare(b.dashboard_name))
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <thead><tr><th><span className="unseen">Marked</span></th><th>Name</th><th data-number="true">Panels</th><th>Updated</th><th>By</th><th><span className="unseen">Menu</span></th></tr></thead>
        <tbody>
          {sorted.map((one) => (
            <tr key={one.id}>
              <td><StarButton id={one.id} name={one.dashboard_name} /></td>
              <th scope="row"><Go href={pageHref(`/dashboards/${one.dashboard_slug}`)}>{one.dashboard_name}</Go>{' '}{one.builtin && <span className={styles.mark}>comes with Hearth</span>}</th>
              <td data-number="true">{one.panels}</td>
              <td className={styles.dim}>{!one.builtin && <Moment at={one.updated_at} zone={zone} relative />}</td>
              <td className={styles.dim}>{!one.builtin && one.updated_by_name}</td>
              <td><RowMenu dashboard={one} onDelete={() => onDelete(one)} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Marks a dashboard, in this browser. */
export function StarButton({ id, name }: { id: string; name: string }) {
  const on = useStarred().has(id)
  return <button type="button" className={styles.star} aria-pressed={on} title={on ? `Take the mark off ${name}` : `Mark ${name}`} onClick={() => toggleStar(id)}><Star size={15} fill={on ? 'currentColor' : 'none'} /></button>
}

function RowMenu({ dashboard: one, onDelete }: { dashboard: Dashboard; onDelete: () => void }) {
  const project = useProjectId()
  const duplicate = useDuplicate()
  const may = useMay('member')
  const read = async () => readDefinition((await dashboard(project, one.dashboard_slug, new AbortController().signal)).dashboard)
  const failed = (error: Error) => notify(error.message, true)
  return (
    <Popover label={<Ellipsis size={15} />} title={`Menu of ${one.dashboard_name}`} align="end" className={boards.tool}>
      {(close) => (
        <>
          {may && <Action onChoose={() => { close(); void read().then((definition) => duplicate.mutateAsync({ name: `${one.dashboard_name} copy`, definition })).catch(failed) }}>Duplicate</Action>}
          <Action onChoose={() => { close(); void read().then((definition) => download(`${one.dashboard_slug}.json`, textOf(definition))).catch(failed) }}>Download JSON</Action>
          {may && !one.builtin && <Action onChoose={() => { close(); onDelete() }}>Delete …</Action>}
        </>
      )}
    </Popover>
  )
}

/** Makes a dashboard of a definition and opens it. */
export function useDuplicate() {
  const project = useProjectId()
  const place = usePlace()
  const navigate = useNavigate()
  const queries = useQueryClient()
  return useMutation<Dashboard, ApiError, { name: string; definition: Parameters<typeof create>[2] }>({
    mutationFn: ({ name, definition }) => create(project, name, definition),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['dashboards', place.project] })
      await navigate({ to: '/$org/$project/dashboards/$slug', params: { ...place, slug: made.dashboard_slug } })
    },
  })
}

export function DeleteDialog({ dashboard: one, onClose, onDeleted }: { dashboard: Dashboard; onClose: () => void; onDeleted?: () => void }) {
  const project = useProjectId()
  const { project: name } = usePlace()
  const queries = useQueryClient()
  const remove = useMutation<void, ApiError>({
    mutationFn: () => deleteDashboard(project, one.dashboard_slug),
    onSuccess: () => {
      queries.removeQueries({ queryKey: ['dashboard', name, one.dashboard_slug] })
      void queries.invalidateQueries({ queryKey: ['dashboards', name] })
      onDeleted?.()
      onClose()
    },
  })
  return (
    <Dialog label="Delete the dashboard" onClose={onClose}>
      {(close) => (
        <div className={styles.form}>
          <h2>Delete {one.dashboard_name}?</h2>
          <p className={styles.dim}>Its {one.panels} {one.panels === 1 ? 'panel is' : 'panels are'} gone for everybody. The records that it shows stay.</p>
          {remove.error && <ErrorBox error={remove.error} />}
          <div className={styles.actions}>
            <button type="button" className={boards.button} onClick={close}>Cancel</button>
            <button type="button" className={boards.danger} disabled={remove.isPending} onClick={() => remove.mutate()}>Delete</button>
          </div>
        </div>
      )}
    </Dialog>
  )
}
