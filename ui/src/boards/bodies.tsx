// What stands inside the frame of a panel, by its kind.

import { lazy, Suspense, useMemo, useRef, type MouseEvent } from 'react'
import type { Answer } from '../api/client'
import { Categories } from '../charts/Categories'
import { seriesColor } from '../charts/colours'
import { TimeSeries, type Look } from '../charts/TimeSeries'
import type { Answered } from './data'
import { useScope } from './data'
import { panelTitle, type Panel } from './definition'
import { Figures } from './Figures'
import { amountsOf, columnsOf, meaningOf, seriesOf, thresholdsOf, type Columns } from './shape'
import { PanelTable } from './PanelTable'
import { formatted, onAxis, readFormat } from './units'
import styles from './boards.module.css'

const Markdown = lazy(async () => ({ default: (await import('../chat/Markdown')).Markdown }))

/** What was clicked, and where. */
export interface Clicked {
  clientX: number
  clientY: number
  /** In words: the series, the category or the cell. */
  name: string
  /** A series or a category that can be hidden. */
  series?: string
  value?: string
  groups: { column: string; value: unknown }[]
  metric?: string
  /** A bucket of time: the column that it is of, when it begins, and how long it is if that is known; in seconds. */
  bucket?: { column: string; from: number; length: number | undefined }
}

export interface BodyProps {
  panel: Panel
  answered: Answered
  /** The same of the range before, where it was asked for. */
  earlier: Answer | undefined
  hidden: ReadonlySet<string>
  onHidden: (hidden: ReadonlySet<string>) => void
  onClick: ((clicked: Clicked) => void) | undefined
}

type Wild = Record<string, unknown>
const record = (value: unknown): Wild => (typeof value === 'object' && value !== null ? (value as Wild) : {})
const number = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)
const word = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A panel's answer, drawn. */
export function Body(props: BodyProps) {
  const { answer } = props.answered
  const { kind } = props.panel.spec.plugin
  const columns = useMemo(() => columnsOf(answer, props.panel), [answer, props.panel])
  if (kind === 'Table') return <PanelTable {...props} />
  if (answer.rows.length === 0) return <p className={styles.note}>No rows in this range.</p>
  if (!columns) return <p className={styles.note}>There is no column of numbers to draw.</p>
  const { time } = columns
  if (kind === 'Values' || kind === 'StatChart' || kind === 'GaugeChart') return <Figures {...props} columns={columns} />
  if (kind === 'PieChart' || (kind === 'BarChart' && (time === undefined || columns.by !== undefined))) return <Amounts {...props} columns={columns} />
  if (kind === 'TimeSeriesChart' || kind === 'BarChart') return time === undefined ? <p className={styles.note}>A time series needs a column of times.</p> : <Series {...props} columns={{ ...columns, time }} />
  return <p className={styles.note}>Hearth does not draw panels of the kind {kind || 'that is missing'}.</p>
}

/** Text that needs no answer. */
export function TextBody({ panel }: { panel: Panel }) {
  return <div className={styles.text}><Suspense><Markdown text={word(panel.spec.plugin.spec['text'])} /></Suspense></div>
}

/** Colours that stay with their names, whatever else comes and goes. */
function useColoursOf(names: readonly string[], by: string | undefined): string[] {
  const kept = useRef(new Map<string, number>())
  const all = JSON.stringify(names)
  return useMemo(() => (JSON.parse(all) as string[]).map((name) => {
    if (!kept.current.has(name)) kept.current.set(name, kept.current.size)
    return /^other \d+$/.test(name) ? 'var(--text-faint)' : seriesColor(name, kept.current.get(name)!, by === 'service' ? 'service_name' : by)
  }), [all, by])
}

function lookOf(spec: Wild): Look {
  const [axis, visual] = [record(spec['yAxis']), record(spec['visual'])]
  const [min, max, log] = [number(axis['min']), number(axis['max']), number(axis['logBase'])]
  const [lineWidth, areaOpacity] = [number(visual['lineWidth']), number(visual['areaOpacity'])]
  const thresholds = thresholdsOf(spec['thresholds'], max)
  return {
    ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }), ...(log === undefined ? {} : { log }), ...(lineWidth === undefined ? {} : { lineWidth }),
    ...(areaOpacity ? { areaOpacity } : {}), ...(visual['connectNulls'] === true ? { connectNulls: true } : {}), ...(thresholds.length > 0 ? { thresholds } : {}),
  }
}

function Series({ panel, answered, hidden, onHidden, onClick, columns }: BodyProps & { columns: Columns & { time: string } }) {
  const scope = useScope()
  const { answer, asked } = answered
  const { spec, kind } = panel.spec.plugin
  const shaped = useMemo(() => seriesOf(answer, columns), [answer, columns])
  const colors = useColoursOf(shaped.series.map((series) => series.name), columns.by)
  const look = useMemo(() => lookOf(spec), [spec])
  const visual = record(spec['visual'])
  const legend = record(spec['legend'])
  const [format, formatAxis] = useMemo(() => {
    const given = readFormat(record(spec['yAxis'])['format'] ?? spec['format'])
    const axis = onAxis(given)
    return [(n: number) => formatted(n, given), (n: number) => formatted(n, axis)]
  }, [spec])
  const { since, until } = asked.question
  const span = useMemo((): [number, number] => [Math.min(since / 1e6, shaped.x[0] ?? Infinity), until! / 1e6], [since, until, shaped])
  if (shaped.x.length === 0) return <p className={styles.note}>No values of {columns.time}.</p>
  const bars = visual['display'] === 'bar' || kind === 'BarChart'
  const area = (look.areaOpacity ?? 0) > 0 || visual['stack'] === 'all' || visual['stack'] === 'percent'
  const step = Math.min(...shaped.x.slice(1).map((x, i) => x - shaped.x[i]!))
  return (
    <TimeSeries
      plot={shaped} kind={bars ? 'bars' : area ? 'area' : 'line'} stack={visual['stack'] === 'percent' ? 'percent' : visual['stack'] === 'all'} colors={colors} zone={scope.zone} label={panelTitle(panel) || 'Chart'}
      look={look} format={format} formatAxis={formatAxis} span={span} sync={`board ${scope.slug}`} hidden={hidden} onHidden={onHidden}
      legend={legend['position'] === 'right' || legend['position'] === 'hidden' ? legend['position'] : shaped.series.length === 1 && !legend['position'] ? 'hidden' : 'bottom'}
      legendValues={String(legend['mode']).toLowerCase() === 'table'}
      onZoom={(from, to) => scope.onZoom(Math.floor(from * 1e6), Math.ceil(to * 1e6))}
      onPoint={onClick && ((point) => {
        const value = point.series === undefined ? null : (shaped.series.find((series) => series.name === point.series)?.values[shaped.x.indexOf(point.x)] ?? null)
        const meaning = point.series === undefined ? undefined : meaningOf(answer, columns, point.series)
        onClick({
          clientX: point.clientX, clientY: point.clientY, name: point.series ?? panelTitle(panel), ...(point.series === undefined ? {} : { series: point.series }), ...(value === null ? {} : { value: format(value) }),
          groups: meaning?.group ? [meaning.group] : [], ...(meaning ? { metric: meaning.metric } : {}), bucket: { column: columns.time, from: point.x, length: Number.isFinite(step) ? step : undefined },
        })
      })}
    />
  )
}

function Amounts({ panel, answered, hidden, onClick, columns }: BodyProps & { columns: Columns }) {
  const { answer } = answered
  const { spec, kind } = panel.spec.plugin
  const pie = kind === 'PieChart'
  const calculation = word(spec['calculation']) || (columns.time === undefined ? 'sum' : 'last')
  const amounts = useMemo(() => amountsOf(answer, columns, calculation, pie ? 'desc' : word(spec['sort'])), [answer, columns, calculation, spec])
  const shown = amounts.filter((slice) => !hidden.has(slice.name))
  const { by } = columns
  const many = useColoursOf(shown.map((slice) => slice.name), by)
  const meant = by === 'service_name' || by === 'service' || by === 'level' || by === 'level_name'
  const colors = pie || meant ? many : shown.map(() => 'var(--series-2)')
  const format = readFormat(spec['format'])
  if (amounts.length === 0) return <p className={styles.note}>No values in this range.</p>
  const choose = onClick && ((slice: { name: string; value: number }, event: MouseEvent) => {
    const meaning = meaningOf(answer, columns, slice.name)
    onClick({ clientX: event.clientX, clientY: event.clientY, name: slice.name, series: slice.name, value: formatted(slice.value, format), groups: meaning?.group ? [meaning.group] : [], ...(meaning ? { metric: meaning.metric } : {}) })
  })
  return <Categories small parts={pie || spec['mode'] === 'percentage'} slices={shown} kind={pie ? 'pie' : 'ranking'} colors={colors} label={panelTitle(panel) || 'Chart'} format={(n) => formatted(n, format)} onSlice={choose} />
}
