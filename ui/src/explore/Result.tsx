import { ChevronDown, Download } from 'lucide-react'
import { lazy, Suspense, useEffect, useMemo, useRef, useState, type ReactNode, type RefObject } from 'react'
import { ApiError, file, fileTypes, type Answer } from '../api/client'
import { useNow } from '../lib/store'
import { Action, Popover } from '../ui/Menu'
import { copyAndSay } from '../ui/Copy'
import { ErrorBox } from '../ui/State'
import { limits, type View } from './address'
import { Details } from './Details'
import type { Place } from './links'
import { lineOf } from '../sql/parameters'
import { Plan } from './Plan'
import { isMistake, wordsOf } from '../sql/problem'
import { ResultTable } from './ResultTable'
import type { RunState } from './run'
import { arranged, copies, fileName, sharedNames, type Order } from '../sql/values'
import styles from './Explore.module.css'

const ChartView = lazy(async () => ({ default: (await import('../charts/ChartView')).ChartView }))

const viewNames: [View, string][] = [['table', 'Table'], ['details', 'Details'], ['chart', 'Chart'], ['plan', 'Plan']]

export interface ResultProps {
  state: RunState
  view: View
  onView: (view: View) => void
  chart: string
  onChart: (chart: string) => void
  onZoom: (since: number, until: number) => void
  onRun: () => void
  place: Place
  zone: string
  tab: string
  /** What the keys F6 and Esc go to. */
  pane: RefObject<HTMLDivElement | null>
  /** What else can be done with a statement that was answered. */
  actions?: ReactNode
}

/** What a statement answered: a line that says how it went, and the rows in one of several views. */
export function Result(props: ResultProps) {
  const { state, view } = props
  const { answer } = state
  const [order, setOrder] = useState<Order>()
  const [text, setText] = useState('')
  const [current, setCurrent] = useState(0)
  useEffect(() => {
    setCurrent(0)
    setOrder(undefined)
    setText('')
  }, [answer])
  const places = useMemo(() => (answer ? arranged(answer, order, text) : []), [answer, order, text])
  if (state.phase === 'idle') return <div className={styles.result}><Hint /></div>
  const common = { places, current: Math.min(current, Math.max(0, places.length - 1)), onCurrent: setCurrent, place: props.place, zone: props.zone }
  const old = state.phase !== 'done'
  return (
    <div className={styles.result}>
      <div className={styles.status}>
        <Words state={state} shown={places.length} filtered={text.trim() !== ''} />
        {answer && state.cut === 'no' && answer.rows.length > 1 && view !== 'plan' && (
          <input className={styles.filter} type="search" value={text} placeholder="Filter these rows" aria-label="Filter these rows" onChange={(event) => setText(event.target.value)} />
        )}
        <span className={styles.space} />
        <div role="tablist" aria-label="View" className={styles.views}>
          {viewNames.map(([name, label]) => <button key={name} type="button" role="tab" aria-selected={view === name} onClick={() => props.onView(name)}>{label}</button>)}
        </div>
        {answer && props.actions}
        {answer && <Files state={state} answer={answer} places={places} tab={props.tab} />}
      </div>
      <Strips state={state} onRun={props.onRun} />
      {state.phase === 'running' && <div className={styles.progress} role="progressbar" aria-label="The statement runs" />}
      <div className={`${styles.body} ${old ? styles.old : ''}`}>
        {view === 'plan' ? <Plan state={state} pane={props.pane} /> : !answer ? null : answer.rows.length === 0 ? <p className={styles.nothing}>{old ? '' : 'No rows.'}</p>
          : view === 'details' ? <Details answer={answer} {...common} pane={props.pane} />
            : view === 'chart' ? <Suspense><ChartView answer={answer} form={props.chart} onForm={props.onChart} onZoom={props.onZoom} zone={props.zone} pane={props.pane} /></Suspense>
              : <ResultTable answer={answer} {...common} order={order} onOrder={state.cut === 'no' ? setOrder : undefined} onDetails={(row) => { setCurrent(row); props.onView('details') }} grid={props.pane} />}
      </div>
    </div>
  )
}

function Hint() {
  return (
    <div className={styles.hint}>
      <p>Run a statement with <kbd>Ctrl ↵</kbd> or <kbd>⌘ ↵</kbd>.</p>
      <p>Tables, columns and attribute keys are on the left; <kbd>Ctrl Space</kbd> offers what can stand at the cursor.</p>
    </div>
  )
}

const count = (n: number, what: string): string => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`

function took(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

function Words({ state, shown, filtered }: { state: RunState; shown: number; filtered: boolean }) {
  if (state.phase === 'running') return <Running since={state.startedAt} />
  if (state.phase === 'cancelled') return <span role="status">Cancelled after {took(state.took)}</span>
  if (state.phase === 'failed') return <span role="status">Failed after {took(state.took)}</span>
  const rows = state.answer?.rows.length ?? 0
  return <span role="status">{filtered ? `${shown.toLocaleString('en')} of ${count(rows, 'row')}` : count(rows, 'row')} · {took(state.took)}</span>
}

function Running({ since }: { since: number }) {
  const at = useNow(250)
  return <span role="status">Running{at - since > 1000 && ` · ${Math.floor((at - since) / 1000)} s`}</span>
}

function Strips({ state, onRun }: { state: RunState; onRun: () => void }) {
  const shared = state.answer ? sharedNames(state.answer.fields) : []
  const rows = state.answer?.rows.length ?? 0
  return (
    <>
      {state.phase === 'failed' && state.error && <Failed state={state} error={state.error} onRun={onRun} />}
      {state.answer && state.cut === 'yes' && <div className={styles.cut} role="status">Cut at the limit: the first {rows.toLocaleString('en')} rows are shown, there are more.</div>}
      {state.answer && state.cut === 'maybe' && <div className={styles.cut} role="status">An answer holds {limits.at(-1)!.toLocaleString('en')} rows at most; there may be more.</div>}
      {shared.length > 0 && <div className={styles.cut} role="status">Several columns are called {shared.join(', ')}: only the last one is shown. Give them names with AS.</div>}
    </>
  )
}

function Failed({ state, error, onRun }: { state: RunState; error: ApiError; onRun: () => void }) {
  if (!isMistake(error)) return <ErrorBox error={error} onRetry={onRun} />
  const { message, hint } = wordsOf(error)
  const at = state.place === undefined || !state.asked ? undefined : lineOf(state.asked.text, state.place)
  return (
    <div className={styles.failed} role="alert">
      {at && <span className={styles.at}>{at.line}:{at.column}</span>}
      <span>{message}{hint && <em> — {hint}</em>}</span>
    </div>
  )
}

/** Files that the server writes, and copies of what is shown. */
function Files({ state, answer, places, tab }: { state: RunState; answer: Answer; places: number[]; tab: string }) {
  const [error, setError] = useState('')
  const anchor = useRef<HTMLAnchorElement>(null)
  const save = async (type: keyof typeof fileTypes) => {
    setError('')
    try {
      const { question, asked } = state
      const blob = await file({ ...question!, limit: asked!.limit }, type)
      const url = URL.createObjectURL(blob)
      anchor.current!.href = url
      anchor.current!.download = fileName(asked!.project, tab, new Date(), type)
      anchor.current!.click()
      setTimeout(() => URL.revokeObjectURL(url), 60_000)
    } catch (failure) {
      setError(failure instanceof ApiError ? failure.message : String(failure))
    }
  }
  const copy = (name: keyof typeof copies) => copyAndSay(copies[name](answer.fields, places.map((i) => answer.rows[i]!)), `Copied as ${name}`)
  return (
    <>
      {error && <span role="alert" className={styles.wrong}>{error}</span>}
      <Popover label={<><Download size={14} />Download<ChevronDown size={12} /></>} title="Download or copy" align="end">
        {(close) => (
          <>
            {(Object.keys(fileTypes) as (keyof typeof fileTypes)[]).map((type) => <Action key={type} hint="file" onChoose={() => { close(); void save(type) }}>{type.toUpperCase()}</Action>)}
            {(Object.keys(copies) as (keyof typeof copies)[]).map((name) => <Action key={name} hint="copy" onChoose={() => { close(); void copy(name) }}>Copy as {name}</Action>)}
          </>
        )}
      </Popover>
      <a ref={anchor} hidden aria-hidden="true">Download</a>
    </>
  )
}
