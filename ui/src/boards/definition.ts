// The definition of a dashboard, as Logfire and Perses write it. It is edited as it stands, so that fields that nobody here
// knows stay where they are.

export interface Display {
  name?: string | undefined
  description?: string | null | undefined
  hidden?: boolean | undefined
}

/** A part whose kind says what its spec holds; what is in it comes from elsewhere and is read with care. */
export interface Plugin {
  kind: string
  spec: Record<string, unknown>
}

export interface Query {
  kind: string
  spec: { plugin: Plugin }
}

export interface Link {
  url: string
  name?: string | undefined
  tooltip?: string | undefined
}

export interface PanelSpec {
  display?: Display | undefined
  plugin: Plugin
  queries?: Query[] | null | undefined
  links?: Link[] | null | undefined
  /** Take the place of the dashboard's variables of the same names. */
  variables?: Variable[] | null | undefined
}

export interface Panel {
  kind: 'Panel'
  spec: PanelSpec
}

export interface TextVariable {
  kind: 'TextVariable'
  spec: { name: string; display?: Display | undefined; value: string; constant?: boolean | undefined }
}

export interface ListVariable {
  kind: 'ListVariable'
  spec: {
    name: string
    display?: Display | undefined
    defaultValue?: string | string[] | undefined
    allowMultiple?: boolean | undefined
    allowAllValue?: boolean | undefined
    customAllValue?: string | undefined
    plugin: Plugin
  }
}

export type Variable = TextVariable | ListVariable

/** The place of a panel in a group, in cells from the top left. */
export interface Item {
  x: number
  y: number
  width: number
  height: number
  content: { $ref: string }
}

export interface Grid {
  kind: 'Grid'
  spec: { display?: { title?: string | undefined; collapse?: { open: boolean } | undefined } | undefined; items: Item[] }
}

export interface Definition {
  kind: 'Dashboard'
  metadata: { name?: string | undefined; project?: string | undefined }
  spec: {
    display?: Display | null | undefined
    variables?: Variable[] | null | undefined
    panels?: Record<string, Panel> | null | undefined
    layouts: Grid[]
    duration?: string | undefined
    refreshInterval?: string | undefined
  }
}

export function emptyBoard(name: string): Definition {
  return {
    kind: 'Dashboard', metadata: { name },
    spec: { display: { name }, variables: [], panels: {}, layouts: [{ kind: 'Grid', spec: { items: [] } }], duration: '1h', refreshInterval: '0s' },
  }
}

type Wild = Record<string, unknown>

function isObject(value: unknown): value is Wild {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const record = (value: unknown): Wild => (isObject(value) ? value : {})
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const whole = (value: unknown, fallback: number): number => (typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : fallback)

/**
 * Reads what should be a dashboard: its definition, or that within what the API answers. What cannot be drawn without is put
 * in; what is not a dashboard at all is an error that says why.
 */
export function readDefinition(value: unknown): Definition {
  const outer = record(value)
  const given = isObject(outer['dashboard']) ? outer['dashboard'] : isObject(outer['definition']) ? outer['definition'] : outer
  const spec = given['spec']
  if (!isObject(spec)) throw new Error('This is no dashboard: it has no "spec".')
  if (given['kind'] !== undefined && given['kind'] !== 'Dashboard') throw new Error(`This is no dashboard but a ${String(given['kind'])}.`)
  const panels = Object.fromEntries(Object.entries(record(spec['panels'])).filter(([, panel]) => isObject(panel)).map(([key, panel]) => [key, readPanel(panel as Wild)]))
  return {
    ...given, kind: 'Dashboard', metadata: record(given['metadata']),
    spec: { ...spec, panels, layouts: list(spec['layouts']).filter(isObject).map(readGrid), variables: readVariables(spec['variables']) },
  } as Definition
}

function readPanel(panel: Wild): Panel {
  const spec = record(panel['spec'])
  const queries = list(spec['queries']).filter(isObject).map((query) => ({ ...query, spec: { ...record(query['spec']), plugin: readPlugin(record(query['spec'])['plugin']) } }))
  return { ...panel, kind: 'Panel', spec: { ...spec, plugin: readPlugin(spec['plugin']), queries } } as Panel
}

function readPlugin(value: unknown): Plugin {
  const plugin = record(value)
  return { ...plugin, kind: String(plugin['kind'] ?? ''), spec: record(plugin['spec']) }
}

function readGrid(grid: Wild): Grid {
  const spec = record(grid['spec'])
  const items = list(spec['items']).filter((item) => isObject(item) && isObject(item['content']) && typeof item['content']['$ref'] === 'string') as Wild[]
  return { ...grid, kind: 'Grid', spec: { ...spec, items: items.map(readItem) } } as Grid
}

function readItem(item: Wild): Item {
  return { ...item, x: whole(item['x'], 0), y: whole(item['y'], 0), width: whole(item['width'], 12), height: whole(item['height'], 6) } as Item
}

function readVariables(value: unknown): Variable[] {
  const named = list(value).filter((one) => isObject(one) && typeof record(one['spec'])['name'] === 'string') as Wild[]
  return named.map((one) => {
    const spec = record(one['spec'])
    if (one['kind'] !== 'ListVariable') return { ...one, spec: { ...spec, value: String(spec['value'] ?? '') } } as TextVariable
    return { ...one, spec: { ...spec, plugin: readPlugin(spec['plugin']) } } as ListVariable
  })
}

/** The key of the panel that an item shows. */
export function keyOf(item: Item): string {
  const last = item.content.$ref.split('/').at(-1) ?? ''
  return last.replaceAll('~1', '/').replaceAll('~0', '~')
}

function refTo(key: string): { $ref: string } {
  return { $ref: `#/spec/panels/${key.replaceAll('~', '~0').replaceAll('/', '~1')}` }
}

export function panelsOf(board: Definition): Record<string, Panel> {
  return board.spec.panels ?? {}
}

export function titleOf(board: Definition): string {
  return board.spec.display?.name || board.metadata.name || 'Dashboard'
}

export function panelTitle(panel: Panel): string {
  return panel.spec.display?.name ?? ''
}

/** A panel's statement; empty where it has none. */
export function sqlOf(panel: Panel): string {
  const { query } = panel.spec.queries?.[0]?.spec.plugin.spec ?? {}
  return typeof query === 'string' ? query : ''
}

function withSpec(board: Definition, changes: Partial<Definition['spec']>): Definition {
  return { ...board, spec: { ...board.spec, ...changes } }
}

export function renamed(board: Definition, name: string): Definition {
  return { ...withSpec(board, { display: { ...board.spec.display, name } }), metadata: { ...board.metadata, name } }
}

/** Changes what stands beside panels and groups. */
export function settled(board: Definition, changes: Partial<Pick<Definition['spec'], 'display' | 'duration' | 'refreshInterval' | 'variables'>>): Definition {
  return withSpec(board, changes)
}

/** Gives groups their items; groups come as they stand. */
export function withItems(board: Definition, items: readonly (readonly Item[])[]): Definition {
  return withSpec(board, { layouts: board.spec.layouts.map((grid, i) => (items[i] === undefined || items[i] === grid.spec.items ? grid : { ...grid, spec: { ...grid.spec, items: [...items[i]] } })) })
}

export function withPanel(board: Definition, key: string, panel: Panel): Definition {
  return withSpec(board, { panels: { ...board.spec.panels, [key]: panel } })
}

/** A key for a new panel, made from its title: letters and digits, as in references. */
export function freeKey(board: Definition, title: string): string {
  const words = title.normalize('NFKD').replace(/[^\p{L}\p{N}]+/gu, ' ').trim().split(' ')
  const base = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('') || 'Panel'
  for (let n = 1; ; n++) {
    const key = n === 1 ? base : `${base}${n}`
    if (!(key in panelsOf(board))) return key
  }
}

/** How large a panel is at first, by what it draws. */
export function firstSize(kind: string): { width: number; height: number } {
  if (kind === 'Values' || kind === 'StatChart' || kind === 'GaugeChart') return { width: 6, height: 4 }
  if (kind === 'Markdown') return { width: 8, height: 4 }
  return { width: 12, height: 7 }
}

/** Puts a panel below all others of a group; the last group where none is named. */
export function added(board: Definition, panel: Panel, group?: number, size = firstSize(panel.spec.plugin.kind)): { board: Definition; key: string } {
  const key = freeKey(board, panelTitle(panel))
  const layouts = board.spec.layouts.length > 0 ? board.spec.layouts : [{ kind: 'Grid' as const, spec: { items: [] } }]
  const at = group ?? layouts.length - 1
  const bottom = Math.max(0, ...layouts[at]!.spec.items.map((item) => item.y + item.height))
  const beside = lastRowRoom(layouts[at]!.spec.items, size)
  const item: Item = { x: beside?.x ?? 0, y: beside?.y ?? bottom, ...size, content: refTo(key) }
  const next = layouts.map((grid, i) => (i === at ? { ...grid, spec: { ...grid.spec, items: [...grid.spec.items, item] } } : grid))
  return { board: withPanel(withSpec(board, { layouts: next }), key, panel), key }
}

/** Room at the right of the lowest row for a panel of a size. */
function lastRowRoom(items: readonly Item[], size: { width: number; height: number }): { x: number; y: number } | undefined {
  const lowest = items.toSorted((a, b) => b.y - a.y || b.x - a.x)[0]
  if (!lowest) return undefined
  const x = lowest.x + lowest.width
  const free = x + size.width <= 24 && items.every((item) => item.x + item.width <= x || item.y + item.height <= lowest.y)
  return free ? { x, y: lowest.y } : undefined
}

export function withoutPanel(board: Definition, key: string): Definition {
  const { [key]: _, ...panels } = panelsOf(board)
  return withSpec(board, { panels, layouts: board.spec.layouts.map((grid) => ({ ...grid, spec: { ...grid.spec, items: grid.spec.items.filter((item) => keyOf(item) !== key) } })) })
}

/** Copies a panel to the place beside or below it. */
export function duplicated(board: Definition, key: string): Definition {
  const panel = panelsOf(board)[key]
  const group = board.spec.layouts.findIndex((grid) => grid.spec.items.some((item) => keyOf(item) === key))
  const item = board.spec.layouts[group]?.spec.items.find((one) => keyOf(one) === key)
  if (!panel || !item) return board
  const copy = structuredClone(panel)
  copy.spec.display = { ...copy.spec.display, name: `${panelTitle(panel)} copy`.trim() }
  return added(board, copy, group, { width: item.width, height: item.height }).board
}

export function withGroup(board: Definition, title: string): Definition {
  return withSpec(board, { layouts: [...board.spec.layouts, { kind: 'Grid', spec: { display: { title, collapse: { open: true } }, items: [] } }] })
}

export function retitled(board: Definition, group: number, title: string): Definition {
  return withSpec(board, { layouts: board.spec.layouts.map((grid, i) => (i === group ? { ...grid, spec: { ...grid.spec, display: { ...grid.spec.display, title } } } : grid)) })
}

export function withOpen(board: Definition, group: number, open: boolean): Definition {
  return withSpec(board, { layouts: board.spec.layouts.map((grid, i) => (i === group ? { ...grid, spec: { ...grid.spec, display: { ...grid.spec.display, collapse: { open } } } } : grid)) })
}

/** Moves a group up (-1) or down (1) among the groups. */
export function groupMoved(board: Definition, group: number, by: -1 | 1): Definition {
  const layouts = [...board.spec.layouts]
  const [one] = layouts.splice(group, 1)
  if (!one || group + by < 0 || group + by > layouts.length) return board
  layouts.splice(group + by, 0, one)
  return withSpec(board, { layouts })
}

/** Takes a group away, with its panels. */
export function withoutGroup(board: Definition, group: number): Definition {
  const keys = new Set(board.spec.layouts[group]?.spec.items.map(keyOf))
  const layouts = board.spec.layouts.filter((_, i) => i !== group)
  const panels = Object.fromEntries(Object.entries(panelsOf(board)).filter(([key]) => !keys.has(key)))
  return withSpec(board, { panels, layouts: layouts.length > 0 ? layouts : [{ kind: 'Grid', spec: { items: [] } }] })
}

/** A name as part of an address: web-server. Never "new", which is the page of a new dashboard. */
export function slugOf(name: string): string {
  const slug = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60)
  return slug === '' ? 'dashboard' : slug === 'new' ? 'new-dashboard' : slug
}
