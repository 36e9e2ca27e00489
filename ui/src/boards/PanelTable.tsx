import { ArrowDown, ArrowUp } from 'lucide-react'
import { useMemo, useState, type MouseEvent } from 'react'
import { traceHref } from '../explore/links'
import { arranged, cellText, kindOf, type Order } from '../sql/values'
import { Go } from '../ui/Go'
import type { BodyProps } from './bodies'
import { useScope } from './data'
import { panelTitle } from './definition'
import { formatted, readFormat } from './units'
import styles from './boards.module.css'

/** What is drawn of a long answer. */
const mostDrawn = 500

interface Setting {
  name?: string
  width?: number
  hidden?: boolean
  format?: unknown
}

/** Column settings: by name, or a list of them as Perses has it. */
function settingsOf(value: unknown): Map<string, Setting> {
  if (Array.isArray(value)) return new Map(value.filter((one): one is Setting & { name: string; header?: string; hide?: boolean } => typeof one === 'object' && one !== null && typeof one.name === 'string').map(({ name, header, hide, ...rest }) => [name, { ...rest, ...(header === undefined ? {} : { name: header }), ...(hide === undefined ? {} : { hidden: hide }) }]))
  return new Map(typeof value === 'object' && value !== null ? (Object.entries(value) as [string, Setting][]) : [])
}

/** Rows as a table. A click on a column's name sorts, ids lead to the trace, a click on a cell opens its menu. */
export function PanelTable({ panel, answered, onClick }: Pick<BodyProps, 'panel' | 'answered' | 'onClick'>) {
  const scope = useScope()
  const { answer } = answered
  const [order, setOrder] = useState<Order>()
  const settings = useMemo(() => settingsOf(panel.spec.plugin.spec['columnSettings']), [panel])
  const kinds = useMemo(() => answer.fields.map(kindOf), [answer])
  const places = useMemo(() => arranged(answer, order, ''), [answer, order])
  const columns = answer.fields.flatMap((field, i) => (settings.get(field.name)?.hidden ? [] : [i]))
  if (answer.rows.length === 0) return <p className={styles.note}>No rows in this range.</p>
  const text = (value: unknown, column: number): string => {
    const format = readFormat(settings.get(answer.fields[column]!.name)?.format ?? (kinds[column] === 'number' ? panel.spec.plugin.spec['format'] : undefined))
    if (kinds[column] === 'number' && value !== null && value !== undefined) return format.unit === undefined ? Number(value).toLocaleString('en', { maximumFractionDigits: 3 }) : formatted(Number(value), format)
    return cellText(value, kinds[column]!, scope.zone)
  }
  const open = (row: unknown[], column: number) => (event: MouseEvent) => onClick?.({
    clientX: event.clientX, clientY: event.clientY, name: answer.fields[column]!.name, value: text(row[column], column), metric: answer.fields[column]!.name,
    groups: answer.fields.flatMap((field, i) => (kinds[i] === 'text' || kinds[i] === 'boolean' || i === column ? [{ column: field.name, value: row[i] }] : [])),
  })
  const turn = (column: number) => setOrder((old) => (old?.column !== column ? { column, down: kinds[column] === 'number' } : old.down === (kinds[column] === 'number') ? { column, down: !old.down } : undefined))
  return (
    <div className={styles.tableBox} tabIndex={0} role="region" aria-label={`${panelTitle(panel)}, table`}>
      <table>
        <thead>
          <tr>
            {columns.map((i) => (
              <th key={i} scope="col" data-number={kinds[i] === 'number'} aria-sort={order?.column === i ? (order.down ? 'descending' : 'ascending') : 'none'} style={settings.get(answer.fields[i]!.name)?.width ? { width: settings.get(answer.fields[i]!.name)!.width } : {}}>
                <button type="button" onClick={() => turn(i)}>{settings.get(answer.fields[i]!.name)?.name ?? answer.fields[i]!.name}{order?.column === i && (order.down ? <ArrowDown size={11} /> : <ArrowUp size={11} />)}</button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {places.slice(0, mostDrawn).map((place) => {
            const row = answer.rows[place]!
            return (
              <tr key={place}>
                {columns.map((i) => {
                  const href = traceHref(scope, answer.fields, row, i)
                  const words = text(row[i], i)
                  return (
                    <td key={i} data-number={kinds[i] === 'number'} title={words.length > 30 ? words : undefined}>
                      {href ? <Go href={href} title="Open the trace">{words.slice(0, 12)}</Go> : onClick ? <button type="button" aria-haspopup="menu" onClick={open(row, i)}>{words.slice(0, 400) || '–'}</button> : words.slice(0, 400)}
                    </td>
                  )
                })}
              </tr>
            )
          })}
        </tbody>
      </table>
      {places.length > mostDrawn && <p className={styles.note}>The first {mostDrawn} of {places.length.toLocaleString('en')} rows.</p>}
    </div>
  )
}
