import { Check, Split } from 'lucide-react'
import { useState } from 'react'
import { grouped } from '../lib/numbers'
import { choose, chosen, type Field } from '../sql/condition'
import { Popover } from '../ui/Menu'
import { ErrorBox, Loading } from '../ui/State'
import { useLabelValues, type Scope } from './data'
import type { Metric } from './kinds'
import type { Label } from './labels'
import styles from './Metrics.module.css'

interface Props {
  scope: Scope
  metric: Metric
  labels: readonly Label[]
  by: Field | undefined
  where: string
  onBy: (by: Field | undefined) => void
  onWhere: (where: string) => void
}

/** The label that makes the series, with how many values each has. */
export function SplitBy({ labels, by, onBy }: Pick<Props, 'labels' | 'by' | 'onBy'>) {
  return (
    <label className={styles.field}>
      <span>Split by</span>
      <select value={by?.expression ?? ''} onChange={(event) => onBy(labels.find(({ field }) => field.expression === event.target.value)?.field)}>
        <option value="">nothing</option>
        {by && !labels.some(({ field }) => field.expression === by.expression) && <option value={by.expression}>{by.name}</option>}
        {labels.map(({ field, values }) => <option key={field.expression} value={field.expression}>{field.name} ({grouped(values)})</option>)}
      </select>
    </label>
  )
}

/** A button for each label; its values filter the points. */
export function LabelFilters(props: Props) {
  return (
    <div className={styles.labels} role="group" aria-label="Label filters">
      {props.labels.map((label) => <LabelFilter key={label.field.expression} label={label} {...props} />)}
    </div>
  )
}

function LabelFilter({ label, ...props }: Props & { label: Label }) {
  const { only, not } = chosen(props.where, label.field)
  const said = only.length > 0 ? only.map((value) => value ?? 'none').join(', ') : not.length > 0 ? `not ${not.map((value) => value ?? 'none').join(', ')}` : ''
  return (
    <Popover
      kind="dialog" title={`Values of ${label.field.name}`} className={`${styles.label} ${said ? styles.filtered : ''}`} layerClassName={styles.values}
      label={<><b>{label.field.name}</b>{said ? <em>{said}</em> : <span>{grouped(label.values)}</span>}</>}
    >
      {(close) => <Values {...props} label={label} only={only} close={close} />}
    </Popover>
  )
}

/** The values of a label over what the other labels let through. */
function Values({ label, only, scope, metric, where, by, onBy, onWhere, close }: Props & { label: Label; only: readonly (string | null)[]; close: () => void }) {
  const { field } = label
  const [rest] = useState(() => choose(where, field, { only: [], not: [] }))
  const answer = useLabelValues(scope, metric, rest, field, true)
  const toggle = (value: string | null) => onWhere(choose(where, field, { only: only.includes(value) ? only.filter((one) => one !== value) : [...only, value], not: [] }))
  if (answer.error) return <ErrorBox error={answer.error} />
  if (!answer.data) return <Loading lines={3} />
  return (
    <>
      {answer.data.slice(0, 50).map(({ value, points }) => (
        <button key={String(value)} type="button" role="checkbox" aria-checked={only.includes(value)} className={styles.value} onClick={() => toggle(value)}>
          <span className={styles.tick}>{only.includes(value) && <Check size={13} />}</span>
          <span className={styles.word}>{value ?? <i>none</i>}</span>
          <span className={styles.small}>{grouped(points)}</span>
        </button>
      ))}
      {answer.data.length > 50 && <p className={styles.none}>The 50 most frequent values.</p>}
      <div className={styles.foot}>
        <button type="button" onClick={() => { close(); onBy(by?.expression === field.expression ? undefined : field) }}><Split size={13} />{by?.expression === field.expression ? 'Do not split' : 'Split by it'}</button>
        {only.length > 0 && <button type="button" onClick={() => { close(); onWhere(rest) }}>All values</button>}
      </div>
    </>
  )
}
