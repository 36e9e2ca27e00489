// The chart of a metric as a panel of a dashboard.

import type { NewPanel } from '../boards/newPanel'
import { aggregationOf, drawnUnit, valueColumns } from './kinds'
import { chartSQL, dashboardBucket, type Asked } from './sql'

/** Its buckets are as wide as the dashboard has them. Split percentiles are drawn as one of them. */
export function panelOf(asked: Asked): NewPanel {
  const { metric, by } = asked
  const aggregation = by && asked.aggregation === 'percentiles' ? aggregationOf('histogram', 'p95') : asked.aggregation
  const bars = aggregation === 'increase' || aggregation === 'count'
  const unit = drawnUnit(metric, aggregation)
  return {
    name: `${metric.name}, ${aggregation}${by ? ` by ${by.name}` : ''}${unit && ` (${unit})`}`, kind: 'TimeSeriesChart', sql: chartSQL({ ...asked, aggregation }, dashboardBucket),
    groupBy: by && 'series', metrics: valueColumns(aggregation), ...(bars ? { look: { visual: { display: 'bar', stack: 'all' } } } : {}),
  }
}
