import { BarChart3, ChevronDown, ChevronRight, Gauge, TrendingUp, type LucideIcon } from 'lucide-react'
import { useMemo, useState } from 'react'
import { grouped } from '../lib/numbers'
import { useNow } from '../lib/store'
import { ago } from '../lib/time'
import { Go } from '../ui/Go'
import { isSilent, type Scope } from './data'
import { unitWord, type Kind, type Metric } from './kinds'
import { found, groupsOf } from './names'
import styles from './Metrics.module.css'

const icons: Record<Kind, LucideIcon> = { level: Gauge, counter: TrendingUp, histogram: BarChart3 }

export function KindIcon({ metric, size = 14 }: { metric: Metric; size?: number }) {
  const Icon = icons[metric.kind]
  return <span role="img" aria-label={metric.word} title={metric.word} className={styles.kind}><Icon size={size} /></span>
}

interface Props {
  scope: Scope
  metrics: readonly Metric[]
  /** How many series sent something; undefined until that is known. */
  series: ReadonlyMap<string, number> | undefined
  chosen: string | undefined
  hrefOf: (name: string) => string
}

/** All names that there are, found by typing. */
export function MetricList({ metrics, ...props }: Props) {
  const [text, setText] = useState('')
  const shown = useMemo(() => found(metrics, text), [metrics, text])
  const groups = useMemo(() => groupsOf(shown), [shown])
  return (
    <aside className={styles.side} aria-label="Metrics">
      <input id="metric-search" className={styles.find} type="search" value={text} placeholder={`Find among ${grouped(metrics.length)} ${metrics.length === 1 ? 'metric' : 'metrics'}`} aria-label="Find a metric" onChange={(event) => setText(event.target.value)} />
      <div className={styles.names}>
        {groups.map((group) => <Group key={group.prefix} prefix={group.prefix} metrics={group.metrics} {...props} />)}
        {shown.length === 0 && <p className={styles.none}>No metric is called so.</p>}
      </div>
    </aside>
  )
}

function Group({ prefix, metrics, ...props }: Props & { prefix: string }) {
  const [open, setOpen] = useState(true)
  return (
    <section>
      {prefix !== '' && (
        <button type="button" className={styles.prefix} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? <ChevronDown size={13} /> : <ChevronRight size={13} />}<b>{prefix.slice(0, -1)}</b><span>{metrics.length}</span>
        </button>
      )}
      {open && <ul>{metrics.map((metric) => <Line key={metric.name} metric={metric} prefix={prefix} {...props} />)}</ul>}
    </section>
  )
}

function Line({ metric, prefix, scope, series, chosen, hrefOf }: Omit<Props, 'metrics'> & { metric: Metric; prefix: string }) {
  const present = useNow(10_000) * 1000
  const silent = isSilent(metric, scope, present)
  const count = series?.get(metric.name)
  return (
    <li data-silent={silent}>
      <Go href={hrefOf(metric.name)} aria-current={chosen === metric.name ? 'page' : undefined} className={styles.name} title={`${metric.name}\n${metric.description}`}>
        <KindIcon metric={metric} />
        <span className={styles.word}><span className={styles.begun}>{prefix}</span>{metric.name.slice(prefix.length)}</span>
        <span className={styles.small}>{silent || count === undefined ? `last ${ago(metric.lastSeen, present)}` : `${unitWord(metric.unit)}${unitWord(metric.unit) && ' · '}${grouped(count)} ser.`}</span>
      </Go>
    </li>
  )
}
