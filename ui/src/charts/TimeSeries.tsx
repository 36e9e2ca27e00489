import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { offset } from '../lib/time'
import { axisTime, pointTime } from './axis'
import { useColours } from './colours'
import { shares, short, stacked, type Plot, type Series } from './series'
import styles from './charts.module.css'

/** A value that is drawn as a line across the chart. */
export interface Threshold {
  value: number
  /** As a CSS value. */
  color: string
  name?: string
}

/** How lines look, where it is not as usual. */
export interface Look {
  lineWidth?: number
  /** 0 to 1: how much of an area one sees. */
  areaOpacity?: number
  /** Lines go on over what is missing. */
  connectNulls?: boolean
  min?: number
  max?: number
  /** The base of a logarithmic axis. */
  log?: number
  thresholds?: readonly Threshold[]
}

/** What was clicked: the nearest series, and the place on the axis. */
export interface Point {
  series: string | undefined
  x: number
  clientX: number
  clientY: number
}

export interface TimeSeriesProps {
  plot: Plot
  kind: 'line' | 'area' | 'bars'
  /** Series stand on each other; bars always do. percent: as parts of their sum. */
  stack?: boolean | 'percent'
  /** The colour of each series, as CSS values. */
  colors: string[]
  zone: string
  /** What the chart shows, for who does not see it. */
  label: string
  /** A part of the axis was dragged over; without it the chart itself zooms, and a double click goes back. */
  onZoom?: ((from: number, to: number) => void) | undefined
  look?: Look
  /** Says a value in words; and shorter, beside the axis. */
  format?: (n: number) => string
  formatAxis?: (n: number) => string
  legend?: 'bottom' | 'right' | 'hidden'
  /** The legend says the last value of each series. */
  legendValues?: boolean
  /** The ends of the axis; else those of the data. */
  span?: readonly [number, number] | undefined
  /** Charts of the same name show the same place when one points at one of them. */
  sync?: string
  onPoint?: ((point: Point) => void) | undefined
  /** The series that are not shown, where the page keeps them. */
  hidden?: ReadonlySet<string>
  onHidden?: (hidden: ReadonlySet<string>) => void
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
  /** In pixels of the window. */
  left: number
  top: number
}

/** Series over time, or over numbers. It fills what it stands in; its legend hides series and its table says the same in words. */
export function TimeSeries(props: TimeSeriesProps) {
  const { plot, legend = 'bottom' } = props
  const [own, setOwn] = useState<ReadonlySet<string>>(new Set())
  const [hidden, setHidden] = [props.hidden ?? own, props.onHidden ?? setOwn]
  const [hover, setHover] = useState<Hover>()
  const [table, setTable] = useState(false)
  const [focus, setFocus] = useState<string>()
  const [placed, setPlaced] = useState<Placed>()
  const shown = useMemo(() => plot.series.map((series, i) => ({ ...series, color: props.colors[i]! })).filter((series) => !hidden.has(series.name)), [plot, props.colors, hidden])
  const toggle = (name: string) => setHidden(hidden.has(name) ? new Set([...hidden].filter((other) => other !== name)) : new Set([...hidden, name]))
  const format = props.format ?? ((n: number) => n.toLocaleString('en', { maximumSignificantDigits: 6 }))
  return (
    <figure className={`${styles.chart} ${legend === 'right' ? styles.beside : ''}`} aria-label={props.label}>
      {table ? <ChartTable plot={plot} zone={props.zone} format={format} /> : <Canvas {...props} shown={shown} focus={focus} onHover={setHover} onPlaced={setPlaced} />}
      {placed && !table && props.over && <div className={styles.over} style={placed.box}>{props.over(placed)}</div>}
      {hover && !table && <Tooltip hover={hover} plot={plot} shown={shown} zone={props.zone} format={format} percent={props.stack === 'percent'} />}
      {legend !== 'hidden' && (
        <figcaption className={styles.legend}>
          {plot.series.map((series, i) => (
            <button
              key={series.name} type="button" aria-pressed={!hidden.has(series.name)} title={hidden.has(series.name) ? `Show ${series.name}` : `Hide ${series.name}`} onClick={() => toggle(series.name)}
              onPointerEnter={() => setFocus(series.name)} onPointerLeave={() => setFocus(undefined)}
            >
              <i style={{ background: props.colors[i] }} /><span>{series.name}</span>{props.legendValues && <b>{lastOf(series, format)}</b>}
            </button>
          ))}
          <button type="button" className={styles.asTable} aria-pressed={table} onClick={() => setTable(!table)}>{table ? 'Show as chart' : 'Show as table'}</button>
        </figcaption>
      )}
    </figure>
  )
}

function lastOf(series: Series, format: (n: number) => string): string {
  const last = series.values.findLast((value) => value !== null)
  return last === undefined || last === null ? '–' : format(last)
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

interface CanvasProps extends TimeSeriesProps {
  shown: Drawn[]
  focus: string | undefined
  onHover: (hover: Hover | undefined) => void
  onPlaced: (placed: Placed | undefined) => void
}

/** What is drawn: the edges of the series, and in which order. What stands on top is drawn first, so that the lower ones cover its lower part. */
function edgesOf(props: CanvasProps): { edges: Series[]; order: number[]; onStack: boolean } {
  const onStack = props.stack === true || props.stack === 'percent' || props.kind === 'bars'
  const shown = props.stack === 'percent' ? shares(props.shown) : props.shown
  const edges = onStack ? stacked(shown) : shown
  return { edges, onStack, order: onStack ? edges.map((_, i) => edges.length - 1 - i) : edges.map((_, i) => i) }
}

function Canvas(props: CanvasProps) {
  const { plot, kind, shown, zone } = props
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(undefined)
  const colour = useColours()
  const latest = useRef(props)
  latest.current = props
  const { edges, order, onStack } = useMemo(() => edgesOf(props), [plot, shown, kind, props.stack])
  const data = useMemo(() => [plot.x, ...order.map((i) => edges[i]!.values)] as uPlot.AlignedData, [plot.x, edges, order])
  const zooms = props.onZoom !== undefined
  // Another shape is another chart; other numbers are put into the one that is there.
  const shape = JSON.stringify([kind, props.stack, shown.map(({ name, color }) => [name, color]), plot.time, zone, props.look, zooms, props.sync])
  useEffect(() => {
    const at = box.current!
    const made = new uPlot(optionsOf({ latest, at, order, onStack, zooms, colour }), data, at)
    chart.current = made
    made.root.querySelector('canvas')?.setAttribute('aria-hidden', 'true')
    made.over.addEventListener('click', (event) => {
      if (!latest.current.onPoint) return
      latest.current.onHover(undefined)
      latest.current.onPoint(pointOf(made, latest.current, event))
    })
    const resize = new ResizeObserver(() => made.setSize(sizeOf(at)))
    resize.observe(at)
    return () => {
      resize.disconnect()
      chart.current = undefined
      made.destroy()
      latest.current.onHover(undefined)
      latest.current.onPlaced(undefined)
    }
  }, [shape, colour])
  useEffect(() => {
    if (chart.current && chart.current.data !== data) chart.current.setData(data)
  }, [data, props.span?.[0], props.span?.[1], props.format])
  useEffect(() => {
    const at = order.findIndex((i) => shown[i]!.name === props.focus)
    chart.current?.setSeries(at < 0 ? null : at + 1, { focus: true }, false)
  }, [props.focus])
  return <div ref={box} className={styles.canvas} role="img" aria-label={`${props.label}. Its table says the same.`} data-clickable={props.onPoint !== undefined} />
}

function sizeOf(at: HTMLElement): { width: number; height: number } {
  return { width: Math.max(80, at.clientWidth), height: Math.max(60, at.clientHeight) }
}

interface Making {
  latest: { readonly current: CanvasProps }
  at: HTMLElement
  order: number[]
  onStack: boolean
  zooms: boolean
  colour: (css: string) => string
}

function optionsOf({ latest, at, order, onStack, zooms, colour }: Making): uPlot.Options {
  const { plot, kind, zone, look = {}, sync, shown } = latest.current
  const xRange = (_: uPlot, min: number | null, max: number | null): [number, number] => (latest.current.span ? [...latest.current.span] : min === null || max === null ? [0, 1] : widened(min, max))
  const yValues = (splits: number[]) => splits.map((n) => (n === null ? '' : latest.current.stack === 'percent' ? `${n} %` : (latest.current.formatAxis ?? latest.current.format ?? short)(n)))
  return {
    ...sizeOf(at),
    legend: { show: false },
    padding: [8, 18, 0, 0], // the label of the last moment is centred below it
    focus: { alpha: 0.25 },
    ...(plot.time ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), zone) } : {}),
    scales: {
      x: { time: plot.time, range: xRange },
      y: look.log ? { distr: 3, log: look.log === 2 ? 2 : 10 } : { range: (_, min, max) => bounded(yRange(min, max, onStack || kind !== 'line'), look, latest.current.stack === 'percent') },
    },
    axes: [
      { ...axisLook(colour), space: 64, size: plot.time ? 40 : 30, ...(plot.time ? { values: (_: uPlot, splits: number[]) => axisTime(splits, zone) } : { values: (_: uPlot, splits: number[]) => splits.map(short) }) },
      { ...axisLook(colour), size: (_, values) => Math.max(34, Math.min(92, Math.max(0, ...(values ?? []).map((text) => text?.length ?? 0)) * 6.2 + 16)), space: 34, values: (_, splits) => yValues(splits) },
    ],
    series: [{}, ...order.map((i): uPlot.Series => seriesLook(kind, shown[i]!.color, onStack, plot.time, look, colour))],
    cursor: {
      drag: { x: true, y: false, setScale: !zooms }, points: kind === 'bars' ? { show: false } : { size: 7 }, y: false,
      // The bar of a bucket begins at its time.
      ...(kind === 'bars' && plot.time ? { dataIdx: (u: uPlot, _: number, nearest: number, x: number) => (nearest > 0 && u.data[0][nearest]! > x ? nearest - 1 : nearest) } : {}),
      ...(sync === undefined ? {} : { sync: { key: sync, scales: ['x', null], filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave', sub: () => true } } }),
    },
    hooks: {
      setCursor: [(u) => latest.current.onHover(hoverOf(u))],
      setSelect: [(u) => {
        if (!zooms || u.select.width < 4) return
        latest.current.onZoom?.(u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x'))
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
      }],
      draw: [
        (u) => drawThresholds(u, look.thresholds ?? [], colour),
        (u) => latest.current.over && latest.current.onPlaced(placedBy(u, at.parentElement!)),
      ],
    },
  }
}

function widened(min: number, max: number): [number, number] {
  return min === max ? [min - 1, max + 1] : [min, max]
}

/** Where the pointer is; nothing on charts that only follow another one. */
function hoverOf(u: uPlot): Hover | undefined {
  const { idx, left = -1, top = -1 } = u.cursor
  if (idx === null || idx === undefined || left < 0 || !u.over.matches(':hover')) return undefined
  const box = u.over.getBoundingClientRect()
  return { index: idx, left: box.left + left, top: box.top + top }
}

/** The series that is nearest to a click: the one whose part of a stack holds it, else the one whose line passes by. */
function pointOf(u: uPlot, props: CanvasProps, event: MouseEvent): Point {
  const index = u.cursor.idx ?? 0
  const y = event.clientY - u.over.getBoundingClientRect().top
  const { edges, onStack } = edgesOf(props)
  const heights = edges.map((edge) => (edge.values[index] === null || edge.values[index] === undefined ? undefined : u.valToPos(edge.values[index], 'y')))
  const nearest = onStack ? heights.findIndex((height, i) => height !== undefined && height <= y && (props.shown[i]!.values[index] ?? 0) !== 0) : closest(heights, y)
  return { series: props.shown[nearest]?.name, x: props.plot.x[index] ?? Number.NaN, clientX: event.clientX, clientY: event.clientY }
}

/** How far a click may be from a line, in pixels. */
const reach = 30

function closest(heights: (number | undefined)[], y: number): number {
  let best = -1
  heights.forEach((height, i) => {
    if (height !== undefined && Math.abs(height - y) <= reach && (best < 0 || Math.abs(height - y) < Math.abs(heights[best]! - y))) best = i
  })
  return best
}

function drawThresholds(u: uPlot, thresholds: readonly Threshold[], colour: (css: string) => string): void {
  const { ctx, bbox } = u
  ctx.save()
  for (const { value, color, name } of thresholds) {
    const y = Math.round(u.valToPos(value, 'y', true))
    if (y < bbox.top || y > bbox.top + bbox.height) continue
    ctx.strokeStyle = ctx.fillStyle = colour(color)
    ctx.lineWidth = devicePixelRatio
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    if (!name) continue
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`
    ctx.textAlign = 'right'
    ctx.fillText(name, bbox.left + bbox.width - 4 * devicePixelRatio, y - 4 * devicePixelRatio)
  }
  ctx.restore()
}

/** From zero, where areas would lie otherwise; with some room above. */
function yRange(min: number | null, max: number | null, fromZero: boolean): [number, number] {
  if (min === null || max === null) return [0, 1]
  if (fromZero || (min >= 0 && min < max * 0.6)) return [Math.min(0, min), max === 0 && min === 0 ? 1 : Math.max(0, max) * 1.06]
  const room = (max - min || Math.abs(max) || 1) * 0.08
  return [min - room, max + room]
}

/** What the definition says of the ends of the axis. */
function bounded([from, to]: [number, number], { min, max }: Look, percent: boolean): [number, number] {
  if (percent) return [0, 100]
  const low = min ?? from
  return [low, Math.max(max ?? to, low + Number.EPSILON)]
}

function axisLook(colour: (css: string) => string): uPlot.Axis {
  const line = colour('var(--border)')
  return { stroke: colour('var(--text-dim)'), font: '11px system-ui, sans-serif', grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 5 }, gap: 5 }
}

function seriesLook(kind: TimeSeriesProps['kind'], css: string, onStack: boolean, time: boolean, look: Look, colour: (css: string) => string): uPlot.Series {
  const color = colour(css)
  const base: uPlot.Series = { stroke: color, width: look.lineWidth ?? 1.5, spanGaps: look.connectNulls ?? false }
  if (kind === 'bars') return { ...base, width: 0, fill: color, points: { show: false }, ...(uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.86, 60], gap: 1, align: time ? 1 : 0 }) } : {}) }
  // A value without neighbours has no line, only a point.
  const points: uPlot.Series.Points = { show: true, size: 5, fill: color, filter: (u, i) => pointsShown(u.data[i] as (number | null)[], onStack) }
  // On a stack the fill hides what stands below it, which is drawn later over it.
  if (kind === 'area') return { ...base, points, fill: colour(onStack ? `color-mix(in srgb, ${css} ${Math.round((look.areaOpacity ?? 0.72) * 100)}%, var(--bg))` : `color-mix(in srgb, ${css} ${Math.round((look.areaOpacity ?? 0.18) * 100)}%, transparent)`) }
  return { ...base, points }
}

function pointsShown(values: (number | null)[], onStack: boolean): number[] | null {
  if (values.length <= 40 && !onStack) return null
  return values.flatMap((value, i) => (value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null ? [i] : []))
}

function Tooltip({ hover, plot, shown, zone, format, percent }: { hover: Hover; plot: Plot; shown: Drawn[]; zone: string; format: (n: number) => string; percent: boolean }) {
  const x = plot.x[hover.index]
  if (x === undefined) return null
  const right = hover.left > window.innerWidth * 0.6
  const lines = shown.map((series) => ({ ...series, value: series.values[hover.index] ?? null })).filter(({ value }) => value !== null).toSorted((a, b) => b.value! - a.value!)
  const sum = lines.reduce((total, { value }) => total + Math.max(0, value!), 0)
  const top = Math.max(8, Math.min(hover.top - 12, window.innerHeight - 46 - 21 * Math.min(13, lines.length + 1)))
  return (
    <div className={styles.tooltip} role="presentation" style={{ top, ...(right ? { right: window.innerWidth - hover.left + 16 } : { left: hover.left + 16 }) }}>
      <b>{plot.time ? `${pointTime(x, zone)} ${offset(x * 1e6, zone)}` : short(x)}</b>
      {lines.length === 0 && <span>No data</span>}
      {lines.slice(0, 12).map((line) => <span key={line.name}><i style={{ background: line.color }} /><em>{line.name}</em>{format(line.value!)}{percent && sum > 0 && ` · ${((Math.max(0, line.value!) / sum) * 100).toFixed(1)} %`}</span>)}
      {lines.length > 12 && <span>and {lines.length - 12} more</span>}
    </div>
  )
}

/** The numbers of a chart. */
function ChartTable({ plot, zone, format }: { plot: Plot; zone: string; format: (n: number) => string }) {
  return (
    <div className={styles.table} tabIndex={0} role="region" aria-label="Numbers of the chart">
      <table>
        <thead><tr><th scope="col">{plot.time ? 'Time' : 'x'}</th>{plot.series.map((series) => <th key={series.name} scope="col">{series.name}</th>)}</tr></thead>
        <tbody>
          {plot.x.slice(0, 2000).map((x, i) => (
            <tr key={x}><th scope="row">{plot.time ? pointTime(x, zone) : short(x)}</th>{plot.series.map((series) => <td key={series.name}>{series.values[i] === null || series.values[i] === undefined ? '–' : format(series.values[i])}</td>)}</tr>
          ))}
        </tbody>
      </table>
      {plot.x.length > 2000 && <p>The first 2 000 of {plot.x.length.toLocaleString('en')}.</p>}
    </div>
  )
}
