import type { Placing } from '../charts/TimeSeries'
import { pointTime } from '../charts/axis'
import { short } from '../charts/series'
import { Go } from '../ui/Go'
import type { Reset } from './data'
import { spread, type Exemplar } from './exemplars'
import styles from './Metrics.module.css'

export interface MarksProps {
  place: Placing
  gaps: readonly { from: number; to: number }[]
  resets: readonly Reset[]
  exemplars: readonly Exemplar[]
  /** The values of exemplars are of the axis; otherwise they stand at its foot. */
  onAxis: boolean
  unit: string
  zone: string
  hrefOf: (exemplar: Exemplar) => string
}

/** How wide a dot is for who points at it. */
const dotSize = 24

/** What is marked over a chart: where nothing came, where counters began anew, and traces that made a value. */
export function Marks({ place, gaps, resets, exemplars, onAxis, unit, zone, hrefOf }: MarksProps) {
  const inside = (at: number) => place.x(at) >= 0 && place.x(at) <= place.width
  return (
    <>
      {gaps.map((gap) => (
        <i key={gap.from} className={styles.gap} title={`No data from ${pointTime(gap.from, zone)} to ${pointTime(gap.to, zone)}`} style={{ left: place.x(gap.from), width: place.x(gap.to) - place.x(gap.from) }} />
      ))}
      {resets.filter(({ at }) => inside(at)).map(({ at, service }) => (
        <i key={`${at} ${service}`} className={styles.reset} title={`${service} began anew, ${pointTime(at, zone)}`} style={{ left: place.x(at) }} />
      ))}
      {spread(exemplars.filter(({ at }) => inside(at)), ({ at }) => place.x(at), dotSize).map((one) => (
        <Go
          key={`${one.trace} ${one.at}`} href={hrefOf(one)} className={styles.dot} aria-label={`Trace of ${short(one.value)} ${unit} at ${pointTime(one.at, zone)}`}
          title={`${short(one.value)} ${unit} · ${pointTime(one.at, zone)} · open the trace`}
          style={{ left: place.x(one.at), top: onAxis ? Math.max(0, Math.min(place.height, place.y(one.value))) : place.height - 6 }}
        />
      ))}
    </>
  )
}
