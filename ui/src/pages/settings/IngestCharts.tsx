import type { Ingest } from '../../api/client'
import { formatted } from '../../boards/units'
import type { Plot } from '../../charts/series'
import { TimeSeries } from '../../charts/TimeSeries'
import { useNow } from '../../lib/store'
import { byDay, byMinute, signals, total, type Counted } from './minutes'
import styles from './settings.module.css'

const colors = signals.map((_, i) => `var(--series-${i + 1})`)
const inBytes = (n: number) => formatted(n, { unit: 'bytes' })

/** The last hour by minute and signal. What did not happen is said, and not drawn. */
export function LastHour({ minutes, zone }: { minutes: Ingest['minutes']; zone: string }) {
  const now = Math.floor(useNow(60_000) / 1000)
  const rare = ([['refused', 'Records refused'], ['cut', 'Records cut'], ['refused_requests', 'Requests refused']] as const).filter(([counted]) => total(minutes, counted) > 0)
  const draw = (counted: Counted, title: string) => <Chart key={counted} title={`${title} a minute`} plot={byMinute(minutes, counted, now)} step={60} colors={colors} zone={zone} />
  return (
    <>
      <div className={styles.charts}>
        {draw('accepted', 'Records taken')}
        {rare.map(([counted, title]) => draw(counted, title))}
      </div>
      {rare.length === 0 && <p className={styles.dim}>Nothing was refused, and nothing cut.</p>}
    </>
  )
}

/** What the project was sent on each day of UTC. */
export function Days({ days }: { days: Ingest['days'] }) {
  const now = Math.floor(useNow(60_000) / 1000)
  return <div className={styles.charts}><Chart title="Bytes a day (UTC)" plot={byDay(days, now)} step={86_400} colors={['var(--series-1)']} zone="UTC" format={inBytes} /></div>
}

/** A small chart of bars with its title. step is how many seconds a bar stands for: the last one begins where the data ends. */
export function Chart({ title, plot, step, colors, zone, format }: { title: string; plot: Plot; step: number; colors: string[]; zone: string; format?: (n: number) => string }) {
  const first = plot.x[0]
  const last = plot.x.at(-1)
  const span = first !== undefined && last !== undefined ? ([first, last + step] as const) : undefined
  return (
    <figure className={styles.figure}>
      <figcaption>{title}</figcaption>
      <div className={styles.plot}>
        <TimeSeries plot={plot} kind="bars" colors={colors} zone={zone} span={span} label={title} legend={plot.series.length > 1 ? 'bottom' : 'hidden'} {...(format ? { format, formatAxis: format } : {})} />
      </div>
    </figure>
  )
}
