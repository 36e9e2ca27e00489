import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { offset } from '../lib/time'
import { axisTime, pointTime } from './axis'
import { useColours } from './colours'
import { short, stacked, type Plot, type Series } from './series'
import styles from './charts.module.css'

export interface TimeSeriesProps {
  plot: Plot
  kind: 'line' | 'area' | 'bars'
  /** Series stand on each other; bars always do. */
  stack?: boolean
  /** The colour of each series, as CSS values. */
  colors: string[]
  zone: string
  /** What the chart shows, for who does not see it. */
  label: string
  /** A part of the axis was dragged over; without it the chart itself zooms, and a double click goes back. */
  onZoom?: ((from: number, to: number) => void) | undefined
  /** What is drawn over the lines: marks, links. It is asked again whenever the scales change. */
  over?: ((place: Placing) => ReactNode) | undefined
}

/** Where values are, in pixels from the left upper corner of the part in which lines are drawn. */
export interface Placing {
  width: number
  height: number
  /** Of a moment in seconds, or of a number. */
  x: (value: number) => number
  y: (value: number) => number
}

interface Hover {
  index: number
  left: number
  top: number
}

/** Series over time, or over numbers. It fills what it stands in; its legend hides series and its table says the same in words. */
export function TimeSeries(props: TimeSeriesProps) {
  const { plot } = props
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [hover, setHover] = useState<Hover>()
  const [table, setTable] = useState(false)
  const [placed, setPlaced] = useState<Placed>()
  const shown = useMemo(() => plot.series.map((series, i) => ({ ...series, color: props.colors[i]! })).filter((series) => !hidden.has(series.name)), [plot, props.colors, hidden])
  const toggle = (name: string) => setHidden((old) => (old.has(name) ? new Set([...old].filter((other) => other !== name)) : new Set([...old, name])))
  return (
    <figure className={styles.chart} aria-label={props.label}>
      {table ? <ChartTable plot={plot} zone={props.zone} /> : <Canvas {...props} shown={shown} onHover={setHover} onPlaced={setPlaced} />}
      {placed && !table && props.over && <div className={styles.over} style={placed.box}>{props.over(placed)}</div>}
      {hover && !table && <Tooltip hover={hover} plot={plot} shown={shown} zone={props.zone} />}
      <figcaption className={styles.legend}>
        {plot.series.map((series, i) => (
          <button key={series.name} type="button" aria-pressed={!hidden.has(series.name)} title={hidden.has(series.name) ? `Show ${series.name}` : `Hide ${series.name}`} onClick={() => toggle(series.name)}>
            <i style={{ background: props.colors[i] }} />{series.name}
          </button>
        ))}
        <button type="button" className={styles.asTable} aria-pressed={table} onClick={() => setTable(!table)}>{table ? 'Show as chart' : 'Show as table'}</button>
      </figcaption>
    </figure>
  )
}

interface Placed extends Placing {
  /** Within the figure. */
  box: { left: number; top: number; width: number; height: number }
}

function placedBy(chart: uPlot, figure: Element): Placed {
  const [inner, outer] = [chart.over.getBoundingClientRect(), figure.getBoundingClientRect()]
  const { width, height } = inner
  return {
    width, height, box: { left: inner.left - outer.left, top: inner.top - outer.top, width, height },
    x: (value) => chart.valToPos(value, 'x'), y: (value) => chart.valToPos(value, 'y'),
  }
}

interface Drawn extends Series {
  color: string
}

function Canvas(props: TimeSeriesProps & { shown: Drawn[]; onHover: (hover: Hover | undefined) => void; onPlaced: (placed: Placed | undefined) => void }) {
  const { plot, kind, shown, zone } = props
  const box = useRef<HTMLDivElement>(null)
  const colour = useColours()
  const latest = useRef(props)
  latest.current = props
  const onStack = props.stack === true || kind === 'bars'
  useEffect(() => {
    const at = box.current!
    const edges = onStack ? stacked(shown) : shown
    // What stands on top is drawn first, so that the lower ones cover its lower part.
    const order = onStack ? edges.map((_, i) => edges.length - 1 - i) : edges.map((_, i) => i)
    const zooms = latest.current.onZoom !== undefined
    const chart = new uPlot({
      width: Math.max(80, at.clientWidth), height: Math.max(80, at.clientHeight),
      legend: { show: false },
      ...(plot.time ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), zone) } : {}),
      scales: { x: { time: plot.time }, y: { range: (_, min, max) => yRange(min, max, onStack || kind !== 'line') } },
      axes: [
        { ...axisLook(colour), ...(plot.time ? { values: (_: uPlot, splits: number[]) => axisTime(splits, zone) } : { values: (_: uPlot, splits: number[]) => splits.map(short) }) },
        { ...axisLook(colour), size: 58, values: (_, splits) => splits.map(short) },
      ],
      series: [{}, ...order.map((i): uPlot.Series => look(kind, shown[i]!.color, onStack, edges[i]!.values, plot.x.length, colour))],
      cursor: { drag: { x: true, y: false, setScale: !zooms }, points: { size: 7 }, y: false },
      hooks: {
        draw: [(u) => latest.current.over && latest.current.onPlaced(placedBy(u, at.parentElement!))],
        setCursor: [(u) => latest.current.onHover(u.cursor.idx === null || u.cursor.idx === undefined || (u.cursor.left ?? -1) < 0 ? undefined : { index: u.cursor.idx, left: u.cursor.left!, top: u.cursor.top! })],
        setSelect: [(u) => {
          if (!zooms || u.select.width < 4) return
          latest.current.onZoom?.(u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x'))
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        }],
      },
    }, [plot.x, ...order.map((i) => edges[i]!.values)] as uPlot.AlignedData, at)
    chart.root.querySelector('canvas')?.setAttribute('aria-hidden', 'true')
    const resize = new ResizeObserver(() => chart.setSize({ width: Math.max(80, at.clientWidth), height: Math.max(80, at.clientHeight) }))
    resize.observe(at)
    return () => {
      resize.disconnect()
      chart.destroy()
      latest.current.onHover(undefined)
      latest.current.onPlaced(undefined)
    }
  }, [plot, kind, onStack, shown, zone, colour, props.onZoom !== undefined])
  return <div ref={box} className={styles.canvas} role="img" aria-label={`${props.label}. Its table says the same.`} />
}

/** From zero, where areas would lie otherwise; with some room above. */
function yRange(min: number | null, max: number | null, fromZero: boolean): [number, number] {
  if (min === null || max === null) return [0, 1]
  if (fromZero || (min >= 0 && min < max * 0.6)) return [Math.min(0, min), max === 0 && min === 0 ? 1 : Math.max(0, max) * 1.06]
  const room = (max - min || Math.abs(max) || 1) * 0.08
  return [min - room, max + room]
}

function axisLook(colour: (css: string) => string): uPlot.Axis {
  const line = colour('var(--border)')
  return { stroke: colour('var(--text-dim)'), font: '11px system-ui, sans-serif', grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 5 }, gap: 5 }
}

function look(kind: TimeSeriesProps['kind'], css: string, onStack: boolean, values: (number | null)[], count: number, colour: (css: string) => string): uPlot.Series {
  const color = colour(css)
  const base: uPlot.Series = { stroke: color, width: 1.5, spanGaps: false }
  if (kind === 'bars') return { ...base, width: 0, fill: color, points: { show: false }, ...(uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.86, 60], gap: 1 }) } : {}) }
  const alone = values.flatMap((value, i) => (value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null ? [i] : []))
  const points: uPlot.Series.Points = count <= 40 && !onStack ? { show: true, size: 5, fill: color } : { show: alone.length > 0, size: 5, fill: color, filter: () => alone }
  // On a stack the fill hides what stands below it, which is drawn later over it.
  if (kind === 'area') return { ...base, points, fill: colour(onStack ? `color-mix(in srgb, ${css} 72%, var(--bg))` : `color-mix(in srgb, ${css} 18%, transparent)`) }
  return { ...base, points }
}

function Tooltip({ hover, plot, shown, zone }: { hover: Hover; plot: Plot; shown: Drawn[]; zone: string }) {
  const x = plot.x[hover.index]
  if (x === undefined) return null
  const right = hover.left > window.innerWidth * 0.45
  const lines = shown.map((series) => ({ ...series, value: series.values[hover.index] ?? null })).filter(({ value }) => value !== null).toSorted((a, b) => b.value! - a.value!)
  return (
    <div className={styles.tooltip} role="presentation" style={right ? { right: `calc(100% - ${hover.left + 44}px)`, top: 10 } : { left: hover.left + 86, top: 10 }}>
      <b>{plot.time ? `${pointTime(x, zone)} ${offset(x * 1e6, zone)}` : short(x)}</b>
      {lines.length === 0 && <span>No data</span>}
      {lines.slice(0, 12).map((line) => <span key={line.name}><i style={{ background: line.color }} /><em>{line.name}</em>{line.value!.toLocaleString('en', { maximumSignificantDigits: 6 })}</span>)}
      {lines.length > 12 && <span>and {lines.length - 12} more</span>}
    </div>
  )
}

/** The numbers of a chart. */
function ChartTable({ plot, zone }: { plot: Plot; zone: string }) {
  return (
    <div className={styles.table} tabIndex={0} role="region" aria-label="Numbers of the chart">
      <table>
        <thead><tr><th scope="col">{plot.time ? 'Time' : 'x'}</th>{plot.series.map((series) => <th key={series.name} scope="col">{series.name}</th>)}</tr></thead>
        <tbody>
          {plot.x.slice(0, 2000).map((x, i) => (
            <tr key={x}><th scope="row">{plot.time ? pointTime(x, zone) : short(x)}</th>{plot.series.map((series) => <td key={series.name}>{series.values[i]?.toLocaleString('en', { maximumSignificantDigits: 6 }) ?? '–'}</td>)}</tr>
          ))}
        </tbody>
      </table>
      {plot.x.length > 2000 && <p>The first 2 000 of {plot.x.length.toLocaleString('en')}.</p>}
    </div>
  )
}
