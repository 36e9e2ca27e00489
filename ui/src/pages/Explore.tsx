import { getRouteApi, useNavigate, useRouterState } from '@tanstack/react-router'
import { Bell, ChevronDown, PanelLeft, Play, Plus, Square, Star, WandSparkles, X } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore, type MouseEvent, type RefObject } from 'react'
import { useKeys } from '../lib/keys'
import { clock, day, formatUTC, now, offset, range } from '../lib/time'
import { useMay, usePageHref, usePlace, useZone } from '../place'
import { TimePicker } from '../shell/TimePicker'
import { AddToBoard } from '../boards/AddToBoard'
import { panelOfResult } from '../boards/fromExplore'
import { limitOf, limits, placed, statementOf, type ExploreSearch } from '../explore/address'
import type { EditorHandle, Problem } from '../sql/Editor'
import { Recent } from '../sql/kept'
import { useCatalogue, useCompletion, type Scope } from '../sql/known'
import { parametersOf } from '../sql/parameters'
import { wordsOf } from '../sql/problem'
import { Result } from '../explore/Result'
import { dropRunner, runnerOf, type Asked, type Runner, type RunState } from '../explore/run'
import { SchemaPanel, type Run } from '../explore/SchemaPanel'
import { beside, changed, closed, KeptTabs, opened, shown, type Tab, type Tabs } from '../explore/tabs'
import type { SavedSearch } from '../api/searches'
import { addressOf } from '../saved/saved'
import { SavedList } from '../saved/SavedList'
import { SaveForm } from '../saved/SaveForm'
import { Go } from '../ui/Go'
import { Choice, Popover } from '../ui/Menu'
import type { LiveSearch } from '../search'
import styles from '../explore/Explore.module.css'

const Editor = lazy(async () => ({ default: (await import('../sql/Editor')).Editor }))
const route = getRouteApi('/$org/$project/explore')
const saveButton = 'save-statement'
const wholeStatement = { statement: true } as const

/** Asks the records in SQL. */
export function Explore() {
  const { org, project } = usePlace()
  return <ExploreOf key={`${org}/${project}`} org={org} project={project} />
}

function ExploreOf({ org, project }: { org: string; project: string }) {
  const search = route.useSearch()
  const may = useMay('member')
  const zone = useZone()
  const change = useAddress()
  const statement = statementOf(search, useRouterState({ select: (state) => state.location.hash }))
  const kept = useMemo(() => ({ place: `${org}/${project}`, tabs: new KeptTabs(`${org}/${project}`), history: new Recent<Run>(`hearth.history.${org}/${project}`, 500) }), [org, project])
  const tabs = kept.tabs.use()
  const tab = tabs.list.find((t) => t.id === tabs.active)!
  const runner = runnerOf(kept.place, tab.id)
  const state = useSyncExternalStore(runner.subscribe, runner.get)
  const editor = useRef<EditorHandle>(null)
  const pane = useRef<HTMLDivElement>(null)
  const [panel, setPanel] = useState(() => window.innerWidth > 900)
  const [missing, setMissing] = useState<string[]>([])

  const ask = useCallback(async (text: string, from = 0, to = text.length) => {
    const values = kept.tabs.get().list.find((t) => t.id === tab.id)?.values ?? {}
    const asked: Asked = { project, text, from, to, values, time: search, environment: search.env, zone, limit: limitOf(search.limit) }
    const ended = await runner.run(asked)
    if (ended.asked !== asked || ended.phase === 'cancelled') return
    kept.history.add({ text: text.slice(from, to), at: Date.now(), ...(ended.phase === 'done' ? { rows: ended.answer?.rows.length ?? 0 } : {}) })
  }, [kept, tab.id, runner, project, search.last, search.since, search.until, search.env, search.limit, zone])
  useStatement({ statement, kept, runner, state, ask, key: [search.last, search.since, search.until, search.env, search.limit, zone].join(' ') })

  const run = () => {
    const { sql, values } = kept.tabs.get().list.find((t) => t.id === tab.id)! // this page may not have been drawn since the last letter
    const selected = editor.current?.selection()
    const [from, to] = selected ? [selected.from, selected.from + selected.text.length] : [0, sql.length]
    const text = sql.slice(from, to)
    const without = parametersOf(text).filter((name) => (values[name] ?? '') === '')
    setMissing(without)
    if (text.trim() === '' || without.length > 0) return
    if (selected) return void ask(sql, from, to)
    kept.tabs.set(changed(kept.tabs.get(), tab.id, { ran: text }))
    if (text === statement) void ask(text)
    else change({}, text)
  }
  const go = (next: Tabs) => {
    kept.tabs.set(next)
    change({ chart: undefined }, next.list.find((t) => t.id === next.active)!.ran ?? '')
    editor.current?.focus()
  }
  const close = (id: string) => {
    dropRunner(kept.place, id)
    const next = closed(tabs, id)
    return next.active === tabs.active ? kept.tabs.set(next) : go(next)
  }
  const format = async () => {
    const { pretty } = await import('../explore/pretty')
    const text = pretty(kept.tabs.get().list.find((t) => t.id === tab.id)!.sql)
    if (text !== undefined) editor.current?.replace(text)
  }
  const open = (sql: string) => go(opened(kept.tabs.get(), sql))
  const openSaved = (saved: SavedSearch, event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    const next = shown(kept.tabs.get(), saved.query)
    kept.tabs.set(changed(next, next.active, { sql: saved.query, ran: saved.query, name: saved.name }))
    change({ chart: undefined, view: undefined, ...addressOf('explore', saved.address) }, saved.query)
  }
  const save = () => document.getElementById(saveButton)?.click()
  const stop = () => {
    if (runner.get().phase !== 'running') return false
    runner.cancel()
    return true
  }
  const other = () => (editor.current?.hasFocus() ? pane.current : editor.current)?.focus()
  const taken = (act: () => void) => () => (act(), true)
  const step = (by: number) => go(beside(kept.tabs.get(), by))
  const keys = {
    'Mod-Enter': taken(run), 'Mod-s': taken(save), 'Mod-Shift-Enter': taken(() => open('')), 'Shift-Alt-f': taken(() => void format()), F6: taken(other), Escape: stop,
    ...(/Mac/.test(navigator.platform) ? {} : { 'Alt-ArrowLeft': taken(() => step(-1)), 'Alt-ArrowRight': taken(() => step(1)) }), // on a Mac they go by words
  }
  useKeys('Explore', [
    { keys: ['Mod+Enter'], label: 'Run the statement, or what is selected', run: (event) => (event.shiftKey ? open('') : run()) },
    { keys: ['Mod+s'], label: 'Save the statement', run: save },
    { keys: ['Mod+Shift+Enter'], label: 'New tab', run: () => open('') },
    { keys: ['Alt+ArrowLeft', 'Alt+ArrowRight'], label: 'Tab before, next tab', run: (event) => step(event.key === 'ArrowLeft' ? -1 : 1) },
    { keys: ['F6'], label: 'Between editor and result', run: other },
    { keys: ['Escape'], label: 'Cancel what runs', run: () => void stop() },
    { keys: ['/'], label: 'To the editor', run: () => editor.current?.focus() },
  ])

  const rangeName = [search.last, search.since, search.until].join(' ')
  const scope: Scope = { project, environment: search.env, rangeName, range: useCallback(() => (search.last === 'all' ? { since: 0 } : range(search, now())), [rangeName]) }
  const catalogue = useCatalogue(scope, true)
  const complete = useCompletion(scope, catalogue, wholeStatement)
  const problem = useProblem(state, tab)
  return (
    <div className={styles.page}>
      <div className={styles.bar}>
        <button type="button" className={styles.icon} title="Schema and history" aria-pressed={panel} onClick={() => setPanel(!panel)}><PanelLeft size={16} /></button>
        <TabBar tabs={tabs} onSelect={(id) => go({ ...tabs, active: id })} onClose={close} onNew={() => open('')} onName={(id, name) => kept.tabs.set(changed(tabs, id, { name }))} />
        <TimePicker />
        <LimitPicker limit={limitOf(search.limit)} onLimit={(limit) => change({ limit: String(limit) })} />
        <button type="button" className={styles.tool} title="Format (Alt Shift F)" onClick={() => void format()}><WandSparkles size={14} />Format</button>
        <Popover kind="dialog" title="Save the statement (Ctrl S)" align="end" className={styles.tool} layerClassName={styles.save} buttonId={saveButton} label={<><Star size={14} />Save</>}>
          {(close) => (tab.sql.trim() === '' ? <p>There is nothing to save yet.</p> : <SaveForm kind="explore" query={tab.sql} search={search} onSaved={close} />)}
        </Popover>
        {state.phase === 'running'
          ? <button type="button" className={styles.run} title="Cancel (Esc)" onClick={stop}><Square size={13} />Cancel</button>
          : <button type="button" className={styles.run} title="Run (Ctrl ↵)" onClick={run}><Play size={13} />Run</button>}
      </div>
      <div className={styles.split}>
        {panel && <SchemaPanel catalogue={catalogue} history={kept.history} onInsert={(text) => editor.current?.insert(text)} onOpen={open} saved={<SavedList kind="explore" query={tab.sql} onOpen={openSaved} />} />}
        <div className={styles.main}>
          <div className={styles.editing}>
            <RangeLine search={search} zone={zone} onChange={change} />
            <Suspense fallback={<pre className={styles.waiting}>{tab.sql}</pre>}>
              <Editor
                key={tab.id} className={styles.editor} value={tab.sql} mode={wholeStatement} complete={complete} keys={keys} label="SQL" autoFocus handle={editor} problem={problem}
                placeholder="SELECT service_name, count(*) FROM records GROUP BY 1" onChange={(sql) => kept.tabs.set(changed(kept.tabs.get(), tab.id, { sql }))}
              />
            </Suspense>
            <Parameters tab={tab} missing={missing} onValue={(name, value) => kept.tabs.set(changed(kept.tabs.get(), tab.id, { values: { ...tab.values, [name]: value } }))} onRun={run} />
          </div>
          <Result
            key={tab.id} state={state} view={search.view ?? 'table'} onView={(view) => change({ view: view === 'table' ? undefined : view }, undefined, true)} chart={search.chart ?? ''}
            onChart={(chart) => change({ chart }, undefined, true)} onZoom={(since, until) => change({ last: undefined, since: formatUTC(since), until: formatUTC(until) })}
            onRun={run} place={{ org, project }} zone={zone} tab={tab.name} pane={pane}
            actions={may && (
              <>
                <AddToBoard className={styles.tool} panel={() => panelOfResult(tab.name, state, search.view ?? 'table', search.chart ?? '')} />
                <AlertLink className={styles.tool} sql={state.asked?.text.slice(state.asked.from, state.asked.to) ?? ''} />
              </>
            )}
          />
        </div>
      </div>
    </div>
  )
}

/** An alert that asks what was asked. */
function AlertLink({ sql, className }: { sql: string; className: string | undefined }) {
  const pageHref = usePageHref()
  const { sql: short, hash } = placed(sql)
  return <Go className={className} href={`${pageHref('/alerts/new', { sql: short } as LiveSearch)}${hash && `#${hash}`}`}><Bell size={14} />Create alert</Go>
}

/** Changes what the address holds; sql is the statement, which stays when it is missing. */
function useAddress(): (changes: ExploreSearch, sql?: string, replace?: boolean) => void {
  const navigate = useNavigate()
  return useCallback((changes, sql, replace = false) => {
    const at = sql === undefined ? undefined : placed(sql)
    void navigate({
      to: '.', replace, hash: at ? at.hash : true,
      search: (old: ExploreSearch) => ({ ...old, ...changes, ...(at ? { sql: at.sql } : {}) }),
    } as Parameters<typeof navigate>[0])
  }, [navigate])
}

/**
 * Follows the address: the statement that it names is shown in a tab and runs; so does what changes its answer. On
 * another tab, or on the way back to the page, an answer that is there already is not asked for again.
 */
function useStatement(s: { statement: string | undefined; kept: { tabs: KeptTabs }; runner: Runner; state: RunState; ask: (text: string) => Promise<void>; key: string }): void {
  const { statement, kept } = s
  const first = useRef(true)
  const ran = useRef(new WeakMap<Runner, string>())
  useEffect(() => {
    if (statement === undefined) return
    const tabs = kept.tabs.get()
    const tab = tabs.list.find((t) => t.id === tabs.active)!
    let next = tabs
    if (tab.ran !== statement) next = first.current ? shown(tabs, statement) : changed(tabs, tab.id, { sql: statement })
    kept.tabs.set(changed(next, next.active, { ran: statement }))
    first.current = false
  }, [statement])
  useEffect(() => {
    const tab = kept.tabs.get().list.find((t) => t.id === kept.tabs.get().active)!
    if (statement === undefined || tab.ran !== statement) return
    const asked = s.runner.get().asked
    const same = asked && asked.text === statement && ran.current.get(s.runner) === s.key
    if (same || parametersOf(statement).some((name) => (tab.values[name] ?? '') === '')) return
    ran.current.set(s.runner, s.key)
    void s.ask(statement)
  }, [statement, s.runner, s.key])
}

/** The error in the editor, as long as the text is the one that failed. */
function useProblem(state: RunState, tab: Tab): Problem | undefined {
  const { error, place, asked } = state
  const failed = state.phase === 'failed' && asked?.text === tab.sql
  return useMemo(() => (failed && error && place !== undefined ? { place, ...wordsOf(error) } : undefined), [failed, error, place])
}

function TabBar({ tabs, onSelect, onClose, onNew, onName }: { tabs: Tabs; onSelect: (id: string) => void; onClose: (id: string) => void; onNew: () => void; onName: (id: string, name: string) => void }) {
  const [naming, setNaming] = useState<string>()
  return (
    <div className={styles.tabs}>
      <div className={styles.tablist} role="tablist" aria-label="Queries">
        {tabs.list.map((tab) => (
          <span key={tab.id} className={styles.tab} data-active={tab.id === tabs.active}>
            {naming === tab.id
              ? <TabName name={tab.name} onDone={(name) => { setNaming(undefined); if (name) onName(tab.id, name) }} />
              : (
                <button
                  type="button" role="tab" aria-selected={tab.id === tabs.active} title={`${tab.name} · double-click to name it, Delete to close it`}
                  onClick={() => tab.id !== tabs.active && onSelect(tab.id)} onDoubleClick={() => setNaming(tab.id)} onKeyDown={(event) => event.key === 'Delete' && onClose(tab.id)}
                >
                  {tab.name}
                </button>
              )}
            {/* A list of tabs may hold nothing else: from the keyboard a tab is closed with Delete. */}
            <button type="button" className={styles.close} title={`Close ${tab.name}`} aria-hidden="true" tabIndex={-1} onClick={() => onClose(tab.id)}><X size={12} /></button>
          </span>
        ))}
      </div>
      <button type="button" className={styles.icon} title="New tab (Ctrl Shift ↵)" onClick={onNew}><Plus size={15} /></button>
    </div>
  )
}

function TabName({ name, onDone }: { name: string; onDone: (name: string) => void }) {
  const [text, setText] = useState(name)
  return (
    <input
      className={styles.naming} value={text} autoFocus aria-label="Name of the tab" maxLength={60} onChange={(event) => setText(event.target.value)} onBlur={() => onDone(text.trim())}
      onKeyDown={(event) => (event.key === 'Enter' ? onDone(text.trim()) : event.key === 'Escape' && onDone(''))}
    />
  )
}

function LimitPicker({ limit, onLimit }: { limit: number; onLimit: (limit: number) => void }) {
  return (
    <Popover label={<>Limit {limit.toLocaleString('en')}<ChevronDown size={13} /></>} title="The most rows" align="end">
      {(close) => limits.map((n) => <Choice key={n} checked={n === limit} onChoose={() => { close(); onLimit(n) }}>{n.toLocaleString('en')} rows</Choice>)}
    </Popover>
  )
}

/** The time range that the server adds to the statement. That there is none has to be chosen. */
function RangeLine({ search, zone, onChange }: { search: ExploreSearch; zone: string; onChange: (changes: ExploreSearch) => void }) {
  const none = search.last === 'all' && !search.since && !search.until
  const at = range(search, now())
  const said = (us: number) => `${day(us, zone)} ${clock(us, zone).slice(0, 8)}`
  return (
    <div className={styles.range}>
      <code>{none ? '-- no time range: every record of the project is read' : `-- from ${said(at.since)} to ${at.until === undefined ? 'now' : said(at.until)} ${offset(at.since, zone)}`}</code>
      {none
        ? <button type="button" onClick={() => onChange({ last: undefined })}>Last hour</button>
        : <button type="button" onClick={() => onChange({ last: 'all', since: undefined, until: undefined })}>No time range</button>}
    </div>
  )
}

/** A field for each $name of the statement. */
function Parameters({ tab, missing, onValue, onRun }: { tab: Tab; missing: string[]; onValue: (name: string, value: string) => void; onRun: () => void }) {
  const names = useMemo(() => parametersOf(tab.sql), [tab.sql])
  const first = useRef<HTMLInputElement>(null) as RefObject<HTMLInputElement | null>
  useEffect(() => {
    if (missing.length > 0) first.current?.focus()
  }, [missing])
  if (names.length === 0) return null
  return (
    <form className={styles.parameters} aria-label="Parameters" onSubmit={(event) => { event.preventDefault(); onRun() }}>
      {names.map((name) => (
        <label key={name}>
          <code>${name}</code>
          <input ref={name === missing[0] ? first : null} value={tab.values[name] ?? ''} aria-invalid={missing.includes(name)} placeholder="a value" spellCheck={false} onChange={(event) => onValue(name, event.target.value)} />
        </label>
      ))}
      {missing.length > 0 && <span role="alert" className={styles.wrong}>{missing.map((name) => `$${name}`).join(', ')} {missing.length === 1 ? 'has' : 'have'} no value.</span>}
      <button type="submit" hidden>Run</button>
    </form>
  )
}
