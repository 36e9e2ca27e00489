import { getRouteApi, useParams, useRouter, useSearch } from '@tanstack/react-router'
import { useKeys } from '../lib/keys'
import { usePageHref, usePlace, useZone } from '../place'
import { useMetrics, useSeriesCounts, type Scope } from '../metrics/data'
import { MetricList } from '../metrics/MetricList'
import { MetricView } from '../metrics/MetricView'
import { metricSearch } from '../metrics/address'
import type { Metric } from '../metrics/kinds'
import { TimePicker } from '../shell/TimePicker'
import { ErrorBox, Loading } from '../ui/State'
import { Snippets } from './Snippets'
import { localToken, metering } from './snippets'
import styles from '../metrics/Metrics.module.css'

const route = getRouteApi('/$org/$project')

/** What was measured: every metric by its name, and the chart of one. */
export function Metrics() {
  const { project } = usePlace()
  const { name } = useParams({ strict: false })
  const search = route.useSearch()
  const zone = useZone()
  const scope: Scope = { project, search, zone }
  const metrics = useMetrics(scope)
  if (metrics.error) return <ErrorBox error={metrics.error} onRetry={() => void metrics.refetch()} />
  if (!metrics.data) return <Loading />
  if (metrics.data.length === 0) return <First />
  return <Browser key={project} scope={scope} metrics={metrics.data} name={name} />
}

function Browser({ scope, metrics, name }: { scope: Scope; metrics: Metric[]; name: string | undefined }) {
  const router = useRouter()
  const pageHref = usePageHref()
  const search = metricSearch(useSearch({ strict: false }))
  const series = useSeriesCounts(scope)
  const metric = metrics.find((one) => one.name === name)
  const hrefOf = (to: string) => pageHref(`/metrics/${encodeURIComponent(to)}`)
  const step = (by: number) => {
    const next = metrics[metrics.findIndex((one) => one.name === name) + by]
    if (next) router.history.push(hrefOf(next.name))
  }
  useKeys('Metrics', [
    { keys: ['/'], label: 'Find a metric', run: () => document.getElementById('metric-search')?.focus() },
    { keys: ['j', 'ArrowDown'], label: 'Next metric', run: () => step(1) },
    { keys: ['k', 'ArrowUp'], label: 'Metric before', run: () => step(-1) },
  ])
  return (
    <div className={styles.page}>
      <MetricList scope={scope} metrics={metrics} series={series} chosen={name} hrefOf={hrefOf} />
      <div className={styles.main}>
        <div className={styles.bar}><span className={styles.space} /><TimePicker /></div>
        <div className={styles.scroll}>
          {metric
            ? <MetricView key={metric.name} scope={scope} metric={metric} search={search} />
            : <p className={styles.choose}>{name === undefined ? 'Choose a metric.' : `Nothing that is kept is called ${name}.`}</p>}
        </div>
      </div>
    </div>
  )
}

/** What one sees before the first metric. */
function First() {
  const me = route.useLoaderData()
  return (
    <div className={styles.scroll}>
      <div className={styles.first}>
        <h1>No metric was received yet</h1>
        <p>Send one, and it is here within a minute.</p>
        <Snippets label="Ways to send a metric" snippets={metering} token={me.local ? localToken : '<a write token>'} />
      </div>
    </div>
  )
}
