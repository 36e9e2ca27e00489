import { X } from 'lucide-react'
import { useCallback, useRef, type ReactNode } from 'react'
import type { ApiError } from '../api/client'
import { levelName, toRow, type Row, type WireRow } from '../api/record'
import { useKeys } from '../lib/keys'
import { panelWidth } from '../lib/store'
import { clock, day, duration, offset, rfc3339 } from '../lib/time'
import { useChange } from '../place'
import { Copy } from '../ui/Copy'
import { LevelGlyph } from '../ui/Level'
import { serviceColor } from '../ui/service'
import { useChatTabs, type ChatTab } from '../chat/tabs'
import { useRecord, useTrace, type FullRecord } from './data'
import { fold, frames } from './exception'
import { Entry } from '../ui/Json'
import { Waterfall } from './Waterfall'
import styles from './Panel.module.css'

interface Props {
  project: string
  trace: string
  span: string | undefined
  zone: string
  tab: string | undefined
}

/** The selected record and its trace, at the right. */
export function Panel(props: Props) {
  const change = useChange()
  const width = panelWidth.use()
  const trace = useTrace(props.project, props.trace)
  const rows = trace.data
  const span = props.span ?? rows?.find((row) => row.parent === undefined)?.span ?? rows?.[0]?.span
  const record = useRecord(props.project, props.trace, span)
  const chat = useChatTabs(props.project, props.trace, span, rows)
  const own = rows?.find((row) => row.span === span)
  const close = useCallback(() => change({ traceId: undefined, spanId: undefined, tab: undefined }), [change])
  const select = useCallback((row: Row) => change({ spanId: row.span }, true), [change])
  const parent = own?.parent
  useKeys('Details', [
    { keys: ['Escape'], label: 'Close the details', run: close },
    { keys: ['u'], label: 'To the parent', run: () => parent && rows?.some((row) => row.span === parent) && change({ spanId: parent }, true) },
    ...['conversation', 'details', 'exception', 'raw'].map((tab, i) => ({ keys: [String(i + 1)], label: `Tab: ${tab}`, run: () => change({ tab }, true) })),
  ])
  return (
    <aside className={styles.panel} style={{ width: `${width}%` }} aria-label="Details">
      <Splitter />
      {record.error || trace.error ? <Problem error={(record.error ?? trace.error)!} /> : null}
      {record.data === null && !record.isPlaceholderData && <p className={styles.none}>There is no such record. It may be older than what is kept.<button type="button" onClick={close}>Close</button></p>}
      {record.data && (
        <>
          <Header record={record.data} zone={props.zone} onClose={close} />
          {rows && rows.length > 1 && <div className={styles.trace} style={{ height: Math.min(rows.length, 14) * 24 + 30 }}><Waterfall key={props.trace} rows={rows} selected={span} onSelect={select} /></div>}
          <Tabs record={record.data} tab={props.tab} talks={chat.own} chat={chat.tabs} />
        </>
      )}
    </aside>
  )
}

function Problem({ error }: { error: ApiError }) {
  return <p role="alert" className={styles.none}>{error.message}</p>
}

/** Changes the panel's width by dragging, or with the arrow keys. */
function Splitter() {
  const bar = useRef<HTMLDivElement>(null)
  const width = panelWidth.use()
  const set = (percent: number) => panelWidth.set(String(Math.round(Math.min(75, Math.max(25, percent)))))
  return (
    <div
      ref={bar} role="separator" aria-orientation="vertical" aria-label="Width of the details" aria-valuenow={Number(width)} aria-valuemin={25} aria-valuemax={75} tabIndex={0} className={styles.splitter}
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); event.preventDefault() }}
      onPointerMove={(event) => {
        const frame = bar.current?.parentElement?.parentElement?.getBoundingClientRect()
        if (frame && event.currentTarget.hasPointerCapture(event.pointerId)) set(((frame.right - event.clientX) / frame.width) * 100)
      }}
      onKeyDown={(event) => {
        const step = { ArrowLeft: 2, ArrowRight: -2 }[event.key]
        if (step) { set(Number(panelWidth.get()) + step); event.stopPropagation() }
      }}
    />
  )
}

function Header({ record, zone, onClose }: { record: FullRecord; zone: string; onClose: () => void }) {
  const row = toRow(record as unknown as WireRow)
  const point = row.kind === 'log' || row.kind === 'span_event'
  const template = row.name !== row.message ? row.name : ''
  return (
    <header className={styles.header}>
      <div className={styles.title}>
        <LevelGlyph level={row.level} />
        <h2>{row.message}</h2>
        <span className={styles.buttons}>
          <Copy text={row.message} title="Copy the message" />
          <button type="button" className={styles.icon} title="Close (Esc)" onClick={onClose}><X size={15} /></button>
        </span>
      </div>
      <div className={styles.facts}>
        <span className={styles.service}><i style={{ background: serviceColor(row.service) }} />{row.service}</span>
        <span>{row.pending ? 'span, not ended' : row.kind.replace('_', ' ')}</span>
        <span>{levelName(row.level)}</span>
        <span title={rfc3339(row.start, zone)}>{day(row.start, zone)} <b>{clock(row.start, zone)}</b> {offset(row.start, zone)}</span>
        {!point && !row.pending && <span><b>{duration(row.end - row.start)}</b></span>}
        {template && <span className={styles.mono} title="Span name">{template}</span>}
      </div>
    </header>
  )
}

/** talks: the record is itself a model call or an agent's run, and its conversation is what one came for. */
function Tabs({ record, tab, talks, chat }: { record: FullRecord; tab: string | undefined; talks: boolean; chat: ChatTab[] }) {
  const change = useChange()
  const stack = stackOf(record)
  const tabs: [string, string][] = [...chat.map(({ name, label }): [string, string] => [name, label]), ['details', 'Details'], ...(stack ? [['exception', 'Exception'] as [string, string]] : []), ['raw', 'Raw']]
  const chosen = tabs.find(([name]) => name === tab)?.[0] ?? (talks ? 'conversation' : 'details')
  return (
    <>
      <div className={styles.tabs}>
        <div role="tablist">
          {tabs.map(([name, label]) => (
            <button key={name} type="button" role="tab" aria-selected={name === chosen} onClick={() => change({ tab: name }, true)}>{label}</button>
          ))}
        </div>
        <span className={styles.ids}>
          <span title="Trace">{String(record['trace_id']).slice(0, 8)}…</span><Copy text={String(record['trace_id'])} title="Copy the trace's id" />
          <span title="Span">{String(record['span_id'])}</span><Copy text={String(record['span_id'])} title="Copy the span's id" />
        </span>
      </div>
      <div className={styles.body} role="tabpanel" tabIndex={0}>
        {chat.find(({ name }) => name === chosen)?.body}
        {chosen === 'details' && <Details record={record} stack={stack} />}
        {chosen === 'exception' && <Exception record={record} stack={stack} />}
        {chosen === 'raw' && <Raw record={record} />}
      </div>
    </>
  )
}

interface OtelEvent {
  event_name: string
  event_timestamp: string
  attributes?: Record<string, unknown>
}

function eventsOf(record: FullRecord): OtelEvent[] {
  return Array.isArray(record['otel_events']) ? (record['otel_events'] as OtelEvent[]) : []
}

function stackOf(record: FullRecord): string {
  if (typeof record['exception_stacktrace'] === 'string') return record['exception_stacktrace']
  const event = eventsOf(record).find((e) => e.attributes?.['exception.stacktrace'])
  return String(event?.attributes?.['exception.stacktrace'] ?? '')
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'string') {
    try {
      return objectOf(JSON.parse(value))
    } catch {
      return {}
    }
  }
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function Details({ record, stack }: { record: FullRecord; stack: string }) {
  const attributes = objectOf(record['attributes'])
  const schema = objectOf(objectOf(record['attributes_json_schema'])['properties'])
  const file = attributes['code.filepath'] ?? attributes['code.file.path']
  const line = attributes['code.lineno'] ?? attributes['code.line.number']
  const where = file ? `${String(file)}${line === undefined ? '' : `:${String(line)}`}` : ''
  const fn = attributes['code.function'] ?? attributes['code.function.name']
  const named = Object.entries(attributes).filter(([key]) => key in schema)
  const rest = Object.entries(attributes).filter(([key]) => !(key in schema) && !key.startsWith('code.'))
  return (
    <>
      {(stack || record['is_exception'] === true) && (
        <div className={styles.strip} role="note"><b>{String(record['exception_type'] ?? 'exception')}</b> {String(record['exception_message'] ?? '')}</div>
      )}
      {record['kind'] === 'pending_span' && <div className={styles.waiting} role="note">It has not ended: attributes so far.</div>}
      {where && <div className={styles.where}><code>{where}{fn ? ` in ${String(fn)}` : ''}</code><Copy text={where} title="Copy the place in the code" /></div>}
      {record['log_body'] != null && <Section title="Body"><Entry name="body" value={record['log_body']} /></Section>}
      <Entries title="Arguments" entries={named} />
      <Entries title="Attributes" entries={rest} />
      <Entries title="Events" entries={eventsOf(record).map((e) => [e.event_name, e.attributes ?? {}])} />
      <Entries title="Links" entries={Object.entries(Array.isArray(record['otel_links']) ? record['otel_links'] : [])} />
      <Entries title="Scope" entries={[['name', record['otel_scope_name']], ['version', record['otel_scope_version']], ...Object.entries(objectOf(record['otel_scope_attributes']))].filter(([, v]) => v != null && v !== '') as [string, unknown][]} folded />
      <Entries title="Resource" entries={Object.entries(objectOf(record['otel_resource_attributes']))} folded />
    </>
  )
}

function Section({ title, count, folded, children }: { title: string; count?: number; folded?: boolean | undefined; children: ReactNode }) {
  return (
    <details className={styles.section} open={!folded}>
      <summary>{title}{count !== undefined && <span>{count}</span>}</summary>
      {children}
    </details>
  )
}

function Entries({ title, entries, folded }: { title: string; entries: [string, unknown][]; folded?: boolean }) {
  if (entries.length === 0) return null
  return <Section title={title} count={entries.length} folded={folded}>{entries.map(([key, value], i) => <Entry key={`${key}/${i}`} name={key} value={value} />)}</Section>
}

function Exception({ record, stack }: { record: FullRecord; stack: string }) {
  return (
    <>
      <div className={styles.strip}><b>{String(record['exception_type'] ?? 'exception')}</b> {String(record['exception_message'] ?? '')}</div>
      <div className={styles.stackHead}><Copy text={stack} label="Copy" /></div>
      <div className={styles.stack}>
        {fold(frames(stack)).map((group, i) => group.library ? (
          <details key={i}><summary>{group.frames.length} library frame{group.frames.length > 1 && 's'}</summary>{group.frames.map((f, j) => <pre key={j} className={styles.library}>{f.text}</pre>)}</details>
        ) : group.frames.map((f, j) => <pre key={`${i}/${j}`}>{f.text}</pre>))}
      </div>
    </>
  )
}

function Raw({ record }: { record: FullRecord }) {
  const text = JSON.stringify(record, null, 2)
  return (
    <>
      <div className={styles.stackHead}><Copy text={text} label="Copy" /></div>
      <pre className={styles.raw}>{text}</pre>
    </>
  )
}
