import { Copy, Expand, Loader, MessageSquareText, Star } from 'lucide-react'
import { memo, useState, type CSSProperties, type ReactNode } from 'react'
import { grouped, tokens } from '../lib/numbers'
import { useNow } from '../lib/store'
import { clock, day, duration, formatUTC, rfc3339 } from '../lib/time'
import { LevelGlyph, levelClass } from '../ui/Level'
import { serviceColor } from '../ui/service'
import { copyText } from '../ui/Copy'
import type { Cell } from './cells'
import type { Column } from './columns'
import type { Usage } from './forest'
import type { Marks } from './marks'
import type { Item, LiveStore, MessagesItem, MissingItem, MoreItem, RecordItem } from './store'
import styles from './List.module.css'

/** How long a late record tints its trace, and how long stripes take to fade when a span ends, in milliseconds. */
const tintMs = 2000
const fadeMs = 1000

/** What the lines of a list have in common. */
export interface RowContext {
  store: LiveStore
  zone: string
  columns: Column[]
  /** The widths of the columns, as CSS. Each row has them itself: a custom property above them would style all their cells anew. */
  template: string
  marks: Marks
  /** The address that shows an item, and the page of its trace. */
  href: (item: RecordItem) => string
  tracePage: (item: Item) => string
  onActivate: (item: Item, open: boolean) => void
  onToggle: (item: Item) => void
  onMore: (item: MoreItem) => void
  onTracePage: (item: Item) => void
}

interface Props {
  item: Item
  context: RowContext
  top: number
  /** The line above has the same second. */
  sameSecond: boolean
  /** The one line that Tab leads to. */
  stop: boolean
  active: boolean
  selected: boolean
  cell: Cell | undefined
}

/** One line of the list. */
export const Row = memo(function Row(props: Props) {
  if (props.item.kind === 'more') return <More {...props} item={props.item} />
  if (props.item.kind === 'missing') return <Missing {...props} item={props.item} />
  if (props.item.kind === 'messages') return <Messages {...props} item={props.item} />
  return <RecordRow {...props} item={props.item} />
})

function classOf(props: Props, ...more: (string | false | undefined)[]): string {
  return [styles.row, props.active && styles.active, props.selected && styles.selected, ...more].filter(Boolean).join(' ')
}

function placeOf({ top, context }: Props): CSSProperties {
  return { transform: `translateY(${top}px)`, gridTemplateColumns: context.template }
}

function RecordRow(props: Props & { item: RecordItem }) {
  const { item, context } = props
  const { row } = item
  const [pointed, setPointed] = useState(false)
  const late = item.touched > 0 && Date.now() - item.touched < tintMs
  return (
    <a
      id={`row-${item.key}`} role="row" aria-level={item.depth + 1} aria-expanded={item.below > 0 ? item.open : undefined} aria-selected={props.selected}
      aria-posinset={item.place || undefined} aria-setsize={item.siblings || undefined} tabIndex={props.stop ? 0 : -1} draggable={false} data-key={item.key}
      href={context.href(item)} className={classOf(props, row.level >= 17 && styles.failed, item.dimmed && styles.dimmed)} style={placeOf(props)}
      onPointerEnter={() => setPointed(true)} onFocus={() => !props.active && context.onActivate(item, false)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return
        event.preventDefault()
        if (!getSelection()?.toString()) context.onActivate(item, true)
      }}
    >
      {context.marks.keys.has(item.key) && <Star size={10} className={styles.marked} aria-label="marked" />}
      {late && <i key={item.touched} className={styles.late} />}
      {context.columns.map((column) => <CellOf key={column.id} column={column} pointed={pointed} {...props} />)}
    </a>
  )
}

/** pointed: the pointer has been there, and what it alone can reach is drawn. */
function CellOf(props: Props & { item: RecordItem; column: Column; pointed: boolean }) {
  const { item, column, context } = props
  const { row } = item
  const at = (className: string | undefined, children: ReactNode, field: string, title?: string) => (
    <span role="gridcell" className={className} title={title} data-field={field}>{children}</span>
  )
  switch (column.id) {
    case 'time': return <Time {...props} />
    case 'service': return at(styles.service, <><i style={{ background: serviceColor(row.service) }} /><span>{row.service}</span></>, 'service', row.service)
    case 'message': return <Message {...props} />
    case 'tags': return at(styles.cells, <Tags tags={row.tags} />, 'tags')
    case 'llm': return at(styles.cells, <Llm item={item} />, 'model')
    case 'scope': return at(styles.text, row.scope, 'scope', row.scope)
    case 'duration': return <Took item={item} store={context.store} />
  }
  const index = context.columns.filter((one) => one.expression !== undefined).indexOf(column)
  const text = textOf(props.cell?.values[index])
  return at(styles.text, text, `added:${column.expression ?? ''}`, text)
}

/** A value of an added column on one line. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function Time({ item, context, sameSecond }: Props & { item: RecordItem }) {
  const { row } = item
  const text = clock(row.start, context.zone)
  const after = row.start - item.traceStart
  const title = `${rfc3339(row.start, context.zone)}\n${day(row.start, context.zone)}\n${formatUTC(row.start)}${after > 0 ? `\n${duration(after)} after the trace began` : ''}`
  return (
    <span role="gridcell" className={styles.time} title={title}>
      <span className={sameSecond ? styles.same : undefined}>{text.slice(0, 8)}</span><span>{text.slice(8)}</span>
    </span>
  )
}

function Message(props: Props & { item: RecordItem; pointed: boolean }) {
  const { item, context } = props
  const { row } = item
  const has = (id: string) => context.columns.some((column) => column.id === id)
  return (
    <span role="gridcell" className={styles.message}>
      <Gutter item={item} context={context} />
      <span className={styles.words} title={row.message} data-field="message">{row.message}</span>
      {context.store.options.filtered && item.open && item.absent > 0 && (
        <Small title={`Show the other ${item.absent} below`} onChoose={() => context.onToggle({ ...item, open: false })}>+{grouped(item.absent)}</Small>
      )}
      <span className={styles.pills}>
        {row.exception && <span className={styles.exception} data-field="exception" title={row.exception}>{row.exception.split('.').at(-1)}</span>}
        {row.status !== undefined && <span className={row.status >= 500 ? styles.exception : styles.pill} data-field="status">{row.status}</span>}
        {!has('tags') && <Tags tags={row.tags} />}
        {!has('llm') && <Llm item={item} />}
        {props.cell !== undefined && props.cell.annotations > 0 && (
          <span className={styles.said} title={`${props.cell.annotations} annotation${props.cell.annotations === 1 ? '' : 's'}`}><MessageSquareText size={12} aria-label="annotations" />{props.cell.annotations}</span>
        )}
        {props.cell !== undefined && props.cell.attributes > 0 && <span className={styles.many} title={`${props.cell.attributes} attributes`}>{`{${props.cell.attributes}}`}</span>}
      </span>
      {props.pointed && (
        <span className={styles.quick}>
          <Small title="Copy a link to the record" onChoose={() => void copyText(new URL(context.href(item), location.href).href)}><Copy size={12} /></Small>
          <Small title="Open the trace page" onChoose={() => context.onTracePage(item)}><Expand size={12} /></Small>
          <Small title={context.marks.keys.has(item.key) ? 'Take the mark away (m)' : 'Mark (m)'} onChoose={() => context.marks.toggle(item.key)}><Star size={12} /></Small>
        </span>
      )}
    </span>
  )
}

function Small({ title, onChoose, children }: { title: string; onChoose: () => void; children: ReactNode }) {
  return (
    <button
      type="button" tabIndex={-1} className={styles.small} title={title}
      onClick={(event) => {
        event.preventDefault()
        event.stopPropagation()
        onChoose()
      }}
    >
      {children}
    </button>
  )
}

function Tree({ lines, skips }: { lines: boolean[]; skips: boolean }) {
  return lines.map((goesOn, i) => {
    const own = i === lines.length - 1
    return <i key={i} className={`${own ? (goesOn ? styles.tee : styles.elbow) : goesOn ? styles.pipe : styles.blank} ${own && skips ? styles.dashed : ''}`} />
  })
}

/** The lines of the tree, then the box that opens it, or the sign of the level. */
function Gutter({ item, context }: { item: RecordItem; context: RowContext }) {
  return (
    <>
      <Tree lines={item.lines} skips={item.skips} />
      {item.below > 0 ? <Box item={item} context={context} runs={item.row.pending || item.runsBelow} /> : (
        <span className={styles.leaf} data-field="level">{item.row.pending ? <Loader size={12} className={styles.turning} aria-label="running" /> : <LevelGlyph level={item.row.level} />}</span>
      )}
    </>
  )
}

function Box({ item, context, runs }: { item: RecordItem | MissingItem | MessagesItem; context: RowContext; runs: boolean }) {
  return (
    <button
      type="button" tabIndex={-1} className={`${styles.count} ${levelClass(Math.max(item.level, 9))} ${item.open ? styles.open : ''}`}
      aria-label={`${item.open ? 'Close' : 'Open'} ${item.below} below`}
      onClick={(event) => {
        event.preventDefault()
        event.stopPropagation()
        context.onToggle(item)
      }}
    >
      {item.open ? '−' : '+'}<b>{grouped(item.below)}</b>{runs && <span title="Something below still runs">◐</span>}
    </button>
  )
}

function Tags({ tags }: { tags: string[] }) {
  return tags.map((tag) => <span key={tag} className={styles.tag} data-field={`tag:${tag}`}>{tag}</span>)
}

/** Dollars to two digits that mean something. */
export function money(dollars: number): string {
  if (dollars >= 1) return `$${dollars.toFixed(2)}`
  return dollars < 0.0001 ? '<$0.0001' : `$${Number(dollars.toPrecision(2))}`
}

/** Σ: what stands there is the sum of the calls below. */
function Llm({ item }: { item: RecordItem }) {
  const { row, usage } = item
  const sum = usage.calls > 1 || (usage.calls === 1 && row.cost === undefined && row.operation !== 'chat')
  const shown: Pick<Usage, 'input' | 'output' | 'cost'> | undefined = usage.calls > 0 ? usage : row.tokensIn !== undefined || row.tokensOut !== undefined ? { input: row.tokensIn ?? 0, output: row.tokensOut ?? 0, cost: row.cost ?? 0 } : undefined
  const used = shown && [tokens(shown.input, shown.output), shown.cost > 0 && money(shown.cost)].filter(Boolean).join(' ')
  const title = shown && `${sum ? `Sum of ${usage.calls} model calls\n` : ''}Input ${grouped(shown.input)} tokens\nOutput ${grouped(shown.output)} tokens${shown.cost > 0 ? `\nCost ${money(shown.cost)}` : ''}`
  return (
    <>
      {row.model && <span className={styles.model} data-field="model">{row.model}</span>}
      {used && <span className={styles.tokens} title={title}>{sum && 'Σ '}{used}</span>}
    </>
  )
}

/** Shares of a bar's length: 10 µs is nothing, 100 s is all. */
export function barLength(us: number): number {
  return Math.min(1, Math.max(0.02, Math.log10(Math.max(us, 10) / 10) / 7))
}

function Took({ item, store }: { item: RecordItem; store: LiveStore }) {
  const { row } = item
  if (row.pending) return <Running item={item} store={store} />
  if (row.kind === 'log' || row.kind === 'span_event') return <span role="gridcell" className={styles.took} />
  const us = row.end - row.start
  const bad = row.level >= 17
  const fading = item.ended > 0 && Date.now() - item.ended < fadeMs
  return (
    <span role="gridcell" className={styles.took} title={`${duration(us)} (${Math.round(us)} µs)`}>
      <span className={styles.track}>
        <i className={bad ? styles.badBar : styles.bar} style={{ width: `${barLength(us) * 100}%`, ...(bad ? {} : { background: serviceColor(row.service) }) }}>
          {fading && <b className={styles.fading} />}
        </i>
      </span>
      <span className={styles.figure}>{duration(us)}</span>
    </span>
  )
}

function Running({ item, store }: { item: RecordItem; store: LiveStore }) {
  const at = useNow(250) * 1000
  const { row } = item
  const sign = store.lastSign(row)
  const state = store.stateOf(row, at, item.parentEnded)
  const us = Math.max(0, (state === 'unfinished' ? sign : at) - row.start)
  const words = { running: 'running', quiet: `no news for ${duration(at - sign)}`, unfinished: `never finished: no news for ${duration(at - sign)}`, done: '' }[state]
  return (
    <span role="gridcell" className={styles.took} title={words}>
      <span className={styles.track}><i className={`${styles.bar} ${styles[state]}`} style={{ width: `${barLength(us) * 100}%` }} /></span>
      <span className={`${styles.figure} ${styles.ticking}`}>{state === 'unfinished' ? `⌀ ${duration(us)}` : `${duration(us)}…`}</span>
    </span>
  )
}

/** A line without cells of its own: its words stand in the column of the message. */
function Plain(props: Props & { children: ReactNode }) {
  return props.context.columns.map((column) => (
    <span key={column.id} role="gridcell" className={column.id === 'message' ? styles.message : undefined}>{column.id === 'message' ? props.children : null}</span>
  ))
}

function Missing(props: Props & { item: MissingItem }) {
  const { item, context } = props
  return (
    <div
      id={`row-${item.key}`} role="row" aria-level={1} aria-expanded={item.open} tabIndex={props.stop ? 0 : -1} data-key={item.key}
      className={classOf(props, styles.missing)} style={placeOf(props)}
      onFocus={() => !props.active && context.onActivate(item, false)} onClick={() => context.onToggle(item)}
    >
      <Plain {...props}>
        <Box item={item} context={context} runs={false} />
        <span className={styles.words} title={item.span}>{item.first.message} … · parent {item.span.slice(0, 8)} not received yet</span>
      </Plain>
    </div>
  )
}

function Messages(props: Props & { item: MessagesItem }) {
  const { item, context } = props
  return (
    <div
      id={`row-${item.key}`} role="row" aria-level={item.depth + 1} aria-expanded={item.open} tabIndex={props.stop ? 0 : -1} data-key={item.key}
      className={classOf(props, styles.messages)} style={placeOf(props)}
      onFocus={() => !props.active && context.onActivate(item, false)} onClick={() => context.onToggle(item)}
    >
      <Plain {...props}>
        <Tree lines={item.lines} skips={false} />
        <Box item={item} context={context} runs={false} />
        <span className={styles.words} title="The messages of the model call, as logs">{item.below === 1 ? 'message' : 'messages'}</span>
      </Plain>
    </div>
  )
}

function More(props: Props & { item: MoreItem }) {
  const { item, context } = props
  return (
    <div
      id={`row-${item.key}`} role="row" aria-level={item.depth + 1} tabIndex={props.stop ? 0 : -1} data-key={item.key}
      className={classOf(props, styles.missing)} style={placeOf(props)}
      onFocus={() => !props.active && context.onActivate(item, false)} onClick={() => context.onMore(item)}
    >
      <Plain {...props}>
        <Tree lines={item.lines} skips={false} />
        <span className={styles.words}>+ {grouped(item.count)} more</span>
        <a href={context.tracePage(item)} className={styles.link} tabIndex={-1} onClick={(event) => event.stopPropagation()}>Open the trace page</a>
      </Plain>
    </div>
  )
}
