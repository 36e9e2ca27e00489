import { ago, now, offset, parseTimestamp, rfc3339 } from '../lib/time'
import { Copy } from '../ui/Copy'
import { Go } from '../ui/Go'
import { Json } from '../ui/Json'
import { nestedIn, type Kind } from '../sql/values'
import styles from './Result.module.css'

export interface ValueProps {
  name: string
  type: string
  kind: Kind
  value: unknown
  zone: string
  /** Where the value leads. */
  href?: string | undefined
}

/** One value in full, with what it means. */
export function Value(props: ValueProps) {
  const { value } = props
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  return (
    <>
      <header className={styles.valueHead}>
        <b>{props.name}</b><span>{value !== null && typeof value === 'object' && props.type === 'text' ? 'json' : props.type}</span>
        {props.href && <Go href={props.href}>Open the trace</Go>}
        {value !== null && <Copy text={text} title="Copy the value" />}
      </header>
      <div className={styles.value}><Shown {...props} /></div>
    </>
  )
}

/** A value as a tree, a block of text, or a moment in several ways. */
export function Shown({ kind, value, zone }: Pick<ValueProps, 'kind' | 'value' | 'zone'>) {
  const at = kind === 'time' && typeof value === 'string' ? parseTimestamp(value) : Number.NaN
  if (value === null || value === undefined) return <span className={styles.null}>NULL</span>
  if (Number.isNaN(at)) return <Json value={nestedIn(value) ?? value} />
  return (
    <dl className={styles.moment}>
      <dt>{offset(at, zone)}</dt><dd>{rfc3339(at, zone)}</dd>
      <dt>UTC</dt><dd>{rfc3339(at, 'UTC')}</dd>
      <dt>Age</dt><dd>{ago(at, now())}</dd>
    </dl>
  )
}
