import { objectOf } from './attributes'
import { Entry, Fold } from './Attributes'
import { golang } from './golang'
import { python, tableOf, type Schema, type Table } from './python'
import { attribute } from '../sql/condition'
import styles from './Details.module.css'

interface Props {
  /** In the order of the schema. */
  entries: [string, unknown][]
  schema: Record<string, unknown>
  /** The language of the application, in whose notation its values are written; JSON in every other. */
  language: string
}

/** What the application passed to the call that made the record. */
export function Arguments({ entries, schema, language }: Props) {
  if (entries.length === 0) return null
  const notation = notations[language]
  return (
    <Fold title="Arguments" summary={entries.length} open>
      {entries.map(([key, value]) => {
        const own = objectOf(schema[key]) as Schema
        const table = tableOf(value, own)
        return (
          <Entry key={key} name={key} value={value} field={typeof value === 'object' && value !== null ? undefined : attribute(key)}>
            {table ? <FrameTable table={table} /> : notation ? <Literal text={notation.write(value, own)} token={notation.token} /> : undefined}
          </Entry>
        )
      })}
    </Fold>
  )
}

interface Notation {
  write: (value: unknown, schema: Schema) => string
  /** Its parts: a text, a word of the language, a type, a name, a number. */
  token: RegExp
}

const notations: Record<string, Notation> = {
  python: {
    write: python,
    token: /(b?'(?:[^'\\]|\\.)*'|b?"(?:[^"\\]|\\.)*")|\b(True|False|None)\b|\b([A-Za-z_][\w.]*)(?=[([])|([A-Za-z_]\w*)(?==)|(?<![\w.])(-?\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)/g,
  },
  go: {
    write: golang,
    token: /("(?:[^"\\]|\\.)*")|\b(true|false|nil)\b|((?:\[\])?[A-Za-z_][\w.]*)(?=[({[])|([A-Za-z_][\w-]*)(?=: )|(?<![\w.])(-?\d[\d:.TZ+\-hmsnµe]*)/g,
  },
}

/** A value in colours. */
function Literal({ text, token }: { text: string; token: RegExp }) {
  const parts: React.ReactNode[] = []
  let at = 0
  for (const match of text.matchAll(token)) {
    parts.push(text.slice(at, match.index))
    const kind = match[1] ? styles.string : match[2] ? styles.word : match[3] ? styles.type : match[4] ? styles.name : styles.number
    parts.push(<span key={match.index} className={kind}>{match[0]}</span>)
    at = match.index + match[0].length
  }
  parts.push(text.slice(at))
  return <code className={text.includes('\n') ? styles.pythonBlock : styles.python}>{parts}</code>
}

/** A data frame, as far as it was sent. */
function FrameTable({ table }: { table: Table }) {
  const { columns, rows, columnGap, rowGap } = table
  const gap = (at: number) => at === columnGap && <td key="gap" className={styles.gap}>…</td>
  return (
    <span className={styles.frameBox} tabIndex={0} role="region" aria-label="Data frame">
      <table className={styles.frameTable}>
        <thead>
          <tr><th />{columns.map((name, i) => [gap(i), <th key={i} scope="col">{name}</th>])}</tr>
        </thead>
        <tbody>
          {rows.map((row, i) => [
            i === rowGap && <tr key="gap"><td className={styles.gap} colSpan={columns.length + 1 + (columnGap >= 0 ? 1 : 0)}>…</td></tr>,
            <tr key={i}><th scope="row">{row.index}</th>{row.cells.map((cell, j) => [gap(j), <td key={j} className={typeof cell === 'number' ? styles.right : undefined}>{typeof cell === 'string' ? cell : JSON.stringify(cell)}</td>])}</tr>,
          ])}
        </tbody>
      </table>
      <small>{table.rowCount.toLocaleString('en')} rows × {table.columnCount.toLocaleString('en')} columns</small>
    </span>
  )
}
