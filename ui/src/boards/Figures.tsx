import { useMemo } from 'react'
import { spanWords } from '../lib/when'
import type { BodyProps } from './bodies'
import { changeOf, colourAt, columnsOf, figuresOf, thresholdsOf, type Columns, type Figure } from './shape'
import { formatted, readFormat } from './units'
import styles from './boards.module.css'

/** The most numbers that one panel can show in a readable size. */
const most = 24

/** One number or several, large: with how they went, and what they were in the range before. */
export function Figures({ panel, answered, earlier, columns, onClick }: BodyProps & { columns: Columns }) {
  const { spec, kind } = panel.spec.plugin
  const calculation = typeof spec['calculation'] === 'string' ? spec['calculation'] : 'last'
  const figures = useMemo(() => figuresOf(answered.answer, columns, calculation), [answered, columns, calculation])
  const past = useMemo(() => {
    const shape = earlier && columnsOf(earlier, panel)
    return new Map(shape ? figuresOf(earlier, shape, calculation).map(({ name, value }) => [name, value]) : [])
  }, [earlier, panel, calculation])
  const format = readFormat(spec['format'])
  const top = typeof spec['max'] === 'number' ? spec['max'] : format.unit === 'percent-decimal' ? 1 : 100
  const low = typeof spec['min'] === 'number' ? spec['min'] : 0
  const thresholds = thresholdsOf(spec['thresholds'], top)
  const sparkline = (spec['sparkline'] as { show?: unknown } | undefined)?.show !== false
  const { since, until } = answered.asked.question
  return (
    <div className={styles.figures} data-many={figures.length > 1}>
      {figures.slice(0, most).map((figure) => (
        <div key={figure.name} className={styles.figure}>
          {figures.length > 1 && <span className={styles.figureName} title={figure.name}>{figure.name}</span>}
          {kind === 'GaugeChart'
            ? <Gauge part={figure.value === null ? undefined : (figure.value - low) / (top - low || 1)} color={colourAt(figure.value, thresholds) ?? 'var(--series-2)'} text={wordsOf(figure, format)} />
            : <Value figure={figure} text={wordsOf(figure, format)} color={colourAt(figure.value, thresholds)} onClick={onClick && ((event) => onClick({ clientX: event.clientX, clientY: event.clientY, name: figure.name, value: wordsOf(figure, format), groups: [], ...(columns.values.includes(figure.name) ? { metric: figure.name } : {}) }))} />}
          <Change value={figure.value} before={past.get(figure.name)} length={until! - since} />
          {sparkline && kind !== 'GaugeChart' && figure.line.length > 1 && <Sparkline values={figure.line} color={colourAt(figure.value, thresholds) ?? 'var(--series-2)'} />}
        </div>
      ))}
      {figures.length > most && <p className={styles.note}>and {figures.length - most} more</p>}
    </div>
  )
}

function wordsOf(figure: Figure, format: Parameters<typeof formatted>[1]): string {
  return figure.value === null ? '–' : formatted(figure.value, format)
}

function Value({ figure, text, color, onClick }: { figure: Figure; text: string; color: string | undefined; onClick: ((event: React.MouseEvent) => void) | undefined }) {
  const exact = figure.value?.toLocaleString('en', { maximumSignificantDigits: 15 }) ?? 'No data'
  return <button type="button" className={styles.value} title={exact} style={color ? { color } : {}} disabled={!onClick || figure.value === null} aria-haspopup="menu" onClick={onClick}>{text}</button>
}

/** Neither green nor red: whether more is better, only the reader knows. */
function Change({ value, before, length }: { value: number | null; before: number | null | undefined; length: number }) {
  const change = changeOf(value, before)
  if (change === undefined) return null
  const percent = Math.abs(change * 100)
  const words = percent >= 1000 ? `${Math.round(Math.abs(change) + 1)}×` : `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`
  return <span className={styles.change}>{percent < 0.05 ? 'as' : change > 0 ? `▲ ${words}` : `▼ ${words}`}<span> {percent < 0.05 ? 'in' : 'from'} the {lengthWords(length)} before</span></span>
}

function lengthWords(length: number): string {
  const minutes = Math.round(length / 60e6)
  return minutes >= 1440 && minutes % 1440 === 0 ? spanWords(`${minutes / 1440}d`) : minutes >= 60 && minutes % 60 === 0 ? spanWords(`${minutes / 60}h`) : spanWords(`${Math.max(1, minutes)}m`)
}

/** A line without axes; holes stay holes. */
function Sparkline({ values, color }: { values: readonly (number | null)[]; color: string }) {
  const known = values.filter((value) => value !== null)
  const [min, max] = [Math.min(0, ...known), Math.max(...known)]
  const y = (value: number) => (max === min ? 20 : 38 - ((value - min) / (max - min)) * 36)
  const x = (i: number) => (i / (values.length - 1)) * 100
  let line = ''
  values.forEach((value, i) => {
    if (value !== null) line += `${i > 0 && values[i - 1] !== null ? 'L' : 'M'}${x(i).toFixed(2)} ${y(value).toFixed(2)}`
  })
  return (
    <svg className={styles.sparkline} viewBox="0 0 100 40" preserveAspectRatio="none" aria-hidden="true">
      <path d={line} fill="none" style={{ stroke: color }} strokeWidth="1.5" vectorEffect="non-scaling-stroke" strokeLinejoin="round" />
    </svg>
  )
}

/** Half a ring that is full as far as the number goes. */
function Gauge({ part, color, text }: { part: number | undefined; color: string; text: string }) {
  const length = Math.PI * 80
  const full = Math.max(0, Math.min(1, part ?? 0)) * length
  return (
    <svg className={styles.gauge} viewBox="0 0 200 116" role="img" aria-label={text}>
      <path d="M20 104 A80 80 0 0 1 180 104" fill="none" className={styles.gaugeTrack} strokeWidth="18" strokeLinecap="round" />
      {full > 0 && <path d="M20 104 A80 80 0 0 1 180 104" fill="none" style={{ stroke: color }} strokeWidth="18" strokeLinecap="round" strokeDasharray={`${full} ${length}`} />}
      <text x="100" y="100" textAnchor="middle">{text}</text>
    </svg>
  )
}
