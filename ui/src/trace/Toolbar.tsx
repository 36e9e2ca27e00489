import { ChevronDown, ChevronUp, Search, SlidersHorizontal, TriangleAlert } from 'lucide-react'
import { useRef, type RefObject } from 'react'
import { useKeys } from '../lib/keys'
import { useNow } from '../lib/store'
import { ago, duration } from '../lib/time'
import { Choice, Popover } from '../ui/Menu'
import { openWords, outlived, views, warnings, type Showing, type TraceScene, type ViewName } from './scene'
import styles from './Toolbar.module.css'

const viewNames: Record<ViewName, string> = { waterfall: 'Waterfall', flame: 'Flame', list: 'List', logs: 'Logs' }

/** Finding in the trace, the views of it, and what they show. pane: where the keys are at home. */
export function Toolbar({ trace, pane }: { trace: TraceScene; pane: RefObject<HTMLElement | null> | undefined }) {
  const find = useRef<HTMLInputElement>(null)
  const { finding, shows } = trace
  useKeys('Trace', [
    { keys: ['/'], label: 'Find in the trace', run: () => find.current?.focus() },
    ...(finding.hits.length > 0 ? [
      { keys: ['n'], label: 'Next hit', run: () => finding.go(1) },
      { keys: ['N'], label: 'Hit before', run: () => finding.go(-1) },
    ] : []),
  ], pane)
  const choices: [Showing, string][] = [
    ['errors', 'Only errors'], ['critical', 'Critical path'], ['self', 'Self time'], ...(trace.clocks.size > 0 ? [['clocks', 'Adjust clocks'] as [Showing, string]] : []), ['single', 'Repeated siblings one by one'],
  ]
  const chosen = choices.filter(([name]) => shows.has(name))
  return (
    <div className={styles.bar}>
      <span className={styles.find}>
        <Search size={13} />
        <input
          ref={find} value={finding.text} placeholder="Find in trace" title="In messages, names, attributes and events" aria-label="Find in trace" spellCheck={false}
          onChange={(event) => finding.setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') finding.go(event.shiftKey ? -1 : 1)
            else if (event.key !== 'Escape') return
            else if (finding.text === '') event.currentTarget.blur()
            else finding.setText('')
            event.preventDefault()
            event.stopPropagation()
          }}
        />
        {finding.text.trim() !== '' && (
          <>
            <output aria-live="polite">{finding.at}/{finding.hits.length}</output>
            <button type="button" title="Hit before (N)" disabled={finding.hits.length === 0} onClick={() => finding.go(-1)}><ChevronUp size={14} /></button>
            <button type="button" title="Next hit (n)" disabled={finding.hits.length === 0} onClick={() => finding.go(1)}><ChevronDown size={14} /></button>
          </>
        )}
      </span>
      <span className={styles.views} role="group" aria-label="View">
        {views.map((view) => <button key={view} type="button" aria-pressed={view === trace.view} onClick={() => trace.setView(view)}>{viewNames[view]}</button>)}
      </span>
      <Popover label={<><SlidersHorizontal size={13} />{chosen.length > 0 ? chosen.map(([, label]) => label).join(', ') : 'Show'}</>} title="What is shown" className={styles.show} align="end">
        {() => choices.map(([name, label]) => <Choice key={name} checked={shows.has(name)} onChoose={() => trace.toggleShowing(name)}>{label}</Choice>)}
      </Popover>
    </div>
  )
}

/** What goes on in the trace, and what is odd about it. It is always there: nothing moves when the last span ends. */
export function StateLine({ trace }: { trace: TraceScene }) {
  const { scene, state, shows, clocks } = trace
  const open = openWords(scene.lives)
  const odd = warnings(scene, state.duplicates)
  const moved = shows.has('clocks') ? [...clocks].map(([host, by]) => `${host} ${by > 0 ? '+' : ''}${duration(by)}`) : []
  return (
    <div className={styles.state} role="status">
      {state.loading && <span>Reading the trace …</span>}
      <Newest open={open} at={scene.model.newest} following={state.following} />
      {outlived(scene) && <span>The root has ended, and something below it runs</span>}
      {odd.map((text) => <span key={text} className={styles.odd}><TriangleAlert size={12} />{text}</span>)}
      {moved.length > 0 && <span>Clocks adjusted: {moved.join(', ')}</span>}
      {state.error && <span role="alert" className={styles.odd}>{state.error.message} <button type="button" onClick={trace.retry}>Retry</button></span>}
    </div>
  )
}

function Newest({ open, at, following }: { open: string; at: number; following: boolean }) {
  const present = useNow(1000) * 1000
  return (
    <span className={open ? styles.open : undefined} title={following ? 'What arrives is shown at once' : 'What arrives is not followed now'}>
      {open && <><i />{open} · </>}{open ? 'last' : 'Last'} record {ago(at, present)}
    </span>
  )
}
