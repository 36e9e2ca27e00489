import { Maximize2, PanelBottom, PanelRight, X } from 'lucide-react'
import { useSearch } from '@tanstack/react-router'
import { startTransition, useCallback, useEffect, useRef, useState } from 'react'
import { useKeys } from '../lib/keys'
import { dock as dockSetting, panelHeight, panelWidth, traceHeight, traceWidth } from '../lib/store'
import { formatUTC, now, range } from '../lib/time'
import { useChange, usePlace } from '../place'
import { stringifySearch } from '../search'
import { Go } from '../ui/Go'
import { Splitter } from '../ui/Splitter'
import { CopyMenu } from './CopyMenu'
import { useDock } from './dock'
import { useTraceScene, type TraceScene } from './scene'
import { TraceBody } from './TraceBody'
import styles from './Panel.module.css'

interface Props {
  project: string
  trace: string
  span: string | undefined
  zone: string
  tab: string | undefined
}

/** The selected record and its trace, beside the list or below it; the page that holds it lays them out, by useDock. */
export function Panel(props: Props) {
  const change = useChange()
  const { org, project } = usePlace()
  const search = useSearch({ from: '/$org/$project' })
  const right = useDock() === 'right'
  const sizeSetting = right ? panelWidth : panelHeight
  const size = Number(sizeSetting.use())
  const made = useTraceScene(props)
  const pane = useRef<HTMLElement>(null)
  const page = `/${org}/${project}/trace/${props.trace}${stringifySearch({ spanId: made.scene.selected, tab: props.tab, view: search.view, show: search.show, tz: search.tz })}`
  const close = useCallback(() => change({ traceId: undefined, spanId: undefined, tab: undefined, view: undefined, show: undefined }), [change])
  const turn = () => {
    const next = right ? 'bottom' : 'right'
    dockSetting.set(next)
    change({ dock: next }, true)
  }
  const opener = useRef<HTMLAnchorElement>(null)
  const framed = useFramed()
  useFocusInside(pane, `row-${props.trace}/${made.scene.selected}`)
  useTraceKeys(made)
  useKeys('Panel', [
    { keys: ['Escape'], label: 'Close the panel', run: close },
    { keys: ['o'], label: 'Open the page of the trace', run: () => opener.current?.click() },
    { keys: ['|'], label: 'Panel at the side or at the bottom', run: turn },
  ])
  const buttons = (
    <>
      <CopyMenu scene={made.scene} trace={props.trace} pane={pane} />
      <Go ref={opener} href={page} className={styles.icon} title="Open the page of the trace (o)"><Maximize2 size={14} /></Go>
      <button type="button" className={styles.icon} title={right ? 'Panel at the bottom (|)' : 'Panel at the side (|)'} onClick={turn}>{right ? <PanelBottom size={15} /> : <PanelRight size={15} />}</button>
      <button type="button" className={styles.icon} title="Close (Esc)" onClick={close}><X size={15} /></button>
    </>
  )
  return (
    <>
      <Splitter
        orientation={right ? 'vertical' : 'horizontal'} label={right ? 'Width of the details' : 'Height of the details'} value={100 - size} least={15} most={80}
        onChange={(percent) => sizeSetting.set(String(100 - percent))} className={styles.outerSplitter}
      />
      <aside ref={pane} tabIndex={-1} className={`${styles.panel} ${right ? styles.right : styles.bottom}`} style={right ? { width: `${size}%` } : { height: `${size}%` }} aria-label="Details">
        <OutsideRange made={made} />
        {framed && <TraceBody project={props.project} trace={props.trace} tab={props.tab} made={made} layout={right ? 'stacked' : 'side'} share={right ? traceHeight : traceWidth} pane={pane} buttons={buttons} />}
      </aside>
    </>
  )
}

/** Whether the frame of the panel is on the screen: what is in it takes longer to draw, and comes after. */
function useFramed(): boolean {
  const [framed, setFramed] = useState(false)
  useEffect(() => {
    const frame = requestAnimationFrame(() => startTransition(() => setFramed(true)))
    return () => cancelAnimationFrame(frame)
  }, [])
  return framed
}

/** Puts the focus into the panel when it opens, and back to the record's row when it closes. */
function useFocusInside(pane: React.RefObject<HTMLElement | null>, row: string): void {
  const latest = useRef(row)
  latest.current = row
  useEffect(() => {
    const before = document.activeElement
    pane.current?.focus({ preventScroll: true })
    return () => {
      const back = document.getElementById(latest.current) ?? before
      // The list is drawn anew in the room that the panel leaves.
      requestAnimationFrame(() => {
        if (back instanceof HTMLElement && back.isConnected && document.activeElement === document.body) back.focus({ preventScroll: true })
      })
    }
  }, [])
}

/** The keys that work wherever a trace is shown. */
export function useTraceKeys(made: TraceScene): void {
  useKeys('Waterfall', [
    { keys: ['u'], label: 'To the parent', run: made.toParent },
    { keys: ['['], label: 'Sibling before', run: () => made.toSibling(-1) },
    { keys: [']'], label: 'Next sibling', run: () => made.toSibling(1) },
    { keys: ['z'], label: 'Zoom to the record', run: made.zoomToSelected },
    { keys: ['Z'], label: 'Show the whole trace', run: made.resetZoom },
  ])
}

/** A link may lead to a trace that the list does not reach. */
function OutsideRange({ made }: { made: TraceScene }) {
  const change = useChange()
  const search = useSearch({ from: '/$org/$project' })
  const { model } = made.scene
  const { since, until } = range(search, now())
  const start = model.root?.start
  if (start === undefined || (start >= since && start <= (until ?? Infinity))) return null
  const room = Math.max(300_000_000, model.end - model.start)
  return (
    <div className={styles.outside} role="status">
      Outside the time range
      <button type="button" onClick={() => change({ since: formatUTC(model.start - room), until: formatUTC(model.end + room), last: undefined, live: undefined })}>Jump to it</button>
    </div>
  )
}
