import { Bell, Code, DatabaseSearch } from 'lucide-react'
import { useMemo, useState, type ReactNode } from 'react'
import { AddToBoard } from '../boards/AddToBoard'
import { seriesColor } from '../charts/colours'
import { TimeSeries } from '../charts/TimeSeries'
import { placed } from '../explore/address'
import { grouped } from '../lib/numbers'
import { ago, formatUTC, now } from '../lib/time'
import { useChange, useMay, usePageHref } from '../place'
import type { LiveSearch } from '../search'
import { conjuncts, without, type Field } from '../sql/condition'
import { Copy } from '../ui/Copy'
import { Dialog } from '../ui/Dialog'
import { Go } from '../ui/Go'
import { ErrorBox, Loading, Progress } from '../ui/State'
import type { MetricSearch } from './address'
import { useAbout, useChart, useExemplars, useResets, type About, type Scope } from './data'
import { aggregationHelp, aggregationOf, aggregations, drawnUnit, isSteady, unitWord, type Aggregation, type Metric } from './kinds'
import { fieldOf } from './labels'
import { panelOf } from './panel'
import { LabelFilters, SplitBy } from './Labels'
import { Marks } from './Marks'
import { KindIcon } from './MetricList'
import { boundAbove, gapsOf, peakOf, shapeOf, valueFor, type Shape } from './shape'
import { SmallCharts } from './Small'
import { alertSQL, bucketOf, chartSQL, stepWords, type Asked } from './sql'
import styles from './Metrics.module.css'

interface Props {
  scope: Scope
  metric: Metric
  search: MetricSearch
}

/** One metric: its chart, what it can be split and filtered by, and where its statement can go. */
export function MetricView({ scope, metric, search }: Props) {
  const change = useChange() as (changes: LiveSearch & MetricSearch, replace?: boolean) => void
  const where = search.where ?? ''
  const about = useAbout(scope, metric, where)
  const labels = about.data?.labels ?? []
  const aggregation = aggregationOf(metric.kind, search.agg)
  const by = search.by === undefined ? undefined : fieldOf(search.by, labels)
  const asked: Asked = { metric, aggregation, by, where }
  const setBy = (field: Field | undefined) => change({ by: field?.expression })
  const setWhere = (text: string) => change({ where: text || undefined })
  return (
    <article className={styles.metric} aria-label={metric.name}>
      <Head scope={scope} asked={asked} about={about.data} />
      <div className={styles.tools}>
        <Aggregations metric={metric} chosen={aggregation} onChoose={(agg) => change({ agg })} />
        <SplitBy labels={labels} by={by} onBy={setBy} />
        <LabelFilters scope={scope} metric={metric} labels={labels} by={by} where={where} onBy={setBy} onWhere={setWhere} />
      </div>
      <Conditions where={where} onWhere={setWhere} />
      {about.error && <ErrorBox error={about.error} onRetry={() => void about.refetch()} />}
      <Chart scope={scope} asked={asked} about={about.data} />
      {about.data && about.data.facts.points > 0 && <SmallCharts scope={scope} asked={asked} step={about.data.step} labels={labels} onBy={({ field }) => setBy(field)} />}
    </article>
  )
}

function Head({ scope, asked, about }: { scope: Scope; asked: Asked; about: About | undefined }) {
  const { metric } = asked
  const unit = unitWord(metric.unit)
  return (
    <header className={styles.head}>
      <h1><KindIcon metric={metric} size={17} /><span>{metric.name}</span><Copy text={metric.name} title="Copy the name" /></h1>
      <p>{metric.word}{unit && ` of ${unit}`}{metric.cumulative && ', cumulative'}{metric.description && ` · ${metric.description}`}</p>
      {metric.mixed && <p className={styles.warn}>Clients send it in several ways: with different types, units or temporalities. What is drawn follows the newest.</p>}
      <Ways scope={scope} asked={asked} about={about} />
    </header>
  )
}

/** Where the statement of the chart can go. */
function Ways({ scope, asked, about }: { scope: Scope; asked: Asked; about: About | undefined }) {
  const pageHref = usePageHref()
  const may = useMay('member')
  const [shown, setShown] = useState(false)
  const step = about?.step
  const chart = useChart(scope, asked, step)
  const sql = step === undefined ? '' : chartSQL(asked, bucketOf(step))
  const bound = useMemo(() => boundAbove(chart.data && peakOf(shapeOf(chart.data, asked.aggregation, asked.by !== undefined).plot)), [chart.data, asked.aggregation, asked.by])
  const at = placed(sql)
  const explore = `${pageHref('/explore', { sql: at.sql, view: 'chart' } as LiveSearch)}${at.hash && `#${at.hash}`}`
  const alert = pageHref('/alerts/new', { sql: alertSQL(asked, bound), name: asked.metric.name } as LiveSearch)
  return (
    <div className={styles.ways}>
      <button type="button" className={styles.way} disabled={sql === ''} onClick={() => setShown(true)}><Code size={14} />View SQL</button>
      <Go className={styles.way} href={explore}><DatabaseSearch size={14} />Open in Explore</Go>
      {may && <AddToBoard className={styles.way} panel={() => panelOf(asked)} />}
      {may && <Go className={styles.way} href={alert}><Bell size={14} />Create alert</Go>}
      {shown && <Statement sql={sql} onClose={() => setShown(false)} />}
    </div>
  )
}

function Statement({ sql, onClose }: { sql: string; onClose: () => void }) {
  return (
    <Dialog label="SQL of the chart" onClose={onClose}>
      {(close) => (
        <div className={styles.statement}>
          <h2>SQL of the chart</h2>
          <pre tabIndex={0} aria-label="SQL">{sql}</pre>
          <p>The time range is given beside it: Explore and the API take it as their own parameters.</p>
          <div className={styles.ways}><Copy text={sql} label="Copy" title="Copy the SQL" /><button type="button" className={styles.way} onClick={close}>Close</button></div>
        </div>
      )}
    </Dialog>
  )
}

function Aggregations({ metric, chosen, onChoose }: { metric: Metric; chosen: Aggregation; onChoose: (aggregation: Aggregation) => void }) {
  return (
    <div className={styles.segments} role="radiogroup" aria-label="Value">
      {aggregations[metric.kind].map((name) => (
        <button key={name} type="button" role="radio" aria-checked={name === chosen} title={aggregationHelp[name]} onClick={() => onChoose(name)}>{name}</button>
      ))}
    </div>
  )
}

/** The parts of the condition, each of which can be taken away: also those that no label wrote. */
function Conditions({ where, onWhere }: { where: string; onWhere: (where: string) => void }) {
  const parts = conjuncts(where)
  if (parts.length === 0) return null
  return (
    <div className={styles.conditions}>
      {parts.map((part) => <button key={part} type="button" title="Take this filter away" onClick={() => onWhere(without(where, part))}><code>{part}</code><span aria-hidden="true">×</span></button>)}
    </div>
  )
}

function Chart({ scope, asked, about }: { scope: Scope; asked: Asked; about: About | undefined }) {
  const change = useChange()
  const chart = useChart(scope, asked, about?.step)
  const { aggregation, by, metric } = asked
  const shape = useMemo(() => chart.data && shapeOf(chart.data, aggregation, by !== undefined), [chart.data, aggregation, by?.expression])
  const colors = useMemo(() => (shape?.plot.series ?? []).map((series, i) => seriesColor(series.name, i, by?.name)), [shape, by?.name])
  if (chart.error) return <ErrorBox error={chart.error} onRetry={() => void chart.refetch()} />
  if (!shape || !about) return <div className={styles.chart}><Loading lines={5} /></div>
  if (shape.plot.x.length === 0) return <NoPoints metric={metric} filtered={asked.where !== ''} onClear={() => change({ where: undefined } as LiveSearch)} />
  const added = aggregation === 'increase' || aggregation === 'count'
  const value = by === undefined ? aggregation : valueFor(aggregation)
  return (
    <div className={styles.chart} data-stale={chart.isPlaceholderData}>
      <Progress going={chart.isFetching && chart.isPlaceholderData} />
      <p className={styles.axis}>{value}{by && ` by ${by.name}`}{drawnUnit(metric, aggregation) && `, ${drawnUnit(metric, aggregation)}`}</p>
      <Marked scope={scope} asked={asked} shape={shape} colors={colors} kind={added ? 'bars' : 'line'} onZoom={(from, to) => change({ last: undefined, since: formatUTC(Math.floor(from * 1e6)), until: formatUTC(Math.ceil(to * 1e6)) })} />
      <Facts about={about} shape={shape} />
    </div>
  )
}

interface MarkedProps {
  scope: Scope
  asked: Asked
  shape: Shape
  colors: string[]
  kind: 'line' | 'bars'
  onZoom: (from: number, to: number) => void
}

function Marked({ scope, asked, shape, colors, kind, onZoom }: MarkedProps) {
  const pageHref = usePageHref()
  const exemplars = useExemplars(scope, asked)
  const resets = useResets(scope, asked)
  const gaps = useMemo(() => (isSteady(asked.metric) ? gapsOf(shape.plot) : []), [shape, asked.metric])
  const onAxis = asked.metric.kind !== 'counter' && asked.aggregation !== 'count'
  const signs: [boolean, string, ReactNode][] = [
    [exemplars.length > 0, styles.dot!, 'A dot opens the trace in which a value was measured'],
    [resets.length > 0, styles.reset!, `${resets.length} ${resets.length === 1 ? 'time' : 'times'} a counter began anew`],
    [gaps.length > 0, styles.gap!, `${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'} without data`],
  ]
  return (
    <>
      <TimeSeries
        plot={shape.plot} kind={kind} colors={colors} zone={scope.zone} label={`${asked.aggregation} of ${asked.metric.name}`} onZoom={onZoom}
        over={(place) => (
          <Marks
            place={place} gaps={gaps} resets={resets} exemplars={exemplars} onAxis={onAxis} unit={unitWord(asked.metric.unit)} zone={scope.zone}
            hrefOf={({ trace, span }) => pageHref(`/trace/${trace}`, { spanId: span })}
          />
        )}
      />
      {signs.some(([on]) => on) && <p className={styles.signs}>{signs.filter(([on]) => on).map(([, sign, text]) => <span key={sign}><i className={sign} />{text}</span>)}</p>}
    </>
  )
}

function Facts({ about, shape }: { about: About; shape: Shape }) {
  const { points, series } = about.facts
  return (
    <p className={styles.facts}>
      {grouped(points)} {points === 1 ? 'point' : 'points'} of {grouped(series)} series · drawn in steps of {stepWords(about.step)}
      {shape.left > 0 && ` · the ${shape.plot.series.length} largest series; ${grouped(shape.left)} are not drawn`}
    </p>
  )
}

function NoPoints({ metric, filtered, onClear }: { metric: Metric; filtered: boolean; onClear: () => void }) {
  const pageHref = usePageHref()
  const since = formatUTC(metric.lastSeen - 3_540_000_000)
  const until = formatUTC(metric.lastSeen + 60_000_000)
  return (
    <div className={styles.empty}>
      <p>{filtered ? 'No point of this time range passes the filters.' : 'Nothing was sent in this time range.'}</p>
      {filtered && <button type="button" className={styles.way} onClick={onClear}>Clear the filters</button>}
      {!filtered && <Go className={styles.way} href={pageHref(`/metrics/${encodeURIComponent(metric.name)}`, { last: undefined, since, until })}>Last point {ago(metric.lastSeen, now())}: go there</Go>}
    </div>
  )
}
