// Panels that are made here: from Explore, from Metrics, in the editor.

import type { Panel, PanelSpec, Variable } from './definition'

/** What a panel can be, as the editor names it. */
export const panelKinds = {
  TimeSeriesChart: 'Time series', BarChart: 'Bars', PieChart: 'Pie', Table: 'Table', Values: 'Values', GaugeChart: 'Gauge', Markdown: 'Text',
} as const

export interface NewPanel {
  name: string
  kind: keyof typeof panelKinds
  sql?: string
  /** The column whose values make series, and those that hold numbers; inferred when they are missing. */
  groupBy?: string | undefined
  metrics?: readonly string[]
  /** Texts for the names after $ in the statement. */
  variables?: Readonly<Record<string, string>>
  /** How it looks, in the words of the definition. */
  look?: Record<string, unknown>
}

export function isTimeSeries(kind: string): boolean {
  return kind === 'TimeSeriesChart'
}

/** A statement as the query of a panel. */
export function queriesOf(kind: string, spec: Record<string, unknown>): PanelSpec['queries'] {
  if (kind === 'Markdown') return []
  const series = isTimeSeries(kind)
  return [{ kind: series ? 'TimeSeriesQuery' : 'NonTimeSeriesQuery', spec: { plugin: { kind: series ? 'LogfireTimeSeriesQuery' : 'LogfireNonTimeSeriesQuery', spec } } }]
}

export function panelOf(made: NewPanel): Panel {
  const query = { query: made.sql ?? '', ...(made.groupBy ? { groupBy: made.groupBy } : {}), ...(made.metrics && made.metrics.length > 0 ? { metrics: [...made.metrics] } : {}) }
  const variables = Object.entries(made.variables ?? {}).map(([name, value]): Variable => ({ kind: 'TextVariable', spec: { name, value } }))
  return { kind: 'Panel', spec: { display: { name: made.name }, plugin: { kind: made.kind, spec: made.look ?? {} }, queries: queriesOf(made.kind, query), ...(variables.length > 0 ? { variables } : {}) } }
}

/** Reads a panel that was handed over in the address. */
export function readNewPanel(text: string | undefined): NewPanel | undefined {
  try {
    const read = JSON.parse(text ?? '') as NewPanel
    return typeof read.name === 'string' && read.kind in panelKinds ? read : undefined
  } catch {
    return undefined // somebody's own address
  }
}
