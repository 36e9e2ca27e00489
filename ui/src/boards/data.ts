// What panels ask, and what they are answered.

import { keepPreviousData, useQueries, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useRef, useState, type RefObject } from 'react'
import { ApiError, ask, type Answer, type Question, type Variables } from '../api/client'
import type { Micros } from '../lib/time'
import { cellText, kindOf } from '../sql/values'
import type { Panel, Variable } from './definition'
import { sqlOf } from './definition'
import { panelPool } from './pool'
import { resolutionOf } from './resolution'
import { chosen, inOrder, listed, namesIn, optionsQuery, sent, shadowed, usable, type Option, type Value } from './variables'

/** What all panels of a dashboard share. */
export interface Scope {
  org: string
  project: string
  slug: string
  /** Of what is shown; both ends are known, and stay until the next refresh. */
  since: Micros
  until: Micros
  environment: string | undefined
  zone: string
  /** The bucket that is pinned. */
  resolution: string | undefined
  /** The variables of the dashboard, and what the address says of variables. */
  variables: readonly Variable[]
  address: (name: string) => string | undefined
  /** A range of time was dragged over. */
  onZoom: (since: Micros, until: Micros) => void
}

export const ScopeContext = createContext<Scope | undefined>(undefined)

export function useScope(): Scope {
  const scope = useContext(ScopeContext)
  if (!scope) throw new Error('A panel stands in a dashboard.')
  return scope
}

/** A variable with what can be chosen and what is. */
export interface State {
  variable: Variable
  options: readonly Option[]
  value: Value
  loading: boolean
  error?: ApiError
}

const mostOptions = 1000

/** The question whose rows are the options of a variable. */
function optionsQuestion(scope: Scope, sql: string, values: Variables): Question {
  const { project, since, until, environment, zone } = scope
  return { project, sql, since, until, ...(environment === undefined ? {} : { environment }), timezone: zone, limit: mostOptions, variables: values }
}

/** Options are asked for again when the range is another one, not at each refresh. */
function optionsKey(scope: Scope, sql: string, values: Variables): unknown[] {
  return ['variable', scope.project, sql, used(sql, values), scope.environment, Math.round((scope.until - scope.since) / 1e6), Math.floor(scope.until / 600e6)]
}

function optionsOf(answer: Answer): Option[] {
  const kind = answer.fields[0] ? kindOf(answer.fields[0]) : 'text'
  const texts = answer.rows.map((row) => cellText(row[0], kind, 'UTC')).filter((text) => text !== '')
  return [...new Set(texts)].map((value) => ({ value, label: value }))
}

/** Those of the variables that a statement names. */
function used(sql: string, values: Variables): Variables {
  const names = namesIn(sql)
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)))
}

/** Variables with their options, as far as they have arrived. A list from SQL may name the variables before it. */
export function useVariables(scope: Scope, variables: readonly Variable[]): State[] {
  const client = useQueryClient()
  const { states, questions } = collect(client, scope, variables)
  useQueries({ queries: questions })
  return states
}

function collect(client: QueryClient, scope: Scope, variables: readonly Variable[]) {
  const values: Record<string, Value> = {}
  const found = new Map<Variable, State>()
  const questions: { queryKey: unknown[]; queryFn: (context: { signal: AbortSignal }) => Promise<Option[]>; staleTime: number; retry: false }[] = []
  for (const variable of inOrder(usable(variables))) {
    const sql = optionsQuery(variable)
    let options: readonly Option[] = listed(variable)
    let state: Pick<State, 'loading' | 'error'> = { loading: false }
    if (sql !== undefined) {
      const given = used(sql, values)
      const queryKey = optionsKey(scope, sql, given)
      questions.push({ queryKey, staleTime: 60_000, retry: false, queryFn: async ({ signal }) => optionsOf(await panelPool.run(signal, () => ask({ ...optionsQuestion(scope, sql, given), signal }))) })
      const known = client.getQueryState<Option[], ApiError>(queryKey)
      options = known?.data ?? []
      state = { loading: known?.data === undefined && !known?.error, ...(known?.error ? { error: known.error } : {}) }
    }
    const value = chosen(variable, scope.address(variable.spec.name), options)
    values[variable.spec.name] = sent(variable, value, options)
    found.set(variable, { variable, options, value, ...state })
  }
  return { questions, states: usable(variables).map((variable) => found.get(variable)!) }
}

/** What the server is given for names in SQL; undefined while something that it needs has not arrived. */
export function useValues(scope: Scope, panel: Panel): Variables | undefined {
  const states = useVariables(scope, shadowed(scope.variables, panel.spec.variables))
  const names = namesIn(sqlOf(panel))
  const wanted = states.filter(({ variable }) => names.has(variable.spec.name))
  if (wanted.some(({ loading }) => loading)) return undefined
  return {
    ...Object.fromEntries(wanted.map(({ variable, value, options }) => [variable.spec.name, sent(variable, value, options)])),
    ...(names.has('__dashboard_slug') ? { __dashboard_slug: scope.slug } : {}),
    ...(names.has('__envs') ? { __envs: scope.environment === undefined ? [] : [scope.environment] } : {}),
  }
}

export interface Asked {
  question: Question
  resolution: string
}

/** What a panel asks; undefined without a statement, or while it is not known yet. */
export function useAsked(panel: Panel, width: number): Asked | undefined {
  const scope = useScope()
  const values = useValues(scope, panel)
  const sql = sqlOf(panel)
  if (values === undefined || sql.trim() === '' || width === 0) return undefined
  const resolution = scope.resolution ?? resolutionOf(scope.until - scope.since, width)
  const { project, since, until, environment, zone } = scope
  const variables = namesIn(sql).has('resolution') ? { ...values, resolution } : values
  return { resolution, question: { project, sql, since, until, ...(environment === undefined ? {} : { environment }), timezone: zone, limit: mostRows, variables } }
}

export const mostRows = 10_000

export interface Answered {
  answer: Answer
  asked: Asked
  /** When the answer came, in milliseconds since 1970. */
  at: number
}

function questionKey(question: Question): unknown[] {
  const { project, sql, since, until, environment, timezone, variables } = question
  return ['panel', project, sql, variables, since, until, environment, timezone]
}

/** The answer to a panel's question; what was answered before stays until the next is there. Equal questions are asked once. */
export function useAnswer(asked: Asked | undefined, wanted: boolean) {
  return useQuery<Answered, ApiError>({
    queryKey: asked ? questionKey(asked.question) : ['panel', 'nothing'],
    queryFn: async ({ signal }) => ({ answer: await panelPool.run(signal, () => ask({ ...asked!.question, signal })), asked: asked!, at: Date.now() }),
    enabled: asked !== undefined && wanted,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
    retry: (failures, error) => failures < 2 && error instanceof ApiError && (error.status === 0 || error.status === 503),
  })
}

/** The same question of the range before. A statement that reads the clock itself would be answered as now. */
export function before(asked: Asked | undefined): Asked | undefined {
  if (!asked || /\b(now|current_timestamp|current_date|today|localtimestamp)\b/i.test(asked.question.sql)) return undefined
  const { since, until } = asked.question
  return { ...asked, question: { ...asked.question, since: since - (until! - since), until: since } }
}

/** Whether an element is on screen, or nearly. */
export function useInView(box: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => setSeen(entries.at(-1)!.isIntersecting), { rootMargin: '60px 0px' })
    observer.observe(box.current!)
    return () => observer.disconnect()
  }, [])
  return seen
}

/** The width of an element in pixels; 0 before it is known. Changes that follow each other are one. */
export function useWidth(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    const at = box.current!
    setWidth(at.clientWidth)
    const observer = new ResizeObserver(() => {
      clearTimeout(timer.current)
      timer.current = setTimeout(() => setWidth(at.clientWidth), 200)
    })
    observer.observe(at)
    return () => {
      clearTimeout(timer.current)
      observer.disconnect()
    }
  }, [])
  return width
}
