import { getRouteApi, Outlet, useLocation, useRouter } from '@tanstack/react-router'
import { CircleHelp, Link2, Monitor, PanelLeftClose, PanelLeftOpen, Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useKeys } from '../lib/keys'
import { railPinned, theme } from '../lib/store'
import { usePageHref, usePlace } from '../place'
import { useAlerts } from '../alerts/data'
import { Account } from '../shell/Account'
import { Banners } from '../shell/Banners'
import { KeyHelp } from '../shell/KeyHelp'
import { absoluteLink } from '../shell/link'
import { LoggedOut } from '../shell/LoggedOut'
import { pageOf, pages } from '../shell/pages'
import { Palette } from '../shell/Palette'
import { EnvironmentPicker, ProjectPicker } from '../shell/pickers'
import styles from '../shell/Shell.module.css'
import { nextTheme, themes } from '../shell/theme'
import { ZonePicker } from '../shell/ZonePicker'
import { copyAndSay } from '../ui/Copy'
import { Go } from '../ui/Go'
import { Action, Popover } from '../ui/Menu'
import { Notices } from '../ui/Notices'
import { Boundary, useSlow } from '../ui/State'

const route = getRouteApi('/$org/$project')

/** What every page stands in. */
export function Shell() {
  const [open, setOpen] = useState<'keys' | 'palette'>()
  const address = useLocation({ select: (location) => location.pathname })
  const pinned = railPinned.use() === 'yes'
  useShellKeys(setOpen)
  useRolesOfNow(address)
  const close = () => setOpen(undefined)
  return (
    <div className={styles.shell} data-pinned={pinned}>
      <a className={styles.skip} href="#page" onClick={(event) => { event.preventDefault(); document.getElementById('page')?.focus() }}>Skip to the page</a>
      <Bar openPalette={() => setOpen('palette')} openKeys={() => setOpen('keys')} />
      <Rail pinned={pinned} />
      <main id="page" tabIndex={-1} className={styles.page}>
        <Banners />
        <Boundary of={address}><Outlet /></Boundary>
      </main>
      {open === 'keys' && <KeyHelp onClose={close} />}
      {open === 'palette' && <Palette onClose={close} />}
      <Notices />
      <LoggedOut />
    </div>
  )
}

/** Who goes to another page is looked at anew: their role may be another by now. */
function useRolesOfNow(address: string): void {
  const router = useRouter()
  const shown = useRef(address)
  useEffect(() => {
    if (shown.current !== address) void router.invalidate({ filter: (match) => match.routeId === route.id })
    shown.current = address
  }, [router, address])
}

function useShellKeys(open: (what: 'keys' | 'palette') => void): void {
  const router = useRouter()
  const pageHref = usePageHref()
  const search = route.useSearch()
  useKeys('Everywhere', [
    { keys: ['Mod+k'], label: 'Search or jump', run: () => open('palette') },
    ...pages.map(({ path, label, key }) => ({ keys: [key], label, run: () => router.history.push(pageHref(path)) })),
    { keys: ['.'], label: 'Copy a link to what you see', run: () => void copyAndSay(absoluteLink(location.href, search), 'Link copied') },
    { keys: ['D'], label: 'Next theme', run: nextTheme },
    { keys: ['\\'], label: 'Pin the names of the pages', run: () => railPinned.set(railPinned.get() === 'yes' ? 'no' : 'yes') },
    { keys: ['?'], label: 'Show the keys', run: () => open('keys') },
  ], 'shell')
}

function Bar({ openPalette, openKeys }: { openPalette: () => void; openKeys: () => void }) {
  const { org, project } = usePlace()
  return (
    <header className={styles.bar}>
      <Go className={styles.brand} href={`/${org}/${project}`} title="Hearth">
        <img src="/favicon.svg" width="20" height="20" alt="" />
        <span>Hearth</span>
      </Go>
      <span className={styles.slash}>/</span>
      <ProjectPicker />
      <span className={styles.slash}>/</span>
      <EnvironmentPicker />
      <span className={styles.space} />
      <button type="button" className={styles.jump} title="Search or jump" onClick={openPalette}><Search size={14} /><span>Search or jump …</span><kbd>{/Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘ K' : 'Ctrl K'}</kbd></button>
      <CopyLink />
      <ZonePicker />
      <ThemeSwitch />
      <button type="button" className={`${styles.quiet} ${styles.wide}`} title="Keys (?)" onClick={openKeys}><CircleHelp size={15} /></button>
      <Account />
    </header>
  )
}

function Rail({ pinned }: { pinned: boolean }) {
  const { org, project } = usePlace()
  const pageHref = usePageHref()
  const below = useLocation({ select: (location) => location.pathname }).slice(`/${org}/${project}`.length).replace(/\/$/, '')
  const here = pageOf(below)
  return (
    <nav className={styles.rail} aria-label="Pages">
      {pages.map((page) => (
        <Go key={page.path} href={pageHref(page.path)} className={styles.entry} aria-current={page === here ? 'page' : undefined} title={`${page.label} (${page.key})`}>
          <page.icon size={18} />
          <span>{pinned ? page.label : (page.short ?? page.label)}</span>
          {page.path === '/alerts' && <FiringCount />}
        </Go>
      ))}
      <button type="button" className={styles.pin} aria-pressed={pinned} title={`${pinned ? 'Fold' : 'Pin'} the names of the pages (\\)`} onClick={() => railPinned.set(pinned ? 'no' : 'yes')}>
        {pinned ? <PanelLeftClose size={16} /> : <PanelLeftOpen size={16} />}
      </button>
    </nav>
  )
}

const countEveryMs = 30_000
const firstCountMs = 3000

/** How many alerts fire. It is asked for when the page has come to rest. */
function FiringCount() {
  const rested = useSlow(true, firstCountMs)
  const alerts = useAlerts(rested, countEveryMs)
  const firing = alerts.data?.filter(({ state }) => state === 'firing').length ?? 0
  return firing > 0 ? <b className={styles.count} title={`${firing} ${firing === 1 ? 'alert fires' : 'alerts fire'}`}>{firing}</b> : null
}

/** A link holds the time that is shown now, so that it shows the same tomorrow; or, if one wishes, what is new then. */
function CopyLink() {
  const search = route.useSearch()
  return (
    <Popover title="Copy a link to what you see (.)" className={`${styles.quiet} ${styles.wide}`} align="end" label={<Link2 size={15} />}>
      {(close) => (
        <>
          <Action hint="." onChoose={() => { close(); void copyAndSay(absoluteLink(location.href, search), 'Link copied') }}>Link to this very time</Action>
          <Action onChoose={() => { close(); void copyAndSay(location.href, 'Link copied') }}>Link that stays relative</Action>
        </>
      )}
    </Popover>
  )
}

function ThemeSwitch() {
  const chosen = theme.use()
  const { icon: Icon = Monitor, label } = themes.find(({ name }) => name === chosen) ?? themes[0]!
  return <button type="button" className={`${styles.quiet} ${styles.wide}`} title={`Theme: ${label.toLowerCase()} (Shift D)`} onClick={nextTheme}><Icon size={15} /></button>
}
