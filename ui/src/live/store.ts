// The records of the live list: merged from pages and from the tail, in groups that stand by their start. A group is a
// trace; of a flat list, a record. No React in here.

import { isMessage, type Row } from '../api/record'
import type { Micros } from '../lib/time'
import { above, buildForest, type Branch, type Stub, type Usage } from './forest'
import { isOf, isRestarted, type Process } from './processes'
import { stateOf, type State } from './state'

/** How many rows may be held; beyond that the groups go that are farthest from the reader. */
export const mostRows = 10_000
/** What is left then. */
const leftRows = 9000
/** A record that comes so long after its trace began is late: its trace says that something happened. */
const lateAfter: Micros = 10_000_000

/** A place in the order of the list, as pages go on after it. */
export interface Position {
  at: Micros
  /** Orders what began at one moment: the trace's id; of a flat list, the span's. */
  id: string
}

/** What the server counted of a trace. */
export interface Counted {
  trace: string
  start: Micros
  /** When the newest of what was counted was received. */
  seen: Micros
  records: number
  /** How many of them match the filter, where there is one. */
  matches: number
  running: number
  level: number
  usage: Usage
}

/** What a page brings. */
export interface Page {
  rows: Row[]
  /** Rows that stand above what matches, or beside it: they are drawn dimmed. */
  context: Row[]
  counts: Counted[]
  outlines: Map<string, Map<string, Stub>>
}

interface Group {
  id: string
  trace: string
  position: Position
  rows: Map<string, Row>
  /** The records of a filtered list that match. */
  matched: Set<string>
  outline: Map<string, Stub> | undefined
  counted: Counted | undefined
  /** All of its records are here; new ones come by the tail. */
  complete: boolean
  /** The tail brought something that the server's counts do not know. */
  stale: boolean
  lastSign: Micros
  /** When a late record came, and when spans ended, by the clock of this browser in milliseconds. */
  touched: number
  ended: Map<string, number>
  forest: Branch[] | undefined
  items: Item[] | undefined
}

interface Line {
  key: string
  /** The group it belongs to. */
  group: string
  trace: string
  depth: number
  /** For each level above it, whether a line goes on below; the last one is its own. */
  lines: boolean[]
}

/** A record. */
export interface RecordItem extends Line {
  kind: 'record'
  row: Row
  open: boolean
  /** How many records lie below: all of them, not only those that are here or that match. */
  below: number
  /** The highest level at and below it. */
  level: number
  /** Something below it runs. */
  runsBelow: boolean
  /** It does not match the filter: it stands here for what does. */
  dimmed: boolean
  /** A record between it and the one that it hangs below is not shown. */
  skips: boolean
  /** How many of the records below it are not here, though it is open. */
  absent: number
  /** Among those that hang below the same record, from 1; 0 where nobody knows. */
  place: number
  siblings: number
  /** Of model calls at and below it. */
  usage: Usage
  /** When its trace last gave a sign of life, and when the record above it ended. */
  lastSign: Micros
  parentEnded: Micros | undefined
  traceStart: Micros
  touched: number
  ended: number
}

/** A record that is named as a parent and has not been received. */
export interface MissingItem extends Line {
  kind: 'missing'
  span: string
  /** The earliest of what hangs below it. */
  first: Row
  open: boolean
  below: number
  level: number
}

/** The messages of a model call that were written as logs: the conversation shows them, here they make one line. */
export interface MessagesItem extends Line {
  kind: 'messages'
  parent: Row
  open: boolean
  /** How many they are. */
  below: number
  level: number
}

/** What is not here of a trace that is too large for the list. */
export interface MoreItem extends Line {
  kind: 'more'
  parent: Row
  count: number
}

export type Item = RecordItem | MissingItem | MessagesItem | MoreItem

/** A group that a merge put into the list, or that lies outside of it. */
export interface Placed {
  position: Position
  where: 'here' | 'before' | 'after'
  error: boolean
}

/** How a list is made. */
export interface StoreOptions {
  flat: boolean
  filtered: boolean
  newestFirst: boolean
}

export function keyOf(row: Pick<Row, 'trace' | 'span'>): string {
  return `${row.trace}/${row.span}`
}

export function compare(a: Position, b: Position): number {
  return a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/** LiveStore tells its listeners after each change; list() is made anew then, and stays the same until the next one. */
export class LiveStore {
  private groups = new Map<string, Group>()
  /** The same groups in their order, the earliest first. */
  private order: Group[] = []
  private opened = new Map<string, boolean>()
  private listeners = new Set<() => void>()
  private items: Item[] | undefined
  private rows = 0
  /** When each process last sent anything, as far as the list heard of it. */
  private signs = new Map<string, Micros>()
  /** What the server knows of the processes of what runs: of what a filter leaves out, the list hears nothing. */
  processes: readonly Process[] = []
  /** Whether the range holds nothing before, or after, what is here. */
  edges = { start: false, end: false }
  /** The group that the reader looks at: what is farthest from it goes first. */
  reader: string | undefined
  /** Whether the reader stands at the end, where what is new comes into view. */
  readsEnd = true
  /** Another object each time when everything was replaced: at which end to begin. */
  begun: { at: 'start' | 'end' } = { at: 'end' }

  constructor(readonly options: StoreOptions = { flat: false, filtered: false, newestFirst: false }) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private changed(): void {
    this.items = undefined
    for (const listener of this.listeners) listener()
  }

  private idOf(row: Row): string {
    return this.options.flat ? keyOf(row) : row.trace
  }

  has(row: Row): boolean {
    return this.groups.has(this.idOf(row))
  }

  get size(): number {
    return this.rows
  }

  get first(): Position | undefined {
    return this.order[0]?.position
  }

  get last(): Position | undefined {
    return this.order.at(-1)?.position
  }

  /** When a record's process, or its trace, last gave a sign of life. */
  lastSign(row: Row): Micros {
    return Math.max(this.signOfProcess(row), this.groups.get(this.idOf(row))?.lastSign ?? 0)
  }

  private signOfProcess(row: Row): Micros {
    return Math.max(this.signs.get(row.process) ?? 0, this.processes.find((process) => isOf(process, row))?.last ?? 0, row.created)
  }

  /** What a record that may still run is doing. */
  stateOf(row: Row, present: Micros, parentEnded: Micros | undefined): State {
    return stateOf(row, this.lastSign(row), present, parentEnded, isRestarted(this.processes, row, this.signOfProcess(row)))
  }

  /** The services that have begun something here and not ended it. */
  waitingServices(): string[] {
    const services = new Set<string>()
    for (const group of this.order) for (const row of group.rows.values()) if (row.pending) services.add(row.service)
    return [...services].sort()
  }

  /**
   * Takes in what the tail brought. A final record takes the place of its pending one and never the other way round; a
   * record that is here already changes nothing. What lies outside of the window is only told of. whole: of traces that
   * begin now the tail brings every record.
   */
  merge(rows: Row[], whole: boolean): Placed[] {
    const placed = new Map<string, Placed>()
    for (const row of rows) {
      this.signs.set(row.process, Math.max(this.signs.get(row.process) ?? 0, row.created))
      const id = this.idOf(row)
      const told = placed.get(id)
      if (told && row.level >= 17) told.error = true
      let group = this.groups.get(id)
      if (!group) {
        const position = { at: row.start, id: this.options.flat ? row.span : row.trace }
        const where = this.where(position)
        if (!told) placed.set(id, { position, where, error: row.level >= 17 })
        if (where !== 'here') continue
        group = this.add(id, row.trace, position)
        group.complete = whole && !this.options.filtered
      }
      this.put(group, row, true)
      if (this.options.filtered) group.matched.add(row.span)
    }
    this.trim()
    this.changed()
    return [...placed.values()]
  }

  /** Says that the range holds more after what is here. */
  leaveEnd(): void {
    this.edges.end = false
    this.changed()
  }

  /** Where a position lies: in the window, or before or after what was read of the range. */
  where(position: Position): Placed['where'] {
    const { first, last } = this
    if (!this.edges.end && last && compare(position, last) > 0) return 'after'
    if (!this.edges.start && first && compare(position, first) < 0) return 'before'
    return 'here'
  }

  /** Takes in a page. Its groups go to their places, whether or not those are in the window: the caller sees to the edges. */
  addPage(page: Page): void {
    for (const counted of page.counts) {
      if (this.options.flat) continue
      const group = this.groups.get(counted.trace) ?? this.add(counted.trace, counted.trace, { at: counted.start, id: counted.trace })
      if (!group.counted || group.counted.seen <= counted.seen) group.counted = counted
      group.stale = counted.seen < group.lastSign // the tail is ahead of the tables
      group.lastSign = Math.max(group.lastSign, counted.seen)
      this.forgetLines(group)
    }
    for (const [trace, outline] of page.outlines) {
      const group = this.groups.get(trace)
      if (!group) continue
      group.outline = outline
      this.forgetLines(group)
    }
    for (const row of page.rows) this.putPaged(row, this.options.filtered)
    for (const row of page.context) this.putPaged(row, false)
    this.trim()
    this.changed()
  }

  private putPaged(row: Row, matched: boolean): void {
    const id = this.idOf(row)
    const group = this.groups.get(id) ?? this.add(id, row.trace, { at: row.start, id: this.options.flat ? row.span : row.trace })
    if (this.options.flat) group.complete = true
    this.put(group, row, false)
    if (matched) group.matched.add(row.span)
    this.forgetLines(group)
  }

  private add(id: string, trace: string, position: Position): Group {
    const group: Group = {
      id, trace, position, rows: new Map(), matched: new Set(), outline: undefined, counted: undefined, complete: false, stale: false,
      lastSign: 0, touched: 0, ended: new Map(), forest: undefined, items: undefined,
    }
    this.groups.set(id, group)
    this.order.splice(this.placeOf(position), 0, group)
    return group
  }

  /** Where in the order a position comes: behind what is before it. Most come last. */
  private placeOf(position: Position): number {
    let low = 0
    let high = this.order.length
    if (high > 0 && compare(this.order[high - 1]!.position, position) < 0) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare(this.order[middle]!.position, position) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  private put(group: Group, row: Row, fresh: boolean): void {
    group.lastSign = Math.max(group.lastSign, row.created)
    const known = group.rows.get(row.span)
    if (known && (row.pending || !known.pending)) return
    if (!known) this.rows++
    else if (fresh) group.ended.set(row.span, Date.now())
    if (fresh && !known && row.created - group.position.at > lateAfter && group.rows.size > 0) group.touched = Date.now()
    if (fresh && !group.complete && !group.outline?.has(row.span)) group.stale = true
    group.rows.set(row.span, row)
    this.forgetLines(group)
  }

  private forgetLines(group: Group): void {
    group.forest = undefined
    group.items = undefined
  }

  /**
   * Takes in all records of a trace. Of what does not match a filter the tail brings nothing: there they are all that
   * there were, not all that there will be.
   */
  complete(trace: string, rows: Row[]): void {
    const group = this.groups.get(trace)
    if (!group) return
    for (const row of rows) this.put(group, row, false)
    group.complete = !this.options.filtered
    group.outline = new Map([...group.rows.values()].map((row) => [row.span, { span: row.span, parent: row.parent, level: row.level, pending: row.pending }]))
    group.stale = false
    this.forgetLines(group)
    this.trim()
    this.changed()
  }

  /** Says that the tail left something out since then: what is here of traces that were at work may not be all. */
  doubt(since: Micros): void {
    if (this.options.flat) return
    for (const group of this.order) {
      if (group.lastSign < since) continue
      group.complete = false
      group.stale = true
      group.items = undefined
    }
    this.changed()
  }

  /** Whether a record is here. */
  holds(row: Row): boolean {
    return this.groups.get(this.idOf(row))?.rows.has(row.span) ?? false
  }

  /** Takes away what ended before a moment, of a list of what runs; in milliseconds since 1970. */
  dropEnded(before: number): void {
    for (const group of this.order) {
      for (const [span, at] of group.ended) if (at <= before) group.matched.delete(span)
      if (group.matched.size > 0) group.items = undefined
    }
    const gone = this.order.filter((group) => group.matched.size === 0)
    for (const group of gone) {
      this.rows -= group.rows.size
      this.groups.delete(group.id)
    }
    this.order = this.order.filter((group) => group.matched.size > 0)
    this.changed()
  }

  isComplete(trace: string): boolean {
    return this.groups.get(trace)?.complete ?? false
  }

  /** How many records the trace has, as far as anybody knows. */
  recordsOf(trace: string): number {
    const group = this.groups.get(trace)
    return Math.max(group?.counted?.records ?? 0, group?.outline?.size ?? 0, group?.rows.size ?? 0)
  }

  hasOutline(trace: string): boolean {
    return this.groups.get(trace)?.outline !== undefined
  }

  /** The records here that hang directly below one, for whoever reads on. */
  childrenOf(trace: string, parent: string): Row[] {
    return [...(this.groups.get(trace)?.rows.values() ?? [])].filter((row) => row.parent === parent).sort((a, b) => a.start - b.start || (a.span < b.span ? -1 : 1))
  }

  /** The traces of which the tail brought more than the server has counted; the newest last. */
  get stale(): string[] {
    return this.order.filter((group) => group.stale && !group.complete).map((group) => group.trace)
  }

  /** Traces of which records came since then and whose counts may have grown unseen, for a filtered list; the newest last. */
  active(since: Micros): string[] {
    return this.order.filter((group) => group.lastSign >= since && !group.complete).map((group) => group.trace)
  }

  isOpen(key: string): boolean {
    return this.opened.get(key) ?? false
  }

  setOpen(item: Pick<Item, 'key' | 'group'>, open: boolean): void {
    this.opened.set(item.key, open)
    const group = this.groups.get(item.group)
    if (group) group.items = undefined
    this.changed()
  }

  /** Opens a record and everything below it that is here. */
  openAll(item: RecordItem): void {
    const group = this.groups.get(item.group)
    if (!group) return
    const inside = new Set<string>()
    const waiting = [...this.forestOf(group)]
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (next.span === item.row.span || (next.parent !== undefined && inside.has(next.parent))) {
        inside.add(next.span)
        this.opened.set(keyOf({ trace: group.trace, span: next.span }), true)
      }
      for (const child of next.children) waiting.push(child)
    }
    group.items = undefined
    this.changed()
  }

  closeAll(): void {
    const open = this.list().filter((item) => item.kind !== 'more' && item.open)
    this.opened.clear()
    for (const item of open) {
      this.opened.set(item.key, false) // or what opens by itself would stay open
      const group = this.groups.get(item.group)
      if (group) group.items = undefined
    }
    this.changed()
  }

  /** Puts a page in the place of everything. What was open stays so. at: which end of it the reader wants to see. */
  replace(page: Page, edges: { start: boolean; end: boolean }, at: 'start' | 'end'): void {
    this.groups.clear()
    this.order = []
    this.rows = 0
    this.edges = edges
    this.begun = { at }
    this.addPage(page)
  }

  /** The lines of the list. */
  list = (): Item[] => {
    if (!this.items) {
      const made: Item[] = []
      const order = this.options.newestFirst ? this.order.toReversed() : this.order
      for (const group of order) for (const item of (group.items ??= this.linesOf(group))) made.push(item)
      this.items = made
    }
    return this.items
  }

  private forestOf(group: Group): Branch[] {
    return (group.forest ??= buildForest(group.rows.values(), group.outline))
  }

  private linesOf(group: Group): Item[] {
    return new Drawing(group, this.forestOf(group), this.opened, this.options).items()
  }

  /** Drops the groups that are farthest from the reader. */
  private trim(): void {
    if (this.rows <= mostRows) return
    const at = this.order.findIndex((group) => group.id === this.reader)
    const reader = at < 0 ? this.order.length - 1 : at
    let low = 0
    let high = this.order.length - 1
    while (this.rows > leftRows && low < high) {
      const early = reader - low >= high - reader
      const group = this.order[early ? low : high]!
      if (group.id === this.reader) break
      this.rows -= group.rows.size
      this.groups.delete(group.id)
      if (early) low++
      else high--
    }
    if (low > 0) this.edges.start = false
    if (high < this.order.length - 1) this.edges.end = false
    this.order = this.order.slice(low, high + 1)
  }
}

/** A branch that is here. */
interface Shown {
  branch: Branch
  /** Branches between it and the one that it hangs below are not here. */
  skips: boolean
}

/** A branch that is to be drawn, and where. */
interface Task extends Shown {
  depth: number
  lines: boolean[]
  parent: Row | undefined
  place: number
  siblings: number
}

/** What comes next: a branch, or a line that stands for several. */
type Drawn = Task | MessagesItem | MoreItem

/** What is drawn of one group. */
class Drawing {
  private readonly made: Item[] = []
  /** Records that are open without having been opened: what matches lies below them. */
  private readonly toMatches: Set<string>

  constructor(
    private readonly group: Group,
    private readonly forest: Branch[],
    private readonly opened: ReadonlyMap<string, boolean>,
    private readonly options: StoreOptions,
  ) {
    this.toMatches = options.filtered ? above(this.known(), group.matched) : new Set()
  }

  /** All records that are known of: the outline, and what has come since. */
  private known(): Map<string, Stub> {
    const known = new Map(this.group.outline)
    for (const row of this.group.rows.values()) known.set(row.span, { span: row.span, parent: row.parent, level: row.level, pending: row.pending })
    return known
  }

  items(): Item[] {
    const tops = shown(this.tops())
    for (const top of tops) {
      const family = this.familyOf(top.branch, tops)
      if (family.length < 2) this.draw({ ...top, depth: 0, lines: [], parent: undefined, place: 0, siblings: 0 })
      else if (family[0] === top.branch) this.missing(family)
    }
    return this.made
  }

  /**
   * The records that hang below nothing. As long as only the root of a trace was read, what the tail brought from
   * further down is counted there and not drawn beside it.
   */
  private tops(): Branch[] {
    const { group } = this
    const whole = group.complete || group.outline !== undefined || this.options.flat
    return whole || !this.root ? this.forest : this.forest.filter((top) => !top.orphan)
  }

  /** The record that stands for the whole trace. */
  private get root(): Branch | undefined {
    return this.forest.find((top) => !top.orphan && top.row && top.row.kind !== 'log')
  }

  /** The records that name the same parent, which has not been received. */
  private familyOf(branch: Branch, tops: readonly { branch: Branch }[]): Branch[] {
    const alone = !branch.orphan || this.options.flat || (this.options.filtered && !this.group.outline)
    return alone ? [branch] : tops.map((top) => top.branch).filter((other) => other.orphan && other.parent === branch.parent)
  }

  private missing(family: Branch[]): void {
    const { group } = this
    const span = family[0]!.parent!
    const key = keyOf({ trace: group.trace, span })
    const open = this.opened.get(key) ?? this.options.filtered
    this.made.push({
      kind: 'missing', key, group: group.id, trace: group.trace, depth: 0, lines: [], span, first: family[0]!.row!, open,
      below: family.reduce((sum, one) => sum + 1 + one.below, 0), level: Math.max(...family.map((one) => one.level)),
    })
    if (!open) return
    family.forEach((branch, i) => {
      this.draw({ branch, depth: 1, lines: [i < family.length - 1], skips: false, parent: undefined, place: i + 1, siblings: family.length })
    })
  }

  /** Draws a branch and what is open below it, without recursion: traces may be deeper than the stack. */
  private draw(top: Task): void {
    const waiting: Drawn[] = [top]
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if ('kind' in next) this.made.push(next)
      else waiting.push(...this.drawOne(next).reverse())
    }
  }

  /** Draws one record and returns what comes below it. */
  private drawOne(task: Task): Drawn[] {
    const item = this.record(task)
    this.made.push(item)
    if (!item.open) return []
    const { branch, depth, lines } = task
    const children = shown(branch.children)
    item.absent = branch.absent - children.reduce((sum, child) => sum + child.branch.absent, 0)
    const more = item.absent > 0 && !this.options.filtered
    const messages = children.filter((child) => isMessage(child.branch.row!))
    const others = messages.length > 0 ? children.filter((child) => !messages.includes(child)) : children
    const first = Math.min(1, messages.length) // the messages are one line, before all others
    const below: Drawn[] = messages.length > 0 ? this.messages(item, messages, more || others.length > 0) : []
    for (const [i, child] of others.entries()) {
      below.push({
        ...child, depth: depth + 1, lines: [...lines, more || i < others.length - 1], parent: branch.row, place: first + i + 1, siblings: item.absent > 0 ? -1 : first + others.length,
      })
    }
    if (more) {
      below.push({
        kind: 'more', key: `${item.key}/more`, group: item.group, trace: item.trace, depth: depth + 1, lines: [...lines, false], parent: item.row, count: item.absent,
      })
    }
    return below
  }

  /** The line of the messages below a record, and what of it is open. */
  private messages(of: RecordItem, messages: Shown[], goesOn: boolean): Drawn[] {
    const key = `${of.key}/messages`
    const depth = of.depth + 1
    const lines = [...of.lines, goesOn]
    // Of a call that matches, so do most of its messages: then they are not what is looked for.
    const open = this.opened.get(key) ?? (of.dimmed && messages.some(({ branch }) => this.group.matched.has(branch.span)))
    const item: MessagesItem = {
      kind: 'messages', key, group: of.group, trace: of.trace, depth, lines, parent: of.row, open, below: messages.length, level: Math.max(...messages.map(({ branch }) => branch.level)),
    }
    if (!open) return [item]
    return [item, ...messages.map((message, i): Task => ({
      ...message, depth: depth + 1, lines: [...lines, i < messages.length - 1], parent: of.row, place: i + 1, siblings: messages.length,
    }))]
  }

  private record({ branch, depth, lines, skips, parent, place, siblings }: Task): RecordItem {
    const { group } = this
    const { flat, filtered } = this.options
    const row = branch.row!
    const key = keyOf(row)
    // What the server counted but is not here lies below the root.
    const counted = !group.complete && branch === this.root ? group.counted : undefined
    const guess = counted && !group.outline
    return {
      kind: 'record', key, group: group.id, trace: group.trace, row, depth, lines, skips, place, siblings,
      open: !flat && (this.opened.get(key) ?? this.toMatches.has(row.span)),
      below: flat ? 0 : guess ? Math.max(branch.below, counted.records - this.forest.filter((one) => !one.orphan).length) : branch.below,
      level: flat ? row.level : Math.max(branch.level, counted?.level ?? 0),
      runsBelow: branch.runsBelow || (guess !== undefined && counted!.running > (row.pending ? 1 : 0)),
      dimmed: filtered && !group.matched.has(row.span),
      absent: 0,
      usage: counted?.usage ?? branch.usage,
      lastSign: group.lastSign,
      parentEnded: parent && !parent.pending ? parent.end : undefined,
      traceStart: group.position.at,
      touched: depth === 0 ? group.touched : 0,
      ended: group.ended.get(row.span) ?? 0,
    }
  }
}

/** Branches that are here; in the place of those that are not, what is here below them. */
function shown(branches: readonly Branch[], skips = false): Shown[] {
  return branches.flatMap((branch) => (branch.row ? [{ branch, skips }] : shown(branch.children, true)))
}
