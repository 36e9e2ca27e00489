import { getRouteApi, useRouter, useRouterState } from '@tanstack/react-router'
import { Bell, Bug, DollarSign, Gauge, Plus, Siren, Sparkles, Unplug, type LucideIcon } from 'lucide-react'
import { useState } from 'react'
import { AlertForm } from '../alerts/AlertForm'
import { AlertList } from '../alerts/AlertList'
import { AlertView } from '../alerts/AlertView'
import { useAlert, useAlerts, useTemplates } from '../alerts/data'
import { copyOf, draftOf, emptyDraft, fromTemplate } from '../alerts/draft'
import { capital, everyText, lastText, secondsOf } from '../alerts/words'
import type { AlertDraft } from '../api/alerts'
import { statementOf } from '../explore/address'
import { useKeys } from '../lib/keys'
import { useChange, useMay, usePageHref } from '../place'
import type { LiveSearch } from '../search'
import { Gate } from '../shell/Gate'
import { Go } from '../ui/Go'
import { notify } from '../ui/notices'
import { ErrorBox, Loading } from '../ui/State'
import styles from '../alerts/Alerts.module.css'

/** All alerts of the project. */
export function Alerts() {
  const router = useRouter()
  const pageHref = usePageHref()
  const alerts = useAlerts()
  const may = useMay('member')
  useKeys('Alerts', may ? [{ keys: ['n'], label: 'New alert', run: () => router.history.push(pageHref('/alerts/new')) }] : [])
  return (
    <div className={styles.page}>
      <div className={styles.inside}>
        {alerts.error && <ErrorBox error={alerts.error} onRetry={() => void alerts.refetch()} />}
        {!alerts.data && !alerts.error && <Loading />}
        {alerts.data && (alerts.data.length === 0 ? <None /> : <AlertList alerts={alerts.data} />)}
      </div>
    </div>
  )
}

function None() {
  const may = useMay('member')
  return (
    <>
      <header className={styles.head}><h1>Alerts</h1></header>
      <p className={styles.lead}>An alert is a query that runs by itself, and tells when it has rows, or none. {may ? 'Begin with one of these, or with your own.' : 'There is none yet.'}</p>
      <Templates />
    </>
  )
}

const newRoute = getRouteApi('/$org/$project/alerts/new')

/** A new alert: from a template, a copy, or a query that somebody brings along. */
export function NewAlert() {
  const search = newRoute.useSearch()
  const given = statementOf(search, useRouterState({ select: (state) => state.location.hash }))
  const templates = useTemplates()
  const pageHref = usePageHref()
  return (
    <div className={styles.page}>
      <div className={styles.inside}>
        <header className={styles.head}><Go className={styles.back} href={pageHref('/alerts')}>Alerts</Go><h1>New alert</h1></header>
        <Gate>
          {search.from !== undefined && <Copied id={search.from} />}
          {search.from === undefined && given !== undefined && <New key={given} start={{ ...emptyDraft, query: given, name: search.name ?? '' }} />}
          {search.from === undefined && given === undefined && search.template === undefined && <Templates />}
          {search.template === 'own' && given === undefined && <New key="own" start={emptyDraft} />}
          {search.template !== undefined && search.template !== 'own' && templates.data && <New key={search.template} start={startOf(templates.data.find(({ id }) => id === search.template))} />}
        </Gate>
      </div>
    </div>
  )
}

function startOf(template: Parameters<typeof fromTemplate>[0] | undefined): AlertDraft {
  return template ? fromTemplate(template) : emptyDraft
}

function Copied({ id }: { id: string }) {
  const alert = useAlert(id)
  if (alert.error) return <ErrorBox error={alert.error} />
  return alert.data ? <New start={copyOf(alert.data)} /> : <Loading />
}

function New({ start }: { start: AlertDraft }) {
  const router = useRouter()
  const pageHref = usePageHref()
  return (
    <AlertForm
      start={start} onCancel={() => router.history.push(pageHref('/alerts'))}
      onSaved={(alert) => { notify(`${alert.name} is made`); router.history.push(pageHref(`/alerts/${alert.id}`)) }}
    />
  )
}

const icons: Record<string, LucideIcon> = { 'any-exception': Bug, 'error-rate': Siren, 'slow-endpoint': Gauge, 'no-data': Unplug, 'llm-spend': DollarSign, 'llm-errors': Sparkles }

/** What most people want first, and their own query. */
function Templates() {
  const templates = useTemplates()
  const pageHref = usePageHref()
  if (!useMay('member')) return null
  if (templates.error) return <ErrorBox error={templates.error} onRetry={() => void templates.refetch()} />
  const href = (template: string) => pageHref('/alerts/new', { template } as LiveSearch)
  return (
    <ul className={styles.templates} aria-label="Templates">
      {(templates.data ?? []).map((template) => {
        const Icon = icons[template.id] ?? Bell
        return (
          <li key={template.id}><Go href={href(template.id)}>
            <b><Icon size={15} />{template.name}</b><span>{template.description}</span>
            <em>{capital(everyText(secondsOf(template.frequency)))}, {lastText(secondsOf(template.time_window))}</em>
          </Go></li>
        )
      })}
      <li><Go href={href('own')}><b><Plus size={15} />Your own query</b><span>Anything that SQL can ask of records and metrics.</span></Go></li>
    </ul>
  )
}

const oneRoute = getRouteApi('/$org/$project/alerts/$alertId')

/** One alert, to be read or to be changed. */
export function AlertPage() {
  const { alertId } = oneRoute.useParams()
  const search = oneRoute.useSearch()
  const change = useChange() as (changes: LiveSearch & { run?: string | undefined; edit?: string | undefined }, replace?: boolean) => void
  const alert = useAlert(alertId)
  const pageHref = usePageHref()
  const [editing] = [search.edit !== undefined]
  return (
    <div className={styles.page}>
      <div className={styles.inside}>
        <Go className={styles.back} href={pageHref('/alerts')}>Alerts</Go>
        {alert.error && <ErrorBox error={alert.error} onRetry={() => void alert.refetch()} />}
        {!alert.data && !alert.error && <Loading />}
        {alert.data && !editing && <AlertView alert={alert.data} run={search.run} onRun={(run) => change({ run }, true)} />}
        {alert.data && editing && <Gate><Edit start={alert.data} onDone={() => change({ edit: undefined })} /></Gate>}
      </div>
    </div>
  )
}

/** What is written stays, whatever the alert does meanwhile. */
function Edit({ start, onDone }: { start: Parameters<typeof draftOf>[0]; onDone: () => void }) {
  const [first] = useState(() => draftOf(start))
  return (
    <>
      <header className={styles.head}><h1>{start.name}</h1></header>
      <AlertForm start={first} id={start.id} onCancel={onDone} onSaved={(alert) => { notify(`${alert.name} is saved`); onDone() }} />
    </>
  )
}
