import type { Plot } from './series'
import styles from './charts.module.css'

const [width, height] = [200, 60]

/** Where the line of a series goes, in pieces: no data is no zero, so it breaks where there is none. */
export function pathOf(values: readonly (number | null)[], x: readonly number[], top: number, bottom: number): string {
  const [first, last] = [x[0] ?? 0, x.at(-1) ?? 0]
  const across = (at: number) => (last === first ? width / 2 : ((at - first) / (last - first)) * width)
  const up = (value: number) => (top === bottom ? height / 2 : height - ((value - bottom) / (top - bottom)) * height)
  let path = ''
  let drawing = false
  values.forEach((value, i) => {
    if (value === null) drawing = false
    else {
      const alone = !drawing && (values[i + 1] ?? null) === null
      path += `${drawing ? 'L' : 'M'}${across(x[i]!).toFixed(1)} ${up(value).toFixed(1)}${alone ? 'h.1' : ''}`
      drawing = true
    }
  })
  return path
}

/** Lines without axes: how things go, at a glance. It fills what it stands in. */
export function Spark({ plot, colors, label }: { plot: Plot; colors: readonly string[]; label: string }) {
  const values = plot.series.flatMap((series) => series.values.filter((value) => value !== null))
  const top = values.reduce((a, b) => Math.max(a, b), 0)
  const bottom = values.reduce((a, b) => Math.min(a, b), 0)
  return (
    <svg className={styles.spark} viewBox={`0 -3 ${width} ${height + 6}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {plot.series.map((series, i) => <path key={series.name} d={pathOf(series.values, plot.x, top, bottom)} style={{ stroke: colors[i] }} />)}
    </svg>
  )
}
