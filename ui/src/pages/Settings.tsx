import { getRouteApi, Outlet } from '@tanstack/react-router'
import { useEffect, useRef, type ComponentType } from 'react'
import { usePageHref } from '../place'
import { settingsPages, useSettingsPages } from '../shell/settingsPages'
import { Go } from '../ui/Go'
import { Boundary } from '../ui/State'
import { Failure } from './Failure'
import { About } from './settings/About'
import { ApiKeys } from './settings/ApiKeys'
import { AuditLog } from './settings/AuditLog'
import { Channels } from './settings/Channels'
import { General } from './settings/General'
import { IngestHealth } from './settings/IngestHealth'
import { Me } from './settings/Me'
import { Members } from './settings/Members'
import { Retention } from './settings/Retention'
import { ReadTokens, WriteTokens } from './settings/Tokens'
import { UserTokens } from './settings/UserTokens'
import styles from './settings/settings.module.css'

const page = getRouteApi('/$org/$project/settings/$page')

const contents: Record<string, ComponentType> = { general: General, 'write-tokens': WriteTokens, 'read-tokens': ReadTokens, 'user-tokens': UserTokens, 'api-keys': ApiKeys, channels: Channels, members: Members, ingest: IngestHealth, retention: Retention, 'audit-log': AuditLog, me: Me, about: About }

/** What all settings stand in. */
export function Settings() {
  return (
    <div className={styles.frame}>
      <Outlet />
    </div>
  )
}

/** One page of the settings, and the way to the others. */
export function SettingsPage() {
  const { page: name } = page.useParams()
  const pageHref = usePageHref()
  const shown = useSettingsPages()
  const nav = useRef<HTMLElement>(null)
  useEffect(() => { // where the links stand in a line that is longer than the page is wide
    const here = nav.current?.querySelector<HTMLElement>('[aria-current]')
    if (here) nav.current?.scrollTo({ left: here.offsetLeft - (nav.current.clientWidth - here.offsetWidth) / 2 })
  }, [name])
  const chosen = settingsPages.find(({ path }) => path === name)
  const Content = contents[name]
  if (!chosen || !Content) return <Failure error={new Error('There is no such page.')} />
  return (
    <>
      <nav ref={nav} className={styles.nav} aria-label="Settings">
        {shown.map(({ path, label, icon: Icon }) => (
          <Go key={path} href={pageHref(`/settings/${path}`)} aria-current={path === name ? 'page' : undefined}><Icon size={15} />{label}</Go>
        ))}
      </nav>
      <div className={styles.page}>
        <h1>{chosen.label}</h1>
        <Boundary of={name}><Content /></Boundary>
      </div>
    </>
  )
}
