import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Outlet } from '@tanstack/react-router'
import { Activity, ChevronDown, CircleHelp, Clock, Link2, Monitor, Moon, Sun } from 'lucide-react'
import { useRef, useState } from 'react'
import { projects, query, type ApiError } from '../api/client'
import { keyGroups, useKeys } from '../lib/keys'
import { applyTheme, theme, useNow, type Theme } from '../lib/store'
import { browserZone, clock, formatUTC, now, offset, parseSpan, range } from '../lib/time'
import { useChange, useZone } from '../place'
import type { LiveSearch } from '../search'
import { copyText } from '../ui/Copy'
import { Choice, Popover } from '../ui/Menu'
import styles from './Shell.module.css'

const route = getRouteApi('/$org/$project')

/** What every page stands in. */
export function Shell() {
  const { org, project } = route.useParams()
  const help = useRef<HTMLDialogElement>(null)
  const [copied, setCopied] = useState(false)
  const search = route.useSearch()
  const copyLink = async () => {
    await copyText(absoluteLink(search))
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  useKeys('Everywhere', [
    { keys: ['?'], label: 'Show the keys', run: () => help.current?.showModal() },
    { keys: ['.'], label: 'Copy a link to what you see', run: () => void copyLink() },
    { keys: ['D'], label: 'Next theme', run: () => nextTheme() },
  ])
  return (
    <div className={styles.shell}>
      <header className={styles.bar}>
        <a className={styles.brand} href={`/${org}/${project}`} title="Hearth">
          <img src="/favicon.svg" width="20" height="20" alt="" />
          <span>Hearth</span>
        </a>
        <span className={styles.slash}>/</span>
        <ProjectPicker org={org} project={project} />
        <span className={styles.slash}>/</span>
        <EnvironmentPicker project={project} />
        <span className={styles.space} />
        {copied && <span className={styles.note} role="status">Link copied</span>}
        <button type="button" className={styles.quiet} title="Copy a link to what you see (.)" onClick={() => void copyLink()}><Link2 size={15} /></button>
        <ZoneClock />
        <ThemeSwitch />
        <button type="button" className={styles.quiet} title="Keys (?)" onClick={() => help.current?.showModal()}><CircleHelp size={15} /></button>
      </header>
      <nav className={styles.rail} aria-label="Pages">
        <a href={`/${org}/${project}`} className={styles.entry} aria-current="page" title="Live">
          <Activity size={18} />
          <span>Live</span>
        </a>
      </nav>
      <main className={styles.page}><Outlet /></main>
      <dialog ref={help} className={styles.dialog} aria-label="Keys" onClick={(event) => event.target === help.current && help.current?.close()}>
        <KeyHelp />
      </dialog>
    </div>
  )
}

/** The address with the time it shows now, so that it shows the same tomorrow. */
function absoluteLink(search: LiveSearch): string {
  const url = new URL(location.href)
  const { since, until } = range(search, now())
  url.searchParams.delete('last')
  url.searchParams.delete('live')
  url.searchParams.set('since', formatUTC(since))
  url.searchParams.set('until', formatUTC(until ?? now()))
  return url.href
}

function ProjectPicker({ org, project }: { org: string; project: string }) {
  const list = useQuery({ queryKey: ['projects'], queryFn: ({ signal }) => projects(signal), retry: false })
  const label = <><span className={styles.dim}>{org}</span><span className={styles.slash}>/</span><b>{project}</b><ChevronDown size={13} /></>
  return (
    <Popover label={label} title="Project" className={styles.picker}>
      {(close) => (list.data ?? [{ id: '', organization_name: org, project_name: project }]).map((p) => (
        <Choice key={p.id} checked={p.project_name === project} onChoose={() => { close(); location.assign(`/${p.organization_name}/${p.project_name}`) }}>
          {p.project_name}
        </Choice>
      ))}
    </Popover>
  )
}

function EnvironmentPicker({ project }: { project: string }) {
  const { env } = route.useSearch()
  const change = useChange()
  const list = useQuery<string[], ApiError>({
    queryKey: ['environments', project],
    queryFn: async ({ signal }) => {
      const rows = await query<{ name: string }>({
        project, signal, since: now() - parseSpan('7d')!, limit: 100,
        sql: 'SELECT DISTINCT deployment_environment AS name FROM records WHERE deployment_environment IS NOT NULL ORDER BY name LIMIT 100',
      })
      return rows.map((row) => row.name)
    },
  })
  const names = [...new Set([...(list.data ?? []), ...(env ? [env] : [])])]
  return (
    <Popover label={<>{env ?? <span className={styles.dim}>all envs</span>}<ChevronDown size={13} /></>} title="Environment" className={styles.picker}>
      {(close) => (
        <>
          <Choice checked={env === undefined} onChoose={() => { close(); change({ env: undefined }) }}>All environments</Choice>
          {names.map((name) => <Choice key={name} checked={env === name} onChoose={() => { close(); change({ env: name }) }}>{name}</Choice>)}
        </>
      )}
    </Popover>
  )
}

const presets: [string, string][] = [['5m', '5 minutes'], ['15m', '15 minutes'], ['1h', 'hour'], ['6h', '6 hours'], ['24h', '24 hours'], ['7d', '7 days'], ['30d', '30 days']]

/** Chooses the time range: a span that ends now, or two moments. */
export function TimePicker() {
  const search = route.useSearch()
  const zone = useZone()
  const change = useChange()
  const [text, setText] = useState('')
  const [wrong, setWrong] = useState(false)
  const choose = (last: string, close: () => void) => {
    close()
    change({ last, since: undefined, until: undefined, live: undefined })
  }
  const absolute = search.since ?? search.until
  const shown = range(search, now())
  const label = absolute
    ? `${clock(shown.since, zone).slice(0, 8)} – ${shown.until ? clock(shown.until, zone).slice(0, 8) : 'now'} ${offset(shown.since, zone)}`
    : `Last ${presets.find(([last]) => last === (search.last ?? '1h'))?.[1] ?? search.last}`
  return (
    <Popover label={<><Clock size={14} />{label}<ChevronDown size={13} /></>} title="Time range (t)" align="end">
      {(close) => (
        <>
          <form
            className={styles.typed}
            onSubmit={(event) => {
              event.preventDefault()
              const ok = parseSpan(text) !== undefined
              setWrong(!ok)
              if (ok) choose(text.replaceAll(' ', ''), close)
            }}
          >
            <input value={text} aria-invalid={wrong} placeholder="Type 45m, 2h, 3d …" aria-label="Span of time" onChange={(event) => setText(event.target.value)} />
            {wrong && <div className={styles.wrong} role="alert">A number and s, m, h, d or w.</div>}
          </form>
          {presets.map(([last, words]) => (
            <Choice key={last} checked={!absolute && (search.last ?? '1h') === last} hint={last} onChoose={() => choose(last, close)}>Last {words}</Choice>
          ))}
        </>
      )}
    </Popover>
  )
}

function ZoneClock() {
  const zone = useZone()
  const change = useChange()
  const at = useNow(1000) * 1000
  const own = browserZone()
  const label = <><span className={styles.clock}>{clock(at, zone).slice(0, 8)}</span><span className={styles.dim}>{offset(at, zone)}</span></>
  return (
    <Popover label={label} title={`Times are shown in ${zone}`} className={styles.picker} align="end">
      {(close) => (
        <>
          <Choice checked={zone === own} hint={offset(at, own)} onChoose={() => { close(); change({ tz: undefined }) }}>{own} (this browser)</Choice>
          {own !== 'UTC' && <Choice checked={zone === 'UTC'} onChoose={() => { close(); change({ tz: 'UTC' }) }}>UTC</Choice>}
          {['America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Tokyo'].filter((z) => z !== own).map((z) => (
            <Choice key={z} checked={zone === z} hint={offset(at, z)} onChoose={() => { close(); change({ tz: z }) }}>{z}</Choice>
          ))}
        </>
      )}
    </Popover>
  )
}

const themes: Theme[] = ['system', 'light', 'dark']
const themeIcons = { system: Monitor, light: Sun, dark: Moon }

function nextTheme(): void {
  applyTheme(themes[(themes.indexOf(theme.get()) + 1) % themes.length]!)
}

function ThemeSwitch() {
  const chosen = theme.use()
  const Icon = themeIcons[chosen] ?? Monitor
  return <button type="button" className={styles.quiet} title={`Theme: ${chosen} (Shift D)`} onClick={nextTheme}><Icon size={15} /></button>
}

const keyNames: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', 'Shift+ArrowRight': '⇧ →', Enter: '↵', Escape: 'Esc' }

function KeyHelp() {
  useNow(1000) // the list changes with the page
  return (
    <>
      <h2>Keys</h2>
      <div className={styles.keys}>
        {keyGroups().map((group) => (
          <section key={group.name}>
            <h3>{group.name}</h3>
            <dl>
              {group.bindings.map((binding) => (
                <div key={binding.label}>
                  <dt>{binding.keys.map((key) => <kbd key={key}>{keyNames[key] ?? (key === 'D' ? '⇧ D' : key)}</kbd>)}</dt>
                  <dd>{binding.label}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </>
  )
}
