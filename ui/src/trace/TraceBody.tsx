import type { ReactNode, RefObject } from 'react'
import type { Setting } from '../lib/store'
import { Splitter } from '../ui/Splitter'
import { useRecord } from './data'
import { Flame } from './Flame'
import { MiniMap } from './MiniMap'
import { RecordHeader } from './RecordHeader'
import { Records } from './Records'
import type { TraceScene } from './scene'
import { Tabs } from './Tabs'
import { StateLine, Toolbar } from './Toolbar'
import { Waterfall, rowHeight } from './Waterfall'
import styles from './Panel.module.css'

interface Props {
  project: string
  trace: string
  tab: string | undefined
  made: TraceScene
  /** Details beside the trace, or below it. */
  layout: 'side' | 'stacked'
  share: Setting<string>
  /** Keys of the trace work everywhere when there is no pane. */
  pane?: RefObject<HTMLElement | null>
  /** Buttons of the frame, beside the record's title. */
  buttons?: ReactNode
  miniMap?: boolean
}

/** A trace and the details of its selected record: what the panel and the page have in common. */
export function TraceBody(props: Props) {
  const { made, layout, share: setting } = props
  const { scene, state } = made
  const share = Number(setting.use())
  const alone = scene.model.records <= 1 && scene.lives.size === 0 && scene.model.missing.size === 0
  const details = <RecordPane {...props} />
  const chart = !alone && (
    <section className={styles.chart} aria-label="Trace" style={layout === 'side' ? { width: `${share}%` } : { height: `min(${share}%, ${Math.max(4, scene.lines.length) * rowHeight + 100}px)` }}>
      <Toolbar trace={made} pane={props.pane} />
      <StateLine trace={made} />
      {props.miniMap && <div className={styles.miniMap}><MiniMap scene={scene} /></div>}
      <div className={styles.views}>
        {made.view === 'waterfall' && <Waterfall scene={scene} />}
        {made.view === 'flame' && <Flame scene={scene} />}
        {made.view === 'list' && <Records scene={scene} logs={false} errorsOnly={made.shows.has('errors')} />}
        {made.view === 'logs' && <Records scene={scene} logs errorsOnly={made.shows.has('errors')} />}
      </div>
    </section>
  )
  if (state.spans.length === 0) return <Absent made={made} buttons={props.buttons} />
  return (
    <div className={layout === 'side' ? styles.side : styles.stacked}>
      {layout === 'stacked' && <SelectedHeader {...props} />}
      {chart}
      {!alone && <Splitter orientation={layout === 'side' ? 'vertical' : 'horizontal'} label="Room for the trace" value={share} least={15} most={85} onChange={(percent) => setting.set(String(percent))} />}
      {details}
    </div>
  )
}

function SelectedHeader({ made, buttons }: Props) {
  const { scene } = made
  const span = scene.selected === undefined ? undefined : scene.model.nodes.get(scene.selected)?.row
  if (!span) return null
  return <RecordHeader span={span} life={scene.lives.get(span.span)} zone={scene.zone}>{buttons}</RecordHeader>
}

/** The selected record's details. */
function RecordPane(props: Props) {
  const { project, trace, tab, made, layout } = props
  const { scene } = made
  const node = scene.selected === undefined ? undefined : scene.model.nodes.get(scene.selected)
  const lost = node !== undefined && scene.model.missing.has(node.row.span)
  const record = useRecord(project, trace, lost ? undefined : scene.selected, node?.row)
  const current = record.data && record.data['span_id'] === scene.selected ? record.data : undefined
  return (
    <section className={styles.details} aria-label="Record">
      {layout === 'side' && <SelectedHeader {...props} />}
      {record.error && <p role="alert" className={styles.none}>{record.error.message}<button type="button" onClick={() => void record.refetch()}>Retry</button></p>}
      {lost && <p className={styles.none}>The span {scene.selected} is named as a parent, but has not been received: it may still run, be sampled out, or have been sent elsewhere.</p>}
      {!node && !made.state.loading && <p className={styles.none}>The trace has no record {scene.selected}.</p>}
      {!lost && node && current && <Tabs project={project} trace={trace} record={current} span={node.row} spans={made.state.spans} scene={scene} tab={tab} />}
    </section>
  )
}

/** Nothing of the trace is here: not yet, or not at all. */
function Absent({ made, buttons }: { made: TraceScene; buttons: ReactNode }) {
  const { state, retry } = made
  return (
    <div className={styles.none}>
      <span className={styles.absentButtons}>{buttons}</span>
      {state.error ? <p role="alert">{state.error.message} <button type="button" onClick={retry}>Retry</button></p>
        : state.loading ? <p className={styles.reading}>Reading the trace …</p>
        : <p>There is no such trace. It may be older than what is kept, or be on its way: this page changes by itself.</p>}
    </div>
  )
}
