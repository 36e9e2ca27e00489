import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { RefObject } from 'react'
import type { Answer } from '../api/client'
import { Copy } from '../ui/Copy'
import { Go } from '../ui/Go'
import { traceHref, type Place } from './links'
import { Shown } from './Value'
import { kindOf, typeOf } from '../sql/values'
import styles from './Result.module.css'

export interface DetailsProps {
  answer: Answer
  places: number[]
  current: number
  onCurrent: (row: number) => void
  place: Place
  zone: string
  pane: RefObject<HTMLDivElement | null>
}

/** One row, a line for each column. */
export function Details(props: DetailsProps) {
  const { answer, places, current } = props
  const row = answer.rows[places[current] ?? -1]
  if (!row) return <p className={styles.nothing}>No row.</p>
  const go = (step: number) => props.onCurrent(Math.max(0, Math.min(places.length - 1, current + step)))
  return (
    <div
      ref={props.pane} className={styles.details} tabIndex={0} role="region" aria-label="Row"
      onKeyDown={(event) => {
        const step = { j: 1, k: -1 }[event.key]
        if (step && event.target === event.currentTarget) go(step)
      }}
    >
      <header className={styles.detailsHead}>
        <button type="button" title="Row before (k)" disabled={current === 0} onClick={() => go(-1)}><ChevronLeft size={15} /></button>
        <span>Row {(current + 1).toLocaleString('en')} of {places.length.toLocaleString('en')}</span>
        <button type="button" title="Next row (j)" disabled={current >= places.length - 1} onClick={() => go(1)}><ChevronRight size={15} /></button>
        <Copy label="JSON" title="Copy the row as JSON" text={() => JSON.stringify(Object.fromEntries(answer.fields.map((field, i) => [field.name, row[i]])), null, 2)} />
      </header>
      <dl className={styles.pairs}>
        {answer.fields.map((field, i) => {
          const href = traceHref(props.place, answer.fields, row, i)
          return (
            <div key={i}>
              <dt title={typeOf(field)}>{field.name}</dt>
              <dd>
                {href ? <Go href={href}>{String(row[i])}</Go> : <Shown kind={kindOf(field)} value={row[i]} zone={props.zone} />}
                {row[i] !== null && <span className={styles.pairTools}><Copy title={`Copy ${field.name}`} text={() => (typeof row[i] === 'string' ? row[i] : JSON.stringify(row[i], null, 2))} /></span>}
              </dd>
            </div>
          )
        })}
      </dl>
    </div>
  )
}
