// The columns of the live list: which there are, in which order and how wide. What a person arranged stays in this
// browser; columns that someone added are SQL expressions and stand in the address.

import { Setting } from '../lib/store'
import { joinList, splitList } from '../sql/condition'

export type BuiltIn = 'time' | 'service' | 'message' | 'tags' | 'llm' | 'scope' | 'duration'

export interface Column {
  /** A built-in's name, or the expression. */
  id: string
  title: string
  /** In pixels; undefined takes what is left. */
  width: number | undefined
  /** For columns that someone added. */
  expression: string | undefined
}

/** What a person arranged. */
export interface Layout {
  /** Ids in their order; what is not named comes where it comes by itself. */
  order: string[]
  widths: Record<string, number>
  /** Built-in columns that are shown although they are not by themselves, or the other way round. */
  shown: Partial<Record<BuiltIn, boolean>>
}

const builtIns: Record<BuiltIn, { title: string; width: number | undefined; shown: boolean }> = {
  time: { title: 'Time', width: 98, shown: true },
  service: { title: 'Service', width: 116, shown: true },
  message: { title: 'Message', width: undefined, shown: true },
  tags: { title: 'Tags', width: 120, shown: false },
  llm: { title: 'LLM', width: 170, shown: false },
  scope: { title: 'Scope', width: 130, shown: false },
  duration: { title: 'Duration', width: 148, shown: true },
}

export const builtInColumns = Object.entries(builtIns).map(([id, { title }]) => ({ id: id as BuiltIn, title }))

export const leastWidth = 48
export const mostWidth = 900
const addedWidth = 140

const noLayout: Layout = { order: [], widths: {}, shown: {} }

export const layoutSetting = new Setting<string>('hearth.columns', '')

/** Reads what was arranged; what cannot be read is as if nothing was. */
export function parseLayout(text: string): Layout {
  try {
    const raw = JSON.parse(text) as Partial<Layout>
    return {
      order: Array.isArray(raw.order) ? raw.order.filter((id) => typeof id === 'string') : [],
      widths: Object.fromEntries(Object.entries(raw.widths ?? {}).filter(([, width]) => Number.isFinite(width)).map(([id, width]) => [id, clampWidth(width)])),
      shown: Object.fromEntries(Object.entries(raw.shown ?? {}).filter(([id, shown]) => id in builtIns && typeof shown === 'boolean')),
    }
  } catch {
    return noLayout
  }
}

export function clampWidth(width: number): number {
  return Math.round(Math.min(mostWidth, Math.max(leastWidth, width)))
}

export function isShown(id: BuiltIn, layout: Layout): boolean {
  return id === 'message' || (layout.shown[id] ?? builtIns[id].shown)
}

/** The name of a column that an expression makes: the key of an attribute, or the expression. */
export function titleOf(expression: string): string {
  const key = /^(?:attributes|otel_resource_attributes|otel_scope_attributes)\s*->>?\s*'((?:[^']|'')+)'$/.exec(expression)?.[1]
  return key?.replaceAll("''", "'") ?? expression
}

/** The columns of the list, in their order. Added ones come before the duration unless they were moved. */
export function columnsOf(layout: Layout, cols: string | undefined): Column[] {
  const added: Column[] = [...new Set(splitList(cols ?? ''))].map((expression) => ({ id: expression, title: titleOf(expression), width: layout.widths[expression] ?? addedWidth, expression }))
  const own = builtInColumns.filter(({ id }) => isShown(id, layout)).map(({ id, title }): Column => ({
    id, title, width: id === 'message' ? undefined : (layout.widths[id] ?? builtIns[id].width), expression: undefined,
  }))
  const last = own.at(-1)?.id === 'duration' ? own.splice(-1) : []
  const all = [...own, ...added, ...last]
  const rank = new Map(layout.order.map((id, i) => [id, i]))
  const placed = all.filter((column) => rank.has(column.id)).sort((a, b) => rank.get(a.id)! - rank.get(b.id)!)
  let next = 0
  return all.map((column) => (rank.has(column.id) ? placed[next++]! : column))
}

/** From which widths on a list has more columns; between them it stays as it is. */
export const widths = [820, 560] as const

/** Where there is little room: first the bars go, then what is not needed to read a line. */
export function fitting(columns: Column[], width: number): Column[] {
  const [wide, medium] = widths
  const narrow = columns.map((column) => (column.id === 'duration' && width < wide ? { ...column, width: 64 } : column))
  if (width >= wide) return narrow
  const needed = width < medium ? ['time', 'message', 'duration'] : ['time', 'service', 'message', 'duration']
  return narrow.filter((column) => needed.includes(column.id) || (column.expression !== undefined && width >= medium))
}

/** For grid-template-columns. */
export function template(columns: Column[]): string {
  return columns.map((column) => (column.width === undefined ? 'minmax(0, 1fr)' : `${column.width}px`)).join(' ')
}

/** The order after one column was dropped in the place of another. */
export function moved(columns: Column[], id: string, to: string): string[] {
  const ids = columns.map((column) => column.id)
  const from = ids.indexOf(id)
  const at = ids.indexOf(to)
  if (from < 0 || at < 0) return ids
  ids.splice(from, 1)
  ids.splice(at, 0, id)
  return ids
}

/** The address without a column, or with one more. */
export function toggled(cols: string | undefined, expression: string): string | undefined {
  const before = splitList(cols ?? '')
  const after = before.includes(expression) ? before.filter((one) => one !== expression) : [...before, expression]
  return joinList(after) || undefined
}
