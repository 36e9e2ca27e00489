import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { useSearch } from '@tanstack/react-router'
import { stringifySearch } from '../search'
import { usePlace } from '../place'
import { andAlso, has, hasNot, joinList, splitList, type Field } from './condition'
import { Action, Popover } from '../ui/Menu'
import { copyAndSay } from '../ui/Copy'
import styles from '../ui/ui.module.css'

interface Props {
  field: Field
  value: unknown
}

/** What one can do with a value of a record, wherever it is shown: filter the live view, ask in Explore, copy. */
export function ValueMenu({ field, value, label }: Props & { label?: ReactNode }) {
  return (
    <Popover label={label ?? <ChevronDown size={12} />} title={`Menu of ${field.name}`} className={styles.value}>
      {(close) => <ValueActions field={field} value={value} close={close} />}
    </Popover>
  )
}

/** The lines of that menu, for menus that hold more. */
export function ValueActions({ field, value, close }: Props & { close: () => void }) {
  const { org, project } = usePlace()
  const search = useSearch({ from: '/$org/$project' })
  const q = search.q ?? ''
  const time = { last: search.last, since: search.since, until: search.until, env: search.env, tz: search.tz }
  const live = (changes: Record<string, string>) => `/${org}/${project}${stringifySearch({ ...search, ...changes })}`
  const sql = `SELECT start_timestamp, service_name, message, ${field.expression} AS ${JSON.stringify(field.name)}\nFROM records\nWHERE ${has(field, value)}\nORDER BY start_timestamp DESC`
  const columns = joinList([...new Set([...splitList(search.cols ?? ''), field.expression])])
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return (
    <>
      <Action href={live({ q: andAlso(q, has(field, value)) })} onChoose={close}>Filter for</Action>
      <Action href={live({ q: andAlso(q, hasNot(field, value)) })} onChoose={close}>Filter out</Action>
      <Action href={live({ q: has(field, value) })} onChoose={close}>Only this</Action>
      <Action href={live({ cols: columns })} onChoose={close}>Add as a column</Action>
      <Action href={`/${org}/${project}/explore${stringifySearch({ ...time, sql })}`} onChoose={close}>Find in Explore</Action>
      <Action onChoose={() => { close(); void copyAndSay(text) }}>Copy the value</Action>
      <Action onChoose={() => { close(); void copyAndSay(has(field, value)) }}>Copy as a condition</Action>
    </>
  )
}
