import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { CornerDownLeft, FolderOpen, GitBranch, Keyboard, LayoutDashboard, Search, Star } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { ApiError } from '../api/client'
import { dashboardsQuery, useProjectId } from '../boards/queries'
import { keyGroups, type Binding } from '../lib/keys'
import { matching, pastedId } from '../lib/match'
import { applyTheme, theme } from '../lib/store'
import { usePageHref, usePlace } from '../place'
import { hrefOf } from '../saved/saved'
import { useSaved } from '../saved/useSaved'
import { Dialog } from '../ui/Dialog'
import { SearchList, type Item } from '../ui/SearchList'
import { traceOf } from './find'
import { keyName } from './KeyHelp'
import { pages } from './pages'
import { useProjects } from './projects'
import { useSettingsPages } from './settingsPages'
import { themes } from './theme'
import styles from './Shell.module.css'

/** A thing that can be done from the palette. */
interface Command extends Item {
  /** What typing is compared with. */
  words: string
  /** Resolves to what went wrong, where the palette has to stay open to say it. */
  run: () => void | Promise<string | undefined>
}

/** Type to jump: pages, projects, everything that has a key, and ids that are pasted. */
export function Palette({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label="Search or jump" className={styles.palette} onClose={onClose}>
      {(close) => <Inside close={close} />}
    </Dialog>
  )
}

function Inside({ close }: { close: () => void }) {
  const [text, setText] = useState('')
  const [said, setSaid] = useState('')
  const [busy, setBusy] = useState(false)
  const commands = useCommands()
  const pasted = usePasted(text)
  const found = pasted.length > 0 ? pasted : matching(commands, text, (command) => command.words)
  const choose = async (command: Command) => {
    const result = command.run()
    if (!(result instanceof Promise)) return close()
    setBusy(true)
    const problem = await result.finally(() => setBusy(false))
    if (problem) setSaid(problem)
    else close()
  }
  return (
    <>
      <SearchList
        label="Search or jump" placeholder="A page, a project, a command, or an id of a trace or span" text={text}
        onText={(typed) => { setText(typed); setSaid('') }} items={grouped(found, text)} empty="Nothing is called so." onChoose={(command) => void choose(command)}
      />
      {(said || busy) && <p className={styles.said} role="alert">{busy ? 'Looking …' : said}</p>}
    </>
  )
}

/** Groups stand together while nothing is typed; then the best answer comes first, whatever it is. */
function grouped(commands: Command[], text: string): Command[] {
  return text.trim() ? commands.map(({ group, ...command }) => ({ ...command, hint: command.hint ?? group })) : commands
}

function useCommands(): Command[] {
  const router = useRouter()
  const pageHref = usePageHref()
  const list = useProjects()
  const settingsPages = useSettingsPages()
  const { org, project } = usePlace()
  const saved = useSaved()
  const dashboards = useQuery(dashboardsQuery(project, useProjectId()))
  const [bindings] = useState(() => keyGroups().flatMap((group) => group.bindings.map((binding) => ({ group: group.name, binding }))))
  const go = (href: string) => () => router.history.push(href)
  const jump = [...pages.filter(({ path }) => path !== '/settings'), ...settingsPages.map(({ path, label, icon }) => ({ path: `/settings/${path}`, label: `Settings › ${label}`, icon, key: '' }))]
  return [
    ...jump.map(({ path, label, key, icon: Icon }): Command => ({
      id: `page ${path}`, group: 'Pages', label, words: label, icon: <Icon size={15} />, hint: key && <Kbd keys={key} />, run: go(pageHref(path)),
    })),
    ...(dashboards.data ?? []).map((one): Command => ({
      id: `dashboard ${one.id}`, group: 'Dashboards', label: one.dashboard_name, words: `${one.dashboard_name} dashboard`, icon: <LayoutDashboard size={15} />,
      run: go(pageHref(`/dashboards/${one.dashboard_slug}`)),
    })),
    ...(saved.data ?? []).map((search): Command => ({
      id: `search ${search.id}`, group: 'Saved searches', label: search.name, words: `${search.name} ${search.query}`, icon: <Star size={15} />,
      run: go(hrefOf({ org, project }, search)),
    })),
    ...(list.data ?? []).filter((p) => p.project_name !== project || p.organization_name !== org).map((p): Command => ({
      id: `project ${p.id}`, group: 'Projects', label: p.organization_name === org ? p.project_name : `${p.organization_name}/${p.project_name}`,
      words: `${p.project_name} ${p.organization_name} project`, icon: <FolderOpen size={15} />,
      run: () => location.assign(`/${p.organization_name}/${p.project_name}`),
    })),
    ...themes.map(({ name, label, icon: Icon }): Command => ({
      id: `theme ${name}`, group: 'Theme', label: `Theme: ${label.toLowerCase()}`, words: `theme ${label} ${name}`, icon: <Icon size={15} />, current: theme.get() === name,
      run: () => applyTheme(name),
    })),
    ...bindings.filter(({ binding }) => !binding.keys.some((key) => key.startsWith('g ') || key.startsWith('Mod+'))).map(({ group, binding }): Command => ({
      id: `key ${group} ${binding.label}`, group: 'Commands', label: binding.label, words: `${binding.label} ${group}`, icon: <Keyboard size={15} />,
      hint: <Kbd keys={binding.keys[0]!} />, run: () => press(binding),
    })),
  ]
}

/** Does what a key does, once the palette has gone and the focus is where it was. */
function press(binding: Binding): void {
  setTimeout(() => binding.run(new KeyboardEvent('keydown', { key: binding.keys[0]! })))
}

function Kbd({ keys }: { keys: string }): ReactNode {
  return keys.split(' ').map((key, i) => <kbd key={i}>{keyName(key)}</kbd>)
}

/** What an id that was pasted leads to. */
function usePasted(text: string): Command[] {
  const router = useRouter()
  const { project } = usePlace()
  const pageHref = usePageHref()
  const id = pastedId(text)
  if (!id) return []
  const open = (traceId: string, spanId?: string) => router.history.push(pageHref(`/trace/${traceId}`, { spanId }))
  if ('trace' in id) {
    return [{ id: 'trace', label: `Open trace ${id.trace}`, words: text, icon: <GitBranch size={15} />, hint: <CornerDownLeft size={13} />, run: () => open(id.trace, id.span) }]
  }
  const find = async (): Promise<string | undefined> => {
    try {
      const trace = await traceOf(project, id.span)
      if (!trace) return `No span of this project has the id ${id.span}.`
      open(trace, id.span)
    } catch (error) {
      return error instanceof ApiError ? error.message : String(error)
    }
  }
  return [{ id: 'span', label: `Find span ${id.span}`, words: text, icon: <Search size={15} />, hint: <CornerDownLeft size={13} />, run: find }]
}
