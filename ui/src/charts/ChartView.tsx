import { useMemo, type ReactNode, type RefObject } from 'react'
import type { Answer } from '../api/client'
import { kindOf } from '../sql/values'
import { Categories } from './Categories'
import { seriesColor } from './colours'
import { chartTypes, guess, isSeries, readForm, turned, writeForm, type ChartForm, type ChartType } from './form'
import { plot, slices } from './series'
import { TimeSeries } from './TimeSeries'
import styles from './charts.module.css'

export interface ChartViewProps {
  answer: Answer
  /** As writeForm writes it; what is empty or does not fit is guessed. */
  form: string
  onForm: (form: string) => void
  /** A time range was dragged over, in microseconds since 1970. */
  onZoom: (since: number, until: number) => void
  zone: string
  pane: RefObject<HTMLDivElement | null>
}

const typeNames: Record<ChartType, string> = { line: 'Line', area: 'Area', bars: 'Bars', ranking: 'Ranking', pie: 'Pie' }

/** An answer as a chart, with what it shows in a form above it. */
export function ChartView(props: ChartViewProps) {
  const { answer } = props
  const form = useMemo(() => readForm(props.form, answer) ?? guess(answer), [props.form, answer])
  if (!form) return <div ref={props.pane} tabIndex={-1} className={styles.view}><p className={styles.nothing}>A chart needs a column of numbers.</p></div>
  return (
    <div ref={props.pane} className={styles.view} tabIndex={-1} role="region" aria-label="Chart">
      <Form answer={answer} form={form} onForm={(changed) => props.onForm(writeForm(changed))} />
      {isSeries(form.type) ? <Lines {...props} form={form} /> : <Parts answer={answer} form={form} />}
    </div>
  )
}

function Lines({ answer, form, zone, onZoom }: Omit<ChartViewProps, 'form'> & { form: ChartForm }) {
  const shaped = useMemo(() => plot(answer, form), [answer, form])
  const colors = useMemo(() => shaped.series.map((series, i) => seriesColor(series.name, i, form.y.length > 1 ? undefined : form.by)), [shaped, form])
  if (shaped.x.length === 0) return <p className={styles.nothing}>No values of {form.x}.</p>
  return (
    <TimeSeries
      plot={shaped} kind={form.type as 'line' | 'area' | 'bars'} stack={form.stack ?? false} colors={colors} zone={zone} label={labelOf(form)}
      onZoom={shaped.time ? (from, to) => onZoom(Math.floor(from * 1e6), Math.ceil(to * 1e6)) : undefined}
    />
  )
}

function Parts({ answer, form }: { answer: Answer; form: ChartForm }) {
  const parts = useMemo(() => slices(answer, form), [answer, form])
  const colors = parts.map((slice, i) => (form.type === 'pie' || form.x === 'service_name' || form.x === 'level' ? seriesColor(slice.name, i, form.x) : 'var(--series-2)'))
  return <Categories slices={parts} kind={form.type as 'ranking' | 'pie'} colors={colors} label={labelOf(form)} />
}

function labelOf(form: ChartForm): string {
  return `${form.y.join(', ')} by ${form.x}${form.by === undefined ? '' : ` and ${form.by}`}`
}

function Form({ answer, form, onForm }: { answer: Answer; form: ChartForm; onForm: (form: ChartForm) => void }) {
  const all = answer.fields.map((field) => field.name)
  const numbers = answer.fields.filter((field) => kindOf(field) === 'number').map((field) => field.name)
  const series = isSeries(form.type)
  const { by: _, ...whole } = form
  return (
    <div className={styles.form} role="group" aria-label="What the chart shows">
      <Select label="Type" value={form.type} options={chartTypes.map((type) => [type, typeNames[type]])} onChange={(type) => onForm(turned(form, type as ChartType, answer))} />
      <Select label={series ? 'X' : 'Name'} value={form.x} options={all.map((name) => [name, name])} onChange={(x) => onForm({ ...form, x })} />
      {series && form.y.length > 1 && form.by === undefined
        ? <Several label="Y" names={numbers} chosen={form.y} onChange={(y) => onForm({ ...form, y })} />
        : <Select label={series ? 'Y' : 'Value'} value={form.y[0]!} options={numbers.map((name) => [name, name])} onChange={(y) => onForm({ ...form, y: [y] })} />}
      {series && <Select label="Split by" value={form.by ?? ''} options={[['', 'nothing'], ...all.filter((name) => name !== form.x).map((name): [string, string] => [name, name])]} onChange={(by) => onForm(by === '' ? whole : { ...form, by, y: form.y.slice(0, 1) })} />}
      {(form.type === 'line' || form.type === 'area') && (
        <label className={styles.check}><input type="checkbox" checked={form.stack ?? false} onChange={(event) => onForm({ ...form, stack: event.target.checked })} />Stack</label>
      )}
    </div>
  )
}

function Select({ label, value, options, onChange }: { label: string; value: string; options: [string, string][]; onChange: (value: string) => void }): ReactNode {
  return (
    <label className={styles.field}>
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>{options.map(([key, name]) => <option key={key} value={key}>{name}</option>)}</select>
    </label>
  )
}

/** Several columns; the last one cannot be taken away. */
function Several({ label, names, chosen, onChange }: { label: string; names: string[]; chosen: string[]; onChange: (chosen: string[]) => void }) {
  return (
    <span className={styles.field} role="group" aria-label={label}>
      <span>{label}</span>
      {names.map((name) => (
        <label key={name} className={styles.check}>
          <input type="checkbox" checked={chosen.includes(name)} disabled={chosen.length === 1 && chosen[0] === name} onChange={(event) => onChange(event.target.checked ? names.filter((n) => n === name || chosen.includes(n)) : chosen.filter((n) => n !== name))} />{name}
        </label>
      ))}
    </span>
  )
}
