import type { HeldDay } from '../../api/retention'
import { useNow } from '../../lib/store'
import { size, plotOf } from './held'
import { Chart } from './IngestCharts'

const colors = ['var(--series-1)', 'var(--series-3)']

/** What a project holds of each day of UTC. */
export function HeldChart({ days }: { days: HeldDay[] }) {
  const now = Math.floor(useNow(60_000) / 1000)
  return <Chart title="Bytes on disk by day (UTC)" plot={plotOf(days, now)} step={86_400} colors={colors} zone="UTC" format={size} />
}
