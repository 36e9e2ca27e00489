import { createRootRoute, createRoute, createRouter, lazyRouteComponent, notFound, Outlet, redirect, type ErrorComponentProps } from '@tanstack/react-router'
import { ApiError, inOrganization, readToken, whoami } from './api/client'
import { projects } from './api/manage'
import { enter, type Entry } from './api/people'
import { lastPlace } from './lib/store'
import { beginLive, beginning } from './live/useLive'
import { Failure } from './pages/Failure'
import { Live } from './pages/Live'
import { Shell } from './pages/Shell'
import { SignIn } from './pages/SignIn'
import { landing } from './shell/projects'
import { beginTrace } from './trace/data'
import { liveSearch, parseSearch, stringifySearch } from './search'
import { alertSearch, newAlertSearch } from './alerts/address'
import { boardSearch } from './boards/address'
import { exploreSearch } from './explore/address'
import { metricSearch } from './metrics/address'
import { followServices } from './ui/service'

function Broken({ error }: ErrorComponentProps) {
  if (error instanceof ApiError && error.status === 401) return <SignIn error={error} />
  return <Failure error={error instanceof Error ? error : new Error(String(error))} />
}

const root = createRootRoute({ component: Outlet, errorComponent: Broken })

/** Goes on to a project, if who comes sees one: that of their read token, or the one in which they land. */
async function land(signal: AbortSignal, org?: string): Promise<void> {
  inOrganization('')
  const there = readToken() ? await whoami('', signal) : landing(await projects(signal), lastPlace.get(), org)
  if (there) throw redirect({ to: '/$org/$project', params: { org: there.organization_name, project: there.project_name }, replace: true })
}

const noProject = lazyRouteComponent(() => import('./pages/NoProject'), 'NoProject')

const home = createRoute({ getParentRoute: () => root, path: '/', beforeLoad: ({ abortController }) => land(abortController.signal), component: noProject })

/** An organisation has no page of its own: its projects do. */
const organization = createRoute({
  getParentRoute: () => root,
  path: '/$org',
  beforeLoad: ({ params, abortController }) => land(abortController.signal, params.org),
  component: noProject,
})

/** Where programs send their people to let them in. The name auth is kept for it: no organisation has it. */
const deviceLogin = createRoute({
  getParentRoute: () => root,
  path: '/auth/device',
  validateSearch: (raw: Record<string, unknown>): { code?: string } => (raw['code'] ? { code: String(raw['code']) } : {}),
  component: lazyRouteComponent(() => import('./pages/DeviceLogin'), 'DeviceLoginPage'),
})

/** Where links lead that let somebody in: of the first start, of invitations, and of who forgot a password. Their secrets stand behind #. */
const setUp = createRoute({ getParentRoute: () => root, path: '/auth/setup', component: lazyRouteComponent(() => import('./pages/SetUp'), 'SetUp') })
const invitation = createRoute({ getParentRoute: () => root, path: '/auth/invitation', component: lazyRouteComponent(() => import('./pages/Invitation'), 'Invitation') })
const reset = createRoute({ getParentRoute: () => root, path: '/auth/reset', component: lazyRouteComponent(() => import('./pages/Reset'), 'Reset') })

/** Who came in, by organisation/project. */
const entries = new Map<string, Entry>()

/** Finds out who comes. Who was in stays in: when their session has ended, the shell asks them to log in over the page. */
async function comeIn({ org, project }: { org: string; project: string }, signal: AbortSignal): Promise<Entry> {
  const place = `${org}/${project}`
  try {
    const entry = await enter(project, signal)
    entries.set(place, entry)
    lastPlace.set(place)
    return entry
  } catch (error) {
    const before = entries.get(place)
    if (before && error instanceof ApiError && error.status === 401) return before
    throw error
  }
}

const project = createRoute({
  getParentRoute: () => root,
  path: '/$org/$project',
  validateSearch: liveSearch,
  beforeLoad: ({ params }) => inOrganization(params.org),
  loader: async ({ params, abortController }) => {
    const entry = await comeIn(params, abortController.signal)
    followServices(params.project)
    return entry
  },
  component: Shell,
})

const live = createRoute({
  getParentRoute: () => project,
  path: '/',
  beforeLoad: ({ params, search, cause }) => {
    if (cause === 'enter') beginLive(params.project, search)
  },
  loader: ({ cause }) => (cause === 'enter' ? beginning() : undefined),
  component: Live,
})

const explore = createRoute({
  getParentRoute: () => project,
  path: '/explore',
  validateSearch: exploreSearch,
  component: lazyRouteComponent(() => import('./pages/Explore'), 'Explore'),
})

const dashboards = createRoute({ getParentRoute: () => project, path: '/dashboards', component: lazyRouteComponent(() => import('./pages/Dashboards'), 'Dashboards') })

const dashboard = createRoute({
  getParentRoute: () => project,
  path: '/dashboards/$slug',
  validateSearch: boardSearch,
  component: lazyRouteComponent(() => import('./pages/Dashboard'), 'Dashboard'),
})

const trace = createRoute({
  getParentRoute: () => project,
  path: '/trace/$traceId',
  beforeLoad: ({ params, cause }) => {
    if (cause === 'enter') beginTrace(params.project, params.traceId)
  },
  component: lazyRouteComponent(() => import('./pages/Trace'), 'TracePage'),
})

/** The Python SDK prints this address for an experiment: its span is what to see. */
const compare = createRoute({
  getParentRoute: () => project,
  path: '/evals/compare',
  validateSearch: (raw: Record<string, unknown>) => ({ experiment: String(raw['experiment'] ?? '') }),
  beforeLoad: ({ params, search }) => {
    const [traceId = '', spanId] = search.experiment.split('-')
    if (!/^[0-9a-f]+$/i.test(traceId)) throw notFound()
    throw redirect({ to: '/$org/$project/trace/$traceId', params: { ...params, traceId }, search: { spanId }, replace: true })
  },
})

const alertsPage = (name: 'Alerts' | 'NewAlert' | 'AlertPage') => lazyRouteComponent(() => import('./pages/Alerts'), name)

const alerts = createRoute({ getParentRoute: () => project, path: '/alerts', component: alertsPage('Alerts') })
const newAlert = createRoute({ getParentRoute: () => project, path: '/alerts/new', validateSearch: newAlertSearch, component: alertsPage('NewAlert') })
const oneAlert = createRoute({ getParentRoute: () => project, path: '/alerts/$alertId', validateSearch: alertSearch, component: alertsPage('AlertPage') })

const metrics = createRoute({ getParentRoute: () => project, path: '/metrics', component: lazyRouteComponent(() => import('./pages/Metrics'), 'Metrics') })

const metric = createRoute({
  getParentRoute: () => project,
  path: '/metrics/$name',
  validateSearch: metricSearch,
  component: lazyRouteComponent(() => import('./pages/Metrics'), 'Metrics'),
})

const settings = createRoute({ getParentRoute: () => project, path: '/settings', component: lazyRouteComponent(() => import('./pages/Settings'), 'Settings') })

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: ({ params, search }) => {
    throw redirect({ to: '/$org/$project/settings/$page', params: { ...params, page: 'general' }, search, replace: true })
  },
})

const settingsPage = createRoute({ getParentRoute: () => settings, path: '/$page', component: lazyRouteComponent(() => import('./pages/Settings'), 'SettingsPage') })

export const router = createRouter({
  routeTree: root.addChildren([home, organization, deviceLogin, setUp, invitation, reset, project.addChildren([live, trace, compare, explore, dashboards, dashboard, alerts, newAlert, oneAlert, metrics, metric, settings.addChildren([settingsHome, settingsPage])])]),
  parseSearch,
  stringifySearch,
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: () => <Failure error={new Error('There is no such page.')} />,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
