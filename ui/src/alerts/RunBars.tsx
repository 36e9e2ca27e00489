import type { RecentRun } from '../api/alerts'
import { clock, day, parseTimestamp } from '../lib/time'
import { runText } from './words'
import styles from './Alerts.module.css'

const [width, height] = [5, 26]

/** The last runs as bars, the newest at the right: how many rows, and whether somebody was told. */
export function RunBars({ runs, zone, most = 30, label }: { runs: readonly RecentRun[]; zone: string; most?: number; label: string }) {
  const shown = runs.slice(0, most).toReversed()
  const peak = shown.reduce((top, run) => Math.max(top, run.rows), 1)
  return (
    <svg className={styles.bars} viewBox={`0 0 ${most * width} ${height}`} width={most * width} height={height} role="img" aria-label={label}>
      {shown.map((run, i) => {
        const tall = run.status === 'matched' ? 6 + (Math.sqrt(run.rows) / Math.sqrt(peak)) * (height - 6) : run.status === 'error' ? height : 3
        const at = parseTimestamp(run.scheduled_at)
        return (
          <rect key={run.id} className={styles[`run_${run.status}`]} data-told={run.notified} x={(most - shown.length + i) * width} y={height - tall} width={width - 1} height={tall} rx="1">
            <title>{`${day(at, zone)} ${clock(at, zone).slice(0, 8)}: ${runText(run)}`}</title>
          </rect>
        )
      })}
    </svg>
  )
}
