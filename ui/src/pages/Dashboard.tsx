import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Plus, Redo2, Undo2 } from 'lucide-react'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { ApiError } from '../api/client'
import { choosing, variablesIn, type BoardSearch } from '../boards/address'
import { ScopeContext, useVariables, type Scope } from '../boards/data'
import { added, emptyBoard, panelsOf, renamed, titleOf, type Panel } from '../boards/definition'
import { Groups, panelAt } from '../boards/Groups'
import { panelOf, readNewPanel } from '../boards/newPanel'
import { PanelFrame } from '../boards/PanelFrame'
import { dashboardQuery, useProjectId, type Opened } from '../boards/queries'
import { durationMs, lastOf } from '../boards/resolution'
import { VariablesBar } from '../boards/VariablesBar'
import { useKeys } from '../lib/keys'
import { formatUTC, now, range } from '../lib/time'
import { useMay, usePlace, useZone } from '../place'
import { Gate } from '../shell/Gate'
import { TimePicker } from '../shell/TimePicker'
import { notify } from '../ui/notices'
import { ErrorBox, Loading } from '../ui/State'
import boards from '../boards/boards.module.css'
import { BoardMenu, DuplicateButton, RefreshPicker, ResolutionPicker, TitlePicker } from './boards/Bar'
import { ConflictDialog, LeaveDialog } from './boards/dialogs'
import { PanelEditor } from './boards/PanelEditor'
import { SettingsDialog } from './boards/SettingsDialog'
import { useEditing, type Editing } from './boards/useEditing'
import styles from './boards/pages.module.css'

const route = getRouteApi('/$org/$project/dashboards/$slug')

/** One dashboard. */
export function Dashboard() {
  const { slug } = route.useParams()
  return slug === 'new' ? <New /> : <Existing key={slug} slug={slug} />
}

function New() {
  return useMay('member') ? <BoardView key="new" opened={unsaved} isNew /> : <div className={styles.listPage}><header className={styles.listHead}><h1>New dashboard</h1></header><Gate>{null}</Gate></div>
}

const unsaved: Opened = {
  id: '', project_id: '', created_at: '', updated_at: '', created_by_name: null, updated_by_name: null, dashboard_name: 'New dashboard', dashboard_slug: 'new', version: 0, panels: 0, builtin: false,
  definition: emptyBoard('New dashboard'),
}

function Existing({ slug }: { slug: string }) {
  const { project } = usePlace()
  const id = useProjectId()
  const found = useQuery<Opened, ApiError>(dashboardQuery(project, id, slug))
  if (found.error) return <div className={styles.listPage}><ErrorBox error={found.error.status === 404 ? new Error(`This project has no dashboard ${slug}.`) : found.error} onRetry={() => void found.refetch()} /></div>
  return found.data ? <BoardView opened={found.data} isNew={false} /> : <Loading />
}

/** Changes what the address holds. */
function useAddress(): (changes: BoardSearch, replace?: boolean) => void {
  const navigate = useNavigate()
  return useCallback((changes, replace = false) => void navigate({ to: '.', replace, search: (old: BoardSearch) => ({ ...old, ...changes }) } as Parameters<typeof navigate>[0]), [navigate])
}

function BoardView({ opened, isNew }: { opened: Opened; isNew: boolean }) {
  const search = route.useSearch()
  const change = useAddress()
  const may = useMay('member')
  const editing = useEditing(opened, isNew)
  const { board } = editing
  const { scope, refresh } = useBoardScope(opened, search, editing)
  const states = useVariables(scope, board.spec.variables ?? [])
  const [dialog, setDialog] = useState<'settings' | { panel: string | undefined; group?: number }>()
  const full = search.panel !== undefined && panelsOf(board)[search.panel] ? search.panel : undefined
  const edit = () => (opened.builtin ? notify(`${titleOf(board)} comes with Hearth. Duplicate it to change it.`) : editing.start())
  const save = () => editing.save.mutate({})
  const fill = (panel: string | undefined) => change({ panel })
  useHandedOver(search, editing, change)
  useKiosk(search.kiosk === '1')
  useBoardKeys({ edit: may ? edit : undefined, refresh, editing, save, fill, full, kiosk: () => change({ kiosk: search.kiosk === '1' ? undefined : '1' }, true) })
  return (
    <ScopeContext value={scope}>
      <div className={styles.page}>
        <div className={styles.bar} id="board-bar">
          {editing.editing ? <NameField name={titleOf(board)} onName={(name) => editing.change(renamed(board, name))} /> : <TitlePicker opened={opened} title={titleOf(board)} />}
          <VariablesBar states={states} onChoose={(name, text) => change(choosing(name, text))} />
          <span className={boards.space} />
          <TimePicker />
          <RefreshPicker search={search} board={board} onRefresh={refresh} onChange={change} />
          <ResolutionPicker search={search} onChange={change} />
          {may && !editing.editing && !opened.builtin && <button type="button" className={boards.button} title="Edit (e)" onClick={edit}>Edit</button>}
          {opened.builtin && may && <DuplicateButton title={titleOf(board)} board={board} />}
          <BoardMenu opened={opened} board={board} isNew={isNew} editing={editing} onSettings={() => setDialog('settings')} onKiosk={() => change({ kiosk: '1' }, true)} />
        </div>
        {editing.editing && <EditBar editing={editing} isNew={isNew} onSave={save} onAdd={() => setDialog({ panel: undefined })} onSettings={() => setDialog('settings')} />}
        {editing.save.error && !editing.conflict && <ErrorBox title="Not saved." error={editing.save.error} />}
        <div className={styles.body} data-scrolls>
          {full
            ? <div className={styles.full}><PanelFrame panel={panelsOf(board)[full]!} full actions={{ onFull: () => fill(undefined) }} /></div>
            : <Groups board={board} editing={editing.editing} onChange={editing.change} onFull={fill} onEdit={editing.editing ? (panel) => setDialog({ panel }) : undefined} onAdd={(group) => setDialog({ panel: undefined, group })} />}
          {!full && Object.keys(panelsOf(board)).length === 0 && <Empty editing={editing.editing} onAdd={() => setDialog({ panel: undefined })} onEdit={may && !opened.builtin ? edit : undefined} />}
        </div>
        {dialog === 'settings' && <SettingsDialog board={board} onChange={editing.change} onClose={() => setDialog(undefined)} />}
        {typeof dialog === 'object' && <PanelEditor board={board} panelKey={dialog.panel} onDone={(panel) => editing.change(withEdited(board, dialog.panel, panel, dialog.group))} onClose={() => setDialog(undefined)} />}
        {editing.conflict && <ConflictDialog slug={opened.dashboard_slug} editing={editing} />}
        {editing.guard.status === 'blocked' && <LeaveDialog onStay={() => editing.guard.reset?.()} onLeave={() => editing.guard.proceed?.()} />}
      </div>
    </ScopeContext>
  )
}

function withEdited(board: Opened['definition'], key: string | undefined, panel: Panel, group: number | undefined): Opened['definition'] {
  return key === undefined ? added(board, panel, group).board : { ...board, spec: { ...board.spec, panels: { ...board.spec.panels, [key]: panel } } }
}

/** What all panels share; and a way to ask again. Both ends of the range are known, so that equal questions are equal. */
function useBoardScope(opened: Opened, search: BoardSearch, editing: Editing): { scope: Scope; refresh: () => void } {
  const { org, project } = usePlace()
  const zone = useZone()
  const change = useAddress()
  const queries = useQueryClient()
  const { duration, refreshInterval, variables } = editing.board.spec
  const own = lastOf(duration)
  const named = search.last ?? search.since ?? search.until
  useEffect(() => {
    if (named === undefined && own !== undefined && own !== '1h') change({ last: own }, true)
  }, [named, own])
  const last = search.last === 'all' ? undefined : (search.last ?? (named === undefined ? own : undefined))
  const [turn, setTurn] = useState(0)
  const shown = useMemo(() => {
    const present = now()
    const { since, until } = range({ last, since: search.since, until: search.until }, present)
    return { since, until: until ?? present }
  }, [turn, last, search.since, search.until])
  const refresh = useCallback(() => {
    setTurn((n) => n + 1)
    if (search.until) void queries.invalidateQueries({ queryKey: ['panel', project] })
  }, [search.until, queries, project])
  useRepeated(durationMs(search.refresh ?? refreshInterval), refresh)
  const vars = JSON.stringify(variablesIn(search))
  const scope = useMemo((): Scope => {
    const chosen = new Map(JSON.parse(vars) as [string, string][])
    return {
      org, project, slug: opened.dashboard_slug, ...shown, environment: search.env, zone, resolution: search.res, variables: variables ?? [],
      address: (name) => chosen.get(name), onZoom: (since, until) => change({ last: undefined, since: formatUTC(since), until: formatUTC(until) }),
    }
  }, [org, project, opened.dashboard_slug, shown, search.env, zone, search.res, variables, vars, change])
  return { scope, refresh }
}

/** Does something again and again while somebody can see it; once when they can see it again. */
function useRepeated(ms: number, act: () => void): void {
  useEffect(() => {
    if (ms === 0) return
    let missed = false
    const tick = () => {
      if (document.hidden) missed = true
      else act()
    }
    const seen = () => {
      if (document.hidden || !missed) return
      missed = false
      act()
    }
    const timer = setInterval(tick, ms)
    document.addEventListener('visibilitychange', seen)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [ms, act])
}

/** Puts a panel that the address hands over at the end of the dashboard. */
function useHandedOver(search: BoardSearch, editing: Editing, change: (changes: BoardSearch, replace?: boolean) => void): void {
  const { add } = search
  useEffect(() => {
    const given = readNewPanel(add)
    if (add !== undefined) change({ add: undefined }, true)
    if (!given) return
    const { board, key } = added(editing.board, panelOf(given))
    editing.change(board)
    requestAnimationFrame(() => document.querySelector(`[data-panel="${CSS.escape(key)}"]`)?.scrollIntoView({ block: 'center' }))
  }, [add])
}

/** Takes the app's frame away. */
function useKiosk(on: boolean): void {
  useEffect(() => {
    if (!on) return
    document.documentElement.dataset['kiosk'] = ''
    return () => {
      delete document.documentElement.dataset['kiosk']
    }
  }, [on])
}

interface KeyUses {
  edit: (() => void) | undefined
  refresh: () => void
  editing: Editing
  save: () => void
  fill: (panel: string | undefined) => void
  full: string | undefined
  kiosk: () => void
}

function useBoardKeys({ edit, refresh, editing, save, fill, full, kiosk }: KeyUses): void {
  const fillOne = () => (full ? fill(undefined) : fill(panelAt() ?? undefined))
  useKeys('Dashboard', [
    ...(edit ? [{ keys: ['e'], label: 'Edit', run: edit }] : []),
    { keys: ['r'], label: 'Ask again', run: refresh },
    { keys: ['f'], label: 'Let the panel fill the page', run: fillOne },
    { keys: ['d'], label: 'To the variables', run: () => document.querySelector<HTMLElement>('#board-bar input, #board-bar button[aria-haspopup=dialog]')?.focus() },
    { keys: ['k'], label: 'Without the frame, for a screen on a wall', run: kiosk },
    ...(full ? [{ keys: ['Escape'], label: 'Back to the dashboard', run: () => fill(undefined) }] : []),
    ...(editing.editing
      ? [
          { keys: ['Mod+z'], label: 'Undo', run: editing.undo },
          { keys: ['Mod+Z', 'Mod+y'], label: 'Redo', run: editing.redo },
          { keys: ['Mod+s'], label: 'Save', run: save },
        ]
      : []),
  ])
}

function NameField({ name, onName }: { name: string; onName: (name: string) => void }) {
  const [text, setText] = useState(name)
  useEffect(() => setText(name), [name])
  const done = () => (text.trim() === '' ? setText(name) : text.trim() !== name && onName(text.trim()))
  return <input className={styles.titleInput} value={text} aria-label="Name of the dashboard" onChange={(event) => setText(event.target.value)} onBlur={done} onKeyDown={(event) => event.key === 'Enter' && done()} />
}

function EditBar({ editing, isNew, onSave, onAdd, onSettings }: { editing: Editing; isNew: boolean; onSave: () => void; onAdd: () => void; onSettings: () => void }) {
  return (
    <div className={styles.note} role="group" aria-label="Editing">
      <span>{editing.dirty ? 'Not saved yet' : isNew ? 'A new dashboard' : 'Editing'}</span>
      <button type="button" className={boards.tool} title="Undo (Ctrl Z)" disabled={!editing.canUndo} onClick={editing.undo}><Undo2 size={15} /></button>
      <button type="button" className={boards.tool} title="Redo (Ctrl Shift Z)" disabled={!editing.canRedo} onClick={editing.redo}><Redo2 size={15} /></button>
      <button type="button" className={boards.button} onClick={onAdd}><Plus size={14} />Add panel</button>
      <button type="button" className={boards.button} onClick={onSettings}>Variables and settings</button>
      {!isNew && <button type="button" className={boards.button} onClick={editing.discard}>{editing.dirty ? 'Discard' : 'Done'}</button>}
      <button type="button" className={boards.primary} disabled={(!editing.dirty && !isNew) || editing.save.isPending} onClick={onSave}>{editing.save.isPending ? 'Saving …' : 'Save'}</button>
    </div>
  )
}

function Empty({ editing, onAdd, onEdit }: { editing: boolean; onAdd: () => void; onEdit: (() => void) | undefined }) {
  return (
    <div className={styles.empty}>
      <p>This dashboard has no panels yet.</p>
      {editing ? <button type="button" className={boards.primary} onClick={onAdd}><Plus size={14} />Add panel</button> : onEdit && <button type="button" className={boards.primary} onClick={onEdit}>Edit</button>}
    </div>
  )
}
