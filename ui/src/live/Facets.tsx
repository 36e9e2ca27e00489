import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Minus, X } from 'lucide-react'
import { useState } from 'react'
import { query, type ApiError } from '../api/client'
import { levels, type LevelName } from '../api/record'
import { grouped } from '../lib/numbers'
import { now, range } from '../lib/time'
import { useChange } from '../place'
import type { LiveSearch } from '../search'
import { chosen, type Value } from '../sql/condition'
import { LevelGlyph } from '../ui/Level'
import { serviceColor } from '../ui/service'
import { asks, errorsOnly, exclude, facets, facetSQL, onlyThis, switched, toggle, valuesShown, type Facet } from './facets'
import { levelField } from './fields'
import { running } from './pages'
import styles from './Facets.module.css'

/** How often the counts of a list that is live are read again. */
const againMs = 10_000

interface Props {
  project: string
  search: LiveSearch
  live: boolean
  /** How many spans run, where that is known. */
  runs: number | undefined
  onClose: () => void
}

/** What there is to choose from, with counts. Every choice is written into the search box, and read from there. */
export function Facets(props: Props) {
  const change = useChange()
  const q = props.search.q ?? ''
  return (
    <aside className={styles.drawer} aria-label="Filters">
      <div className={styles.head}>
        <h2>Filters</h2>
        <button type="button" className={styles.close} title="Close (f)" onClick={props.onClose}><X size={14} /></button>
      </div>
      <Switch on={asks(q, errorsOnly)} hint="e" onChoose={() => change({ q: switched(q, errorsOnly) || undefined })}>Errors only</Switch>
      <Switch on={asks(q, running)} hint="r" count={props.runs} onChoose={() => change({ q: switched(q, running) || undefined })}>Running only</Switch>
      {facets.map((facet) => <Values key={facet.field.expression} facet={facet} {...props} />)}
    </aside>
  )
}

function Switch(props: { on: boolean; hint: string; count?: number | undefined; onChoose: () => void; children: string }) {
  return (
    <button type="button" role="switch" aria-checked={props.on} className={styles.switch} onClick={props.onChoose}>
      <span>{props.children}</span>
      {props.count !== undefined && <span className={styles.count}>{grouped(props.count)}</span>}
      <kbd>{props.hint}</kbd>
    </button>
  )
}

interface ValueRow {
  value: Value
  records: number
}

function Values({ facet, project, search, live }: Props & { facet: Facet }) {
  const q = search.q ?? ''
  const [step, setStep] = useState(0)
  const limit = valuesShown[step]! + 1
  const sql = facetSQL(q, facet.field, limit)
  const answer = useQuery<ValueRow[], ApiError>({
    queryKey: ['facet', project, sql, search.last, search.since, search.until, search.env],
    placeholderData: keepPreviousData,
    refetchInterval: live ? againMs : false,
    queryFn: ({ signal }) => query<ValueRow>({ project, signal, sql, limit, environment: search.env, ...range(search, now()) }),
  })
  const choice = chosen(q, facet.field)
  const found = (answer.data ?? []).slice(0, valuesShown[step])
  const gone = [...choice.only, ...choice.not].filter((value) => !found.some((row) => row.value === value))
  const rows = inOrder([...found, ...gone.map((value) => ({ value, records: answer.data?.find((row) => row.value === value)?.records ?? 0 }))], facet)
  if (rows.length === 0 && !answer.error) return null
  return (
    <section className={styles.facet} aria-label={facet.title}>
      <h3>{facet.title}</h3>
      {answer.error && <p role="alert">{answer.error.message}</p>}
      <ul>{rows.map((row) => <ValueLine key={String(row.value)} facet={facet} row={row} q={q} />)}</ul>
      {answer.data && answer.data.length >= limit && step + 1 < valuesShown.length && <button type="button" className={styles.more} onClick={() => setStep(step + 1)}>More values</button>}
    </section>
  )
}

/** Levels stand by their weight, everything else by how much there is. */
function inOrder(rows: ValueRow[], facet: Facet): ValueRow[] {
  if (facet.field !== levelField) return rows
  return rows.toSorted((a, b) => (levels[String(b.value)] ?? 0) - (levels[String(a.value)] ?? 0))
}

function ValueLine({ facet, row, q }: { facet: Facet; row: ValueRow; q: string }) {
  const change = useChange()
  const { field } = facet
  const choice = chosen(q, field)
  const name = row.value ?? 'none'
  const on = choice.only.includes(row.value)
  const off = choice.not.includes(row.value)
  const write = (next: string) => change({ q: next || undefined })
  return (
    <li className={`${styles.value} ${off ? styles.off : ''}`}>
      <button type="button" role="checkbox" aria-checked={on} className={styles.name} title={off ? `${name} is left out` : name} onClick={() => write(off ? exclude(q, field, row.value) : toggle(q, field, row.value))}>
        <span className={styles.tick}>{on ? '✓' : ''}</span>
        <Sign facet={facet} value={row.value} />
        <span className={styles.word}>{row.value ?? <i>none</i>}</span>
        <span className={styles.count}>{grouped(row.records)}</span>
      </button>
      <span className={styles.actions}>
        <button type="button" title={`Only ${name}`} onClick={() => write(onlyThis(q, field, row.value))}>only</button>
        <button type="button" title={`Leave out ${name}`} aria-pressed={off} onClick={() => write(exclude(q, field, row.value))}><Minus size={12} /></button>
      </span>
    </li>
  )
}

function Sign({ facet, value }: { facet: Facet; value: Value }) {
  if (value === null) return null
  if (facet.field === levelField) return <LevelGlyph level={levels[value as LevelName] ?? 9} />
  if (facet.field.name === 'service_name') return <i className={styles.service} style={{ background: serviceColor(value) }} />
  return null
}

