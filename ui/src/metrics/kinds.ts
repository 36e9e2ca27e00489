// What metrics there are, and what can be asked of each kind.

import { parseTimestamp, type Micros } from '../lib/time'

export type MetricType = 'gauge' | 'sum' | 'histogram' | 'exponential_histogram'

/** What the points of a name are, as one client sends them. */
export interface NameRow {
  name: string
  type: MetricType
  temporality: 'delta' | 'cumulative' | null
  monotonic: boolean | null
  unit: string
  description: string | null
  last_seen: string
  points: number
}

/** How a metric is drawn: a counter only rises; a level goes up and down. */
export type Kind = 'level' | 'counter' | 'histogram'

export interface Metric {
  name: string
  kind: Kind
  /** The type in a word that people know. */
  word: 'gauge' | 'counter' | 'up-down counter' | 'histogram' | 'exponential histogram'
  type: MetricType
  cumulative: boolean
  unit: string
  description: string
  lastSeen: Micros
  points: number
  /** Clients disagree on what the name is; the newest point has the word. */
  mixed: boolean
}

function kindOf({ type, temporality, monotonic }: NameRow): Kind {
  if (type === 'histogram' || type === 'exponential_histogram') return 'histogram'
  // What a delta of an up-down counter adds up to is not known; what it adds in a while is.
  return type === 'sum' && (monotonic === true || temporality === 'delta') ? 'counter' : 'level'
}

function wordOf({ type, monotonic }: NameRow): Metric['word'] {
  if (type === 'exponential_histogram') return 'exponential histogram'
  if (type === 'sum') return monotonic === true ? 'counter' : 'up-down counter'
  return type
}

/** One metric for each name, in the order of the alphabet. */
export function metricsOf(rows: readonly NameRow[]): Metric[] {
  const found = new Map<string, NameRow[]>()
  for (const row of rows) found.set(row.name, [...(found.get(row.name) ?? []), row])
  return [...found].map(([name, same]) => {
    const [newest] = same.toSorted((a, b) => parseTimestamp(b.last_seen) - parseTimestamp(a.last_seen))
    const kinds = new Set(same.map((row) => `${row.type} ${row.temporality ?? ''} ${row.unit}`))
    return {
      name, kind: kindOf(newest!), word: wordOf(newest!), type: newest!.type, cumulative: newest!.temporality === 'cumulative', unit: newest!.unit,
      description: newest!.description ?? '', lastSeen: parseTimestamp(newest!.last_seen), points: same.reduce((sum, row) => sum + row.points, 0), mixed: kinds.size > 1,
    }
  }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

export const aggregations = {
  level: ['avg', 'min', 'max', 'last', 'sum'],
  counter: ['rate', 'increase'],
  histogram: ['percentiles', 'p50', 'p90', 'p95', 'p99', 'avg', 'count'],
} as const

export type Aggregation = (typeof aggregations)[Kind][number]

/** What each says when one points at it. */
export const aggregationHelp: Record<Aggregation, string> = {
  avg: 'Average of what was observed', min: 'Smallest value', max: 'Largest value', last: 'Latest value',
  sum: 'The latest value of each series, added up', rate: 'Increase per second', increase: 'What was added', count: 'How many were observed',
  percentiles: 'p50, p90, p95 and p99', p50: 'Half of what was observed is less', p90: '90 % of what was observed is less', p95: '95 % of what was observed is less', p99: '99 % of what was observed is less',
}

/** What the address asks for, or the first that the kind has. */
export function aggregationOf(kind: Kind, text: string | undefined): Aggregation {
  const known: readonly Aggregation[] = aggregations[kind]
  return known.find((name) => name === text) ?? known[0]!
}

/** The names of the columns that are drawn. */
export function valueColumns(aggregation: Aggregation): string[] {
  return aggregation === 'percentiles' ? ['p50', 'p90', 'p95', 'p99'] : [aggregation]
}

/** Whether a hole in the points means that something is missing: who sends what was added sends nothing where nothing was. */
export function isSteady(metric: Metric): boolean {
  return metric.cumulative || metric.kind === 'level'
}

/** Whether values of several series can be added: of levels and percentiles the sum says nothing. */
export function adds(aggregation: Aggregation): boolean {
  return ['rate', 'increase', 'count', 'sum'].includes(aggregation)
}

const unitWords: Record<string, string> = { '1': '', By: 'bytes', ms: 'ms', s: 's', us: 'µs', ns: 'ns', '%': '%' }

/** A unit of UCUM for people: By is bytes, {order} is order. */
export function unitWord(unit: string): string {
  return unitWords[unit] ?? unit.replaceAll(/[{}]/g, '')
}

/** The unit of what is drawn. */
export function drawnUnit({ unit }: Metric, aggregation: Aggregation): string {
  if (aggregation === 'count') return 'observations'
  const word = unitWord(unit)
  return aggregation === 'rate' ? `${word || '1'}/s` : word
}
