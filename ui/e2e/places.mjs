// Every page and state of the web app, for the tests and pictures that go through all of them.

import { id, send } from './hearth.mjs'

/** Fills a server with the demo and a span that runs, and makes a project without records. */
export async function fill(hearth) {
  await hearth.demo()
  await hearth.run('projects', 'new', 'empty')
  await watch(hearth.origin)
  await send(hearth.origin, 'sommelier', [{
    trace: id(0xfeed, 32), span: id(0xfeed2, 16), parent: id(0xfeed1, 16), name: 'brew for a long time', end: 0,
    attributes: { 'logfire.span_type': 'pending_span', 'logfire.pending_parent_id': '0000000000000000' },
  }])
}

/** Makes alerts and a channel: one that has run and met something, and one whose statement fails. */
async function watch(origin) {
  const ask = async (path, body) => {
    const response = await fetch(origin + path, { method: body ? 'POST' : 'GET', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    return response.json()
  }
  const { project_id: project } = await ask('/v1/read-token-info')
  const channel = await ask('/api/v1/channels/', { label: '#operations', config: { type: 'email', email: 'ops@example.org' } })
  const alert = { time_window: 'PT1H', frequency: 'PT1M', notify_when: 'has_matches', channel_ids: [channel.id] }
  await ask(`/api/v1/projects/${project}/alerts/`, { ...alert, name: 'Exceptions', query: 'SELECT service_name, exception_type, count(*) AS exceptions FROM records WHERE is_exception GROUP BY 1, 2' })
  await ask(`/api/v1/projects/${project}/alerts/`, { ...alert, name: 'Long requests', query: 'SELECT http_route, max(duration) AS seconds FROM records WHERE duration > 60 GROUP BY 1' })
}

async function one(origin, condition) {
  const sql = `SELECT trace_id, span_id FROM records WHERE ${condition} ORDER BY start_timestamp DESC LIMIT 1`
  for (let i = 0; i < 100; i++) {
    const response = await fetch(`${origin}/v2/query`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ sql, min_timestamp: '2020-01-01T00:00:00Z' }) })
    const [row] = (await response.json()).data
    if (row) return `traceId=${row.trace_id}&spanId=${row.span_id}`
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`no record where ${condition}`)
}

/**
 * The places of a filled server: name, path, and ready(page), which waits until there is to see what there is to see.
 * Places come in the order in which a user would meet them.
 */
export async function places(origin) {
  const agent = await one(origin, "span_name = 'invoke_agent gift_planner'")
  const failed = await one(origin, "is_exception AND kind = 'span' AND span_name = 'POST /checkout'")
  const http = await one(origin, "service_name = 'storefront' AND attributes ? 'http.request.body.text'")
  const database = await one(origin, "span_name = 'query INSERT'")
  const list = (page) => page.getByRole('treegrid', { name: 'Records' }).getByRole('row').nth(5).waitFor()
  const panel = (tab) => async (page) => {
    await list(page)
    await page.getByRole('complementary', { name: 'Details' }).getByRole('tab', { name: tab, selected: true }).waitFor()
  }
  const live = '/local/default'
  const tracePage = (record) => {
    const { traceId, spanId } = Object.fromEntries(new URLSearchParams(record))
    return `${live}/trace/${traceId}?spanId=${spanId}`
  }
  const waterfall = (page) => page.getByRole('treegrid', { name: 'Trace' }).getByRole('row').nth(3).waitFor()
  const openLogin = async (machine) => (await (await fetch(`${origin}/v1/device-auth/new/?machine_name=${machine}`, { method: 'POST', headers: { 'User-Agent': 'logfire/5.4.0' } })).json())
  const login = await openLogin('ada-laptop')
  const decided = await openLogin('build-machine')
  await fetch(`${origin}/api/v1/device-logins/${decided.user_code}/approve/`, { method: 'POST' })
  await fetch(`${origin}/v1/device-auth/wait/${decided.device_code}`)
  const { project_id: project } = await (await fetch(`${origin}/v1/read-token-info`)).json()
  const [alert] = await (await fetch(`${origin}/api/v1/projects/${project}/alerts/`)).json()
  const sql = {
    table: 'SELECT start_timestamp, service_name, message, duration, trace_id, attributes FROM records ORDER BY start_timestamp DESC LIMIT 100',
    chart: "SELECT time_bucket('5 minutes', start_timestamp) AS time, service_name, count(*) AS records FROM records GROUP BY time, service_name ORDER BY time",
  }
  const explore = (statement, view) => `${live}/explore?${new URLSearchParams({ sql: statement, view })}`
  const result = (page) => page.getByRole('grid', { name: 'Result' })
  const drawn = async (page) => {
    await page.locator('[data-panel] canvas').first().waitFor()
    // Panels below what is in view ask when somebody looks at them.
    await page.waitForFunction(() => [...document.querySelectorAll('[data-panel]')].every((panel) => panel.getBoundingClientRect().top > innerHeight || !panel.querySelector('[aria-busy=true]')))
  }
  return [
    { name: 'first-run', path: '/local/empty', ready: (page) => page.getByText('Waiting for the first record').waitFor() },
    { name: 'live', path: live, ready: list },
    { name: 'live-compared', path: `${live}?compare=${new Date(Date.now() - 900_000).toISOString()}..${new Date().toISOString()}`, ready: (page) => page.getByRole('region', { name: 'Comparison' }).getByRole('row').nth(2).waitFor() },
    { name: 'live-words', path: `${live}?q=basket`, ready: list },
    { name: 'live-wrong', path: `${live}?q=lvl+%3D+1`, ready: (page) => page.getByRole('alert').first().waitFor() },
    { name: 'live-no-match', path: `${live}?q=zeppelin`, ready: (page) => page.getByText(/no records match/i).waitFor() },
    { name: 'panel-conversation', path: `${live}?${agent}`, ready: async (page) => {
      await panel('Conversation')(page)
      await page.getByRole('article').nth(2).waitFor()
    } },
    { name: 'panel-details', path: `${live}?${agent}&tab=details`, ready: panel('Details') },
    { name: 'panel-exception', path: `${live}?${failed}&tab=exception`, ready: panel('Exception') },
    { name: 'panel-http', path: `${live}?${http}`, ready: panel('Details') },
    { name: 'panel-database', path: `${live}?${database}`, ready: panel('Details') },
    { name: 'panel-running', path: `${live}?traceId=${id(0xfeed, 32)}&spanId=${id(0xfeed1, 16)}`, ready: panel('Details') },
    { name: 'panel-raw', path: `${live}?${http}&tab=raw`, ready: panel('Raw') },
    ...[['trace', ''], ['trace-flame', '&view=flame'], ['trace-list', '&view=list&tab=sql']].map(([name, more]) => ({
      name, path: `${live}/trace/${failed.slice('traceId='.length).replace('&', '?')}${more}`, ready: (page) => page.getByRole('tabpanel').waitFor(),
    })),
    { name: 'panel-below', path: `${live}?${http}&dock=bottom`, ready: panel('Details') },
    { name: 'keys', path: live, ready: async (page) => {
      await list(page)
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).getByText('Next record').waitFor()
    } },
    { name: 'panel-sql', path: `${live}?${http}&tab=sql`, ready: panel('SQL') },
    { name: 'trace', path: tracePage(agent), ready: waterfall },
    { name: 'trace-failed', path: tracePage(failed), ready: waterfall },
    { name: 'trace-flame', path: `${tracePage(agent)}&view=flame`, ready: (page) => page.getByRole('img', { name: /Flame chart/ }).waitFor() },
    { name: 'trace-list', path: `${tracePage(agent)}&view=list`, ready: (page) => page.getByRole('grid', { name: 'Records of the trace' }).waitFor() },
    { name: 'explore', path: `${live}/explore`, ready: (page) => page.getByRole('complementary', { name: 'Schema and history' }).waitFor() },
    { name: 'explore-table', path: explore(sql.table, 'table'), ready: (page) => result(page).getByRole('row').nth(5).waitFor() },
    { name: 'explore-details', path: explore(sql.table, 'details'), ready: (page) => page.getByRole('region', { name: 'Row' }).waitFor() },
    { name: 'explore-chart', path: explore(sql.chart, 'chart'), ready: (page) => page.locator('canvas').first().waitFor() },
    { name: 'explore-wrong', path: explore('SELECT mesage FROM records', 'table'), ready: (page) => page.getByRole('alert').first().waitFor() },
    { name: 'dashboards', path: `${live}/dashboards`, ready: (page) => page.getByRole('row', { name: /comes with Hearth/ }).first().waitFor() },
    ...['overview', 'web-server', 'llm', 'exceptions'].map((slug) => ({ name: `dashboard-${slug}`, path: `${live}/dashboards/${slug}`, ready: drawn })),
    { name: 'dashboard-edit', path: `${live}/dashboards/new`, ready: async (page) => {
      await page.getByRole('group', { name: 'Editing' }).getByRole('button', { name: 'Add panel' }).click()
      await page.getByRole('dialog', { name: 'Add a panel' }).getByRole('button', { name: 'Add', exact: true }).click()
      await page.locator('[data-panel] canvas').waitFor()
    } },
    { name: 'dashboard-panel', path: `${live}/dashboards/new`, ready: async (page) => {
      await page.getByRole('group', { name: 'Editing' }).getByRole('button', { name: 'Add panel' }).click()
      await page.getByRole('dialog', { name: 'Add a panel' }).locator('canvas').waitFor()
    } },
    { name: 'alerts', path: `${live}/alerts`, ready: (page) => page.getByRole('link', { name: 'Exceptions' }).waitFor() },
    { name: 'alert', path: `${live}/alerts/${alert.id}`, ready: (page) => page.getByRole('region', { name: 'Runs' }).waitFor() },
    { name: 'alert-templates', path: `${live}/alerts/new`, ready: (page) => page.getByText('Your own query').waitFor() },
    { name: 'alert-new', path: `${live}/alerts/new?template=any-exception`, ready: async (page) => {
      await page.locator('[data-editor=Query] .cm-content').waitFor()
      await page.getByRole('button', { name: 'Preview' }).click()
      await page.getByText(/^Would have told/).waitFor()
    } },
    { name: 'metrics', path: `${live}/metrics`, ready: (page) => page.getByText('Choose a metric.').waitFor() },
    ...Object.entries({ histogram: 'http.server.request.duration', counter: 'shop.orders', gauge: 'shop.stock' }).map(([kind, metric]) => ({
      name: `metric-${kind}`, path: `${live}/metrics/${metric}`, ready: (page) => page.getByRole('article', { name: metric }).getByRole('figure').waitFor(),
    })),
    { name: 'saved', path: `${live}?q=basket`, ready: async (page) => {
      await list(page)
      await page.keyboard.press('s')
      await page.getByRole('button', { name: 'Save', exact: true }).waitFor()
    } },
    { name: 'time', path: live, ready: async (page) => {
      await list(page)
      await page.getByRole('button', { name: 'Last hour' }).click()
      await page.getByText('Show this range').waitFor()
    } },
    { name: 'projects', path: live, ready: async (page) => {
      await list(page)
      await page.getByTitle('Project', { exact: true }).click()
      await page.getByText('empty').first().waitFor()
    } },
    { name: 'palette', path: live, ready: async (page) => {
      await list(page)
      await page.keyboard.press('Control+k')
      await page.getByRole('option').first().waitFor()
    } },
    ...Object.entries({ general: 'heading', 'write-tokens': 'button', 'read-tokens': 'button', 'user-tokens': 'code', 'api-keys': 'button', channels: 'switch', members: 'heading', ingest: 'table', retention: 'figure', 'audit-log': 'table', me: 'radio', about: 'link' }).map(([settings, role]) => ({
      name: `settings-${settings}`, path: `${live}/settings/${settings}`, ready: (page) => page.getByRole('main').getByRole(role).last().waitFor(),
    })),
    { name: 'login', path: login.frontend_auth_url.slice(origin.length), ready: (page) => page.getByRole('button', { name: 'Approve' }).waitFor() },
    { name: 'login-without-code', path: '/auth/device', ready: (page) => page.getByRole('button', { name: 'Go on' }).waitFor() },
    { name: 'no-such-page', path: '/local/default/no/such/page', ready: (page) => page.getByText('no such page').waitFor() },
  ]
}
