import { useMemo } from 'react'
import { seriesColor } from '../charts/colours'
import { short } from '../charts/series'
import { Spark } from '../charts/Spark'
import { grouped } from '../lib/numbers'
import { useChart, type Scope } from './data'
import type { Label } from './labels'
import { peakOf, shapeOf } from './shape'
import type { Asked } from './sql'
import styles from './Metrics.module.css'

/** How many small charts there are, and how many series are named in one. */
const mostCharts = 8
const mostNamed = 4

/** The same metric split by the other labels: a click makes one the chart. */
export function SmallCharts({ scope, asked, step, labels, onBy }: { scope: Scope; asked: Asked; step: number; labels: readonly Label[]; onBy: (label: Label) => void }) {
  const others = labels.filter(({ field, values }) => field.expression !== asked.by?.expression && values > 1).slice(0, mostCharts)
  if (others.length === 0) return null
  return (
    <section className={styles.others} aria-label="By other labels">
      <h2>By other labels</h2>
      <div className={styles.grid}>{others.map((label) => <Small key={label.field.expression} scope={scope} asked={{ ...asked, by: label.field }} step={step * 2} label={label} onBy={onBy} />)}</div>
    </section>
  )
}

function Small({ scope, asked, step, label, onBy }: { scope: Scope; asked: Asked; step: number; label: Label; onBy: (label: Label) => void }) {
  const chart = useChart(scope, asked, step)
  const shape = useMemo(() => chart.data && shapeOf(chart.data, asked.aggregation, true), [chart.data, asked.aggregation])
  const series = shape?.plot.series ?? []
  const colors = series.map((one, i) => seriesColor(one.name, i, label.field.name))
  return (
    <button type="button" className={styles.tile} title={`Split by ${label.field.name}`} onClick={() => onBy(label)}>
      <span className={styles.tileHead}><b>{label.field.name}</b><span>{grouped(label.values)}</span></span>
      <span className={styles.spark}>
        {shape && shape.plot.x.length > 0 && <Spark plot={shape.plot} colors={colors} label={`${asked.metric.name} by ${label.field.name}, at most ${short(peakOf(shape.plot) ?? 0)}`} />}
        {chart.error && <span className={styles.small}>{chart.error.message}</span>}
      </span>
      <span className={styles.tileNames}>
        {series.slice(0, mostNamed).map((one, i) => <span key={one.name}><i style={{ background: colors[i] }} />{one.name}</span>)}
        {series.length > mostNamed && <span>and {series.length - mostNamed} more</span>}
      </span>
    </button>
  )
}
