// What the metrics page asks, each question once for a time range.

import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { ask, query, type Answer, type ApiError } from '../api/client'
import { now, parseSpan, parseTimestamp, range, type Range } from '../lib/time'
import type { LiveSearch } from '../search'
import { stepFor } from '../live/histogram'
import { exemplarsOf, type Exemplar, type ExemplarRow } from './exemplars'
import { metricsOf, type Metric, type NameRow } from './kinds'
import { labelsOf, secondsApart, type Facts, type Label } from './labels'
import { chartSQL, exemplarsSQL, factsSQL, labelsSQL, namesSQL, resetsSQL, bucketOf, seriesCountsSQL, valuesSQL, type Asked } from './sql'
import type { Field } from '../sql/condition'

/** How often a range that ends now is read again. */
const againMs = 30_000

/** Where and when is asked. */
export interface Scope {
  project: string
  search: LiveSearch
  zone: string
}

function common({ project, search }: Scope, what: string, ...more: unknown[]) {
  return {
    queryKey: ['metrics', what, project, search.last, search.since, search.until, search.env, ...more],
    placeholderData: keepPreviousData,
    retry: false,
    refetchInterval: search.until ? (false as const) : againMs,
  }
}

function question({ project, search, zone }: Scope, sql: string, signal: AbortSignal) {
  return { project, sql, signal, limit: 10_000, timezone: zone, environment: search.env, ...range(search, now()) }
}

/** The names of all metrics that are kept: also of those that are silent in the time range. */
export function useMetrics({ project, search }: Scope): UseQueryResult<Metric[], ApiError> {
  return useQuery<Metric[], ApiError>({
    queryKey: ['metrics', 'names', project, search.env], refetchInterval: againMs, retry: false,
    queryFn: async ({ signal }) => metricsOf(await query<NameRow>({ project, sql: namesSQL, since: 0, signal, limit: 10_000, environment: search.env })),
  })
}

/** How many series of each metric sent something in the time range. */
export function useSeriesCounts(scope: Scope): ReadonlyMap<string, number> | undefined {
  const answer = useQuery<Map<string, number>, ApiError>({
    ...common(scope, 'series'),
    queryFn: async ({ signal }) => new Map((await query<{ name: string; series: number }>(question(scope, seriesCountsSQL, signal))).map(({ name, series }) => [name, series])),
  })
  return answer.data
}

/** What is known of a metric before it is drawn. */
export interface About {
  facts: Facts
  labels: Label[]
  /** The width of what is drawn, in seconds: no less than the time from point to point, or there would be holes. */
  step: number
}

/** How many values a line has at most. */
const mostSteps = 90

const seconds = (text: string): number => parseTimestamp(text) / 1e6

function stepOf(facts: Facts, { since, until }: Range): number {
  const apart = secondsApart(facts, seconds) ?? 0
  return Math.max(stepFor(((until ?? now()) - since) * (200 / mostSteps)), stepFor(apart * 0.9e6 * 200)) / 1e6
}

export function useAbout(scope: Scope, metric: Metric, where: string): UseQueryResult<About, ApiError> {
  return useQuery<About, ApiError>({
    ...common(scope, 'about', metric.name, where),
    queryFn: async ({ signal }) => {
      const [[facts], keys] = await Promise.all([
        query<Facts>(question(scope, factsSQL({ metric, where }), signal)),
        query<{ key: string; values: number }>(question(scope, labelsSQL(metric), signal)),
      ])
      return { facts: facts!, labels: labelsOf(keys, facts), step: stepOf(facts!, range(scope.search, now())) }
    },
  })
}

/** The values of a chart. step: seconds; nothing is asked before it is known. */
export function useChart(scope: Scope, asked: Asked, step: number | undefined): UseQueryResult<Answer, ApiError> {
  const sql = step === undefined ? '' : chartSQL(asked, bucketOf(step))
  return useQuery<Answer, ApiError>({ ...common(scope, 'chart', sql), enabled: step !== undefined, queryFn: ({ signal }) => ask(question(scope, sql, signal)) })
}

export interface Reset {
  at: number
  service: string
}

/** Where counters began anew: only a cumulative value shows it. */
export function useResets(scope: Scope, asked: Asked): Reset[] {
  const sql = resetsSQL(asked)
  const answer = useQuery<Reset[], ApiError>({
    ...common(scope, 'resets', sql), enabled: asked.metric.cumulative && asked.metric.kind !== 'level',
    queryFn: async ({ signal }) => (await query<{ time: string; service_name: string }>(question(scope, sql, signal))).map(({ time, service_name }) => ({ at: seconds(time), service: service_name })),
  })
  return answer.data ?? []
}

export function useExemplars(scope: Scope, asked: Asked): Exemplar[] {
  const sql = exemplarsSQL(asked)
  const answer = useQuery<Exemplar[], ApiError>({ ...common(scope, 'exemplars', sql), queryFn: async ({ signal }) => exemplarsOf(await query<ExemplarRow>(question(scope, sql, signal))) })
  return answer.data ?? []
}

export interface LabelValue {
  value: string | null
  points: number
}

/** The values of a label; one more than are shown tells that there are more. */
export function useLabelValues(scope: Scope, metric: Metric, where: string, field: Field, wanted: boolean): UseQueryResult<LabelValue[], ApiError> {
  const sql = valuesSQL({ metric, where }, field)
  return useQuery<LabelValue[], ApiError>({ ...common(scope, 'values', sql), enabled: wanted, queryFn: ({ signal }) => query<LabelValue>(question(scope, sql, signal)) })
}

/** Whether nothing was sent within the time range, or for an hour where the range is longer. */
export function isSilent(metric: Metric, { search }: Scope, present: number): boolean {
  const { since, until } = range(search, present)
  return metric.lastSeen < since || (until === undefined && present - metric.lastSeen > Math.max(present - since, parseSpan('1h')!))
}
