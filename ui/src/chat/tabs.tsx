import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useMemo, type ReactNode } from 'react'
import { conversation, dialogue, query, type ApiError } from '../api/client'
import type { Conversation as Talk } from '../api/conversation'
import { annotationCounts, type Row } from '../api/record'
import { now } from '../lib/time'
import { useChange, useShowRecord } from '../place'
import { Config } from './Config'
import { Conversation } from './Conversation'
import { asConversation, continuation, traceOf, tracesSQL } from './dialogue'
import { neighbourRun, runOf } from './run'
import { spansOf, talking, talkingIn } from './talks'
import { Tools } from './Tools'
import styles from './Conversation.module.css'

export interface ChatTab {
  name: 'conversation' | 'tools' | 'config'
  label: string
  body: ReactNode
}

/** Larger traces are not read as a whole to see whether something was said in them. */
const mostRows = 5000

/** Records come by the tail a moment before they stand in the tables, from which conversations are made. */
const freshMs = 700
const freshFor = 5_000_000
const freshTries = 20

/** When to ask again for a conversation although no record has come since: while the server's tables may be behind. */
function again(rows: Row[] | undefined, pending: number, talk: Talk | undefined, answers: number): number | false {
  if (!rows || answers >= freshTries) return false
  const behind = talk?.running === true && pending === 0
  const newest = rows.reduce((latest, row) => Math.max(latest, row.created), 0)
  return behind || now() - newest < freshFor ? freshMs : false
}

function useConversation(project: string, trace: string, span: string, rows: Row[] | undefined, enabled: boolean): UseQueryResult<Talk, ApiError> {
  const pending = rows?.filter((row) => row.pending).length ?? 0
  return useQuery<Talk, ApiError>({
    queryKey: ['conversation', project, trace, span, rows?.length ?? 0, pending], // what has arrived or ended since has more to tell
    enabled,
    placeholderData: (old, query) => (query?.queryKey[3] === span && query.queryKey[2] === trace ? old : undefined),
    retry: (failures, error) => failures < 3 && (error.status === 404 || error.status === 0), // it may not be in the tables yet
    retryDelay: 600,
    queryFn: ({ signal }) => conversation(project, trace, span, signal),
    refetchInterval: ({ state }) => again(rows, pending, state.data, state.dataUpdateCount),
  })
}

/**
 * The spans below which something was said. Most dialects name the operation, which rows have; for the others the server is
 * asked what it finds in the whole trace.
 */
function useTalking(project: string, trace: string, span: string | undefined, rows: Row[] | undefined): { around: Set<string>; own: Set<string> } {
  const named = useMemo(() => talking(rows ?? []), [rows])
  const ask = rows !== undefined && rows.length > 0 && rows.length <= mostRows && (named.size === 0 || (span !== undefined && !named.has(span)))
  const whole = useConversation(project, trace, '', rows, ask)
  return useMemo(() => {
    const own = new Set((rows ?? []).filter((row) => row.operation !== undefined).map((row) => row.span))
    if (!ask || !whole.data) return { around: named, own }
    return { around: new Set([...named, ...talkingIn(whole.data, rows)]), own: new Set([...own, ...spansOf(whole.data)]) }
  }, [named, rows, ask, whole.data])
}

/** How long what was said in other traces is believed to be all. */
const staleMs = 15_000

/** In how many traces the conversation goes on, and what was said in all of them, when that is asked for. */
function useDialogue(project: string, talk: Talk | undefined, wanted: boolean): { traces: number; whole: UseQueryResult<Talk, ApiError> } {
  const { id = '', since = 0, until = 0 } = continuation(talk) ?? {}
  const count = useQuery<number, ApiError>({
    queryKey: ['traces of a conversation', project, id],
    enabled: id !== '',
    staleTime: staleMs,
    queryFn: async ({ signal }) => (await query<{ traces: number }>({ project, signal, sql: tracesSQL(id), since, until, limit: 1 }))[0]?.traces ?? 0,
  })
  const whole = useQuery<Talk, ApiError>({
    queryKey: ['dialogue', project, id],
    enabled: id !== '' && wanted,
    staleTime: staleMs,
    queryFn: async ({ signal }) => asConversation(await dialogue(project, id, since, signal)),
  })
  return { traces: count.data ?? 0, whole }
}

/** The tabs that tell what was said below a span, none where nothing was; own: it is itself a model call or an agent's run. */
export function useChatTabs(project: string, trace: string, span: string | undefined, rows: Row[] | undefined): { tabs: ChatTab[]; own: boolean } {
  const change = useChange()
  const search = useSearch({ from: '/$org/$project' })
  const { around, own } = useTalking(project, trace, span, rows)
  const talks = span !== undefined && around.has(span)
  const run = useMemo(() => (talks ? runOf(rows ?? [], span) : undefined), [talks, rows, span])
  const scope = search.chat === 'run' && run ? run.span : (span ?? '')
  const talk = useConversation(project, trace, scope, rows, talks)
  const show = useShowRecord()
  const all = search.chat === 'all'
  const annotations = useMemo(() => annotationCounts(rows ?? []), [rows])
  const { traces, whole } = useDialogue(project, talk.data, all && talks)
  if (!talks) return { tabs: [], own: false }
  const goTo = async (step: 1 | -1) => {
    const from = rows?.find((row) => row.span === (talk.data?.kind === 'agent' ? scope : run?.span))
    const found = from && (await neighbourRun(project, from, talk.data?.agent?.name ?? '', step))
    if (found) show(found.trace, found.span, { tab: 'conversation', chat: undefined })
  }
  const shown = (draw: (data: Talk) => ReactNode, asked = talk): ReactNode => {
    if (asked.error) return <p role="alert">{asked.error.message} <button type="button" onClick={() => void asked.refetch()}>Retry</button></p>
    return asked.data ? draw(asked.data) : <p className={styles.reading}>Reading the conversation…</p>
  }
  const scopes: [value: string | undefined, label: string][] = [
    [undefined, 'This span'], ...(run ? [['run', 'Whole run'] as [string, string]] : []), ...(traces > 1 ? [['all', `All ${traces} traces`] as [string, string]] : []),
  ]
  const within = scopes.length > 1 && <Scope scopes={scopes} chosen={search.chat} onChange={(chat) => change({ chat }, true)} />
  const select = (to: string) => {
    const home = all && whole.data ? traceOf(whole.data, to) : undefined
    if (home === undefined || home === trace) change({ spanId: to }, true)
    else show(home, to)
  }
  const tools = talk.data?.tools.length ?? 0
  return {
    own: own.has(span),
    tabs: [
      {
        name: 'conversation', label: 'Conversation',
        body: shown((data) => (
          <Conversation
            key={all ? `all/${data.trace_id}` : `${trace}/${scope}`} project={project} talk={data} selected={span} scope={within} annotations={annotations} onSelect={select}
            onAnnotations={(of) => change({ spanId: of, tab: 'details' }, true)} onTools={() => change({ tab: 'tools' }, true)} onRun={(step) => void goTo(step)}
          />
        ), all && continuation(talk.data) ? whole : talk),
      },
      ...(tools > 0 ? [{ name: 'tools' as const, label: `Tools ${tools}`, body: shown((data) => <Tools talk={data} onSelect={(to) => change({ spanId: to }, true)} />) }] : []),
      { name: 'config', label: 'Config', body: shown((data) => <Config talk={data} />) },
    ],
  }
}

/** Whether a span is shown by itself, within its run, or within all that was said in the conversation. */
function Scope({ scopes, chosen, onChange }: { scopes: readonly [value: string | undefined, label: string][]; chosen: string | undefined; onChange: (value: string | undefined) => void }) {
  const known = scopes.some(([value]) => value === chosen) ? chosen : undefined
  return (
    <div className={styles.modes} role="radiogroup" aria-label="What is shown">
      {scopes.map(([value, label]) => <button key={label} type="button" role="radio" aria-checked={value === known} onClick={() => onChange(value)}>{label}</button>)}
    </div>
  )
}
