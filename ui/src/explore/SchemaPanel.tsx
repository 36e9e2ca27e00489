import { ChevronDown, ChevronRight } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { ago, now } from '../lib/time'
import { literal } from '../api/client'
import { keySample, type Catalogue, type Column, type Key, type Table } from '../sql/catalogue'
import type { Recent } from '../sql/kept'
import styles from './SchemaPanel.module.css'

/** A statement that was run. */
export interface Run {
  text: string
  /** Milliseconds since 1970. */
  at: number
  /** undefined when it failed. */
  rows?: number
}

const tabNames = { schema: 'Schema', saved: 'Saved', history: 'History' }

/** What one can ask for, what was saved, and what one has asked; a click puts it into the editor. */
export function SchemaPanel(props: { catalogue: Catalogue; history: Recent<Run>; onInsert: (text: string) => void; onOpen: (sql: string) => void; saved: ReactNode }) {
  const [tab, setTab] = useState<keyof typeof tabNames>('schema')
  return (
    <aside className={styles.panel} aria-label="Schema and history">
      <div role="tablist" className={styles.tabs}>
        {(Object.keys(tabNames) as (keyof typeof tabNames)[]).map((name) => (
          <button key={name} type="button" role="tab" aria-selected={tab === name} onClick={() => setTab(name)}>{tabNames[name]}</button>
        ))}
      </div>
      {tab === 'schema' && <Schema catalogue={props.catalogue} onInsert={props.onInsert} />}
      {tab === 'saved' && <div className={styles.saved}>{props.saved}</div>}
      {tab === 'history' && <History history={props.history} onOpen={props.onOpen} />}
    </aside>
  )
}

function Schema({ catalogue, onInsert }: { catalogue: Catalogue; onInsert: (text: string) => void }) {
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  return (
    <>
      <input className={styles.find} type="search" value={text} placeholder="Find a column or a key" aria-label="Find a column or a key" onChange={(event) => setText(event.target.value)} />
      <div className={styles.tree}>
        {catalogue.tables.map((table, i) => <TableBranch key={table.name} table={table} keys={catalogue.keys} wanted={wanted} open={i === 0} onInsert={onInsert} />)}
      </div>
    </>
  )
}

function TableBranch({ table, keys, wanted, open, onInsert }: { table: Table; keys: Record<string, Key[]>; wanted: string; open: boolean; onInsert: (text: string) => void }) {
  const [own, setOwn] = useState(open)
  const seen = table.name === 'metrics' ? {} : keys // the keys are those of records
  const keysOf = (column: Column) => (seen[column.name] ?? []).filter((key) => key.name.toLowerCase().includes(wanted))
  const columns = table.columns.filter((column) => column.name.includes(wanted) || (wanted !== '' && keysOf(column).length > 0))
  const shown = wanted === '' ? own : columns.length > 0
  return (
    <section>
      <div className={styles.table}>
        <button type="button" className={styles.fold} aria-expanded={shown} title={shown ? `Close ${table.name}` : `Open ${table.name}`} onClick={() => setOwn(!shown)}>{shown ? <ChevronDown size={13} /> : <ChevronRight size={13} />}</button>
        <button type="button" className={styles.name} title={`${table.description} Click to insert.`} onClick={() => onInsert(table.name)}>{table.name}</button>
      </div>
      {shown && columns.map((column) => <ColumnBranch key={column.name} column={column} keys={keysOf(column)} many={seen[column.name] !== undefined} wanted={wanted} onInsert={onInsert} />)}
    </section>
  )
}

function ColumnBranch({ column, keys, many, wanted, onInsert }: { column: Column; keys: Key[]; many: boolean; wanted: string; onInsert: (text: string) => void }) {
  const [own, setOwn] = useState(false)
  const open = many && (own || (wanted !== '' && keys.length > 0))
  return (
    <>
      <div className={styles.column}>
        {many ? <button type="button" className={styles.fold} aria-expanded={open} title={`Keys of ${column.name}`} onClick={() => setOwn(!open)}>{open ? <ChevronDown size={12} /> : <ChevronRight size={12} />}</button> : <i />}
        <button type="button" className={styles.name} title={`${column.description} Click to insert.`} onClick={() => onInsert(column.name)}><span>{column.name}</span><em>{column.type}</em></button>
      </div>
      {open && keys.length === 0 && <p className={styles.none}>No keys in this time range.</p>}
      {open && keys.map((key) => (
        <div key={key.name} className={styles.key}>
          <button type="button" className={styles.name} title={`In ${key.count} of the newest ${keySample} records. Click to insert.`} onClick={() => onInsert(`${column.name}->>${literal(key.name)}`)}>
            <span>{key.name}</span><em>{key.type} · {key.count}</em>
          </button>
        </div>
      ))}
    </>
  )
}

function History({ history, onOpen }: { history: Recent<Run>; onOpen: (sql: string) => void }) {
  const [text, setText] = useState('')
  const runs = history.use().filter((run) => run.text.toLowerCase().includes(text.trim().toLowerCase()))
  return (
    <>
      <input className={styles.find} type="search" value={text} placeholder="Find in the history" aria-label="Find in the history" onChange={(event) => setText(event.target.value)} />
      <div className={styles.tree}>
        {runs.length === 0 && <p className={styles.none}>{text ? 'Nothing found.' : 'What you run is kept here, in this browser.'}</p>}
        {runs.map((run) => (
          <button key={run.text} type="button" className={styles.run} title={run.text.slice(0, 2000)} onClick={() => onOpen(run.text)}>
            <code>{run.text}</code>
            <span>{ago(run.at * 1000, now())} · {run.rows === undefined ? 'failed' : `${run.rows.toLocaleString('en')} rows`}</span>
          </button>
        ))}
        {runs.length > 0 && <button type="button" className={styles.clear} onClick={() => history.clear()}>Clear the history</button>}
      </div>
    </>
  )
}
