import { useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import { grouped } from '../lib/numbers'
import { clock, day, duration, type Micros, type Range } from '../lib/time'
import { Popover } from '../ui/Menu'
import type { Comparison, Stretch } from './compare'
import { axis, bars, shifted, totals, type Bucket, type Histogram as Data, type Shown } from './histogram'
import styles from './Histogram.module.css'

interface Props {
  data: Data
  range: Range
  present: Micros
  zone: string
  /** The moments between which the list shows records. */
  view: { from: Micros; to: Micros } | undefined
  /** Chooses a range of time. */
  onZoom: (since: Micros, until: Micros) => void
  /** What is compared, and chooses it. */
  compared: Comparison | undefined
  onCompare: (since: Micros, until: Micros) => void
  /** Brings the list to a moment. */
  onJump: (at: Micros) => void
  /** The pointer holds something: nothing may move. */
  onDrag: (dragging: boolean) => void
  /** Stands at the right of the figures. */
  children?: ReactNode
}

/** The range was moved with a key: what is drawn in the place of this takes the focus, so that the next key works too. */
let movedByKey = false

/** How far the pointer must go for a drag, in pixels. */
const leastDrag = 4

/** Records over time, errors and warnings in their colours. A drag zooms, with Alt it compares; a click goes there. */
export function Histogram(props: Props) {
  const shown = useSyncExternalStore(props.data.subscribe, props.data.snapshot)
  const { since } = props.range
  const until = props.range.until ?? props.present
  return (
    <section className={styles.frame} aria-label="Records over time">
      <Plot {...props} shown={shown} since={since} until={until} />
      <div className={styles.axis} aria-hidden="true">{axis(since, until, props.zone).map((tick) => <span key={tick.at} style={{ left: `${tick.share * 100}%` }}>{tick.text}</span>)}</div>
      <Figures {...props} shown={shown} range={{ since, until }} />
    </section>
  )
}

function Figures({ shown, range, zone, compared, onCompare, children }: Props & { shown: Shown; range: Stretch }) {
  const sum = totals(shown, range)
  return (
    <div className={styles.figures}>
      <span><b>{grouped(sum.records)}</b> records</span>
      {sum.errors > 0 && <span className={styles.bad}><b>{grouped(sum.errors)}</b> errors</span>}
      {sum.warnings > 0 && <span className={styles.warned}><b>{grouped(sum.warnings)}</b> warnings</span>}
      {shown.tookMs !== undefined && <span className={styles.took}>{(shown.tookMs / 1000).toFixed(2)} s</span>}
      {children}
      <button
        type="button" className={`${styles.link} ${styles.first}`} title="Compare the later half of the range with the half before it (Alt and drag: any part)" aria-pressed={compared !== undefined}
        onClick={() => onCompare(Math.round((range.since + range.until) / 2), range.until)}
      >
        Compare
      </button>
      <Popover label="Show as table" title="The histogram as a table" className={styles.link} align="end">{() => <Table shown={shown} range={range} zone={zone} />}</Popover>
    </div>
  )
}

function Table({ shown, range, zone }: { shown: Shown; range: Range; zone: string }) {
  const rows = [...shown.buckets].filter(([bucket]) => (bucket + 1) * shown.step > range.since && bucket * shown.step < (range.until ?? Infinity)).sort(([a], [b]) => a - b)
  return (
    <table className={styles.table}>
      <caption>Records in steps of {duration(shown.step)}</caption>
      <thead><tr><th>From</th><th>Records</th><th>Errors</th><th>Warnings</th></tr></thead>
      <tbody>
        {rows.map(([bucket, { records, errors, warnings }]) => (
          <tr key={bucket}><td>{clock(bucket * shown.step, zone).slice(0, 8)}</td><td>{Math.round(records)}</td><td>{Math.round(errors)}</td><td>{Math.round(warnings)}</td></tr>
        ))}
      </tbody>
    </table>
  )
}

function Plot(props: Props & { shown: Shown; since: Micros; until: Micros }) {
  const { shown, since, until, zone, view, compared } = props
  const box = useRef<HTMLDivElement>(null)
  const [hover, setHover] = useState<number>()
  const [drag, setDrag] = useState<{ from: number; to: number; compares: boolean }>()
  useEffect(() => {
    if (movedByKey) box.current?.focus()
    movedByKey = false
  }, [])
  const share = (x: number) => {
    const at = box.current!.getBoundingClientRect()
    return Math.min(1, Math.max(0, (x - at.left) / at.width))
  }
  const moment = (at: number) => Math.round(since + at * (until - since))
  const sum = totals(shown, { since, until })
  const label = `${grouped(sum.records)} records, ${grouped(sum.errors)} errors, from ${day(since, zone)} ${clock(since, zone).slice(0, 8)} to ${clock(until, zone).slice(0, 8)}. Arrows move the range, Shift and arrows its end.`
  const placeOf = (at: Micros) => (at - since) / (until - since)
  const finish = () => {
    props.onDrag(false)
    if (drag) {
      const width = box.current!.clientWidth
      if (Math.abs(drag.to - drag.from) * width >= leastDrag) (drag.compares ? props.onCompare : props.onZoom)(moment(Math.min(drag.from, drag.to)), moment(Math.max(drag.from, drag.to)))
      else props.onJump(moment(drag.to))
    }
    setDrag(undefined)
  }
  return (
    <div
      ref={box} className={styles.plot} role="group" tabIndex={0} aria-label={label}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        props.onDrag(true)
        setDrag({ from: share(event.clientX), to: share(event.clientX), compares: event.altKey })
      }}
      onPointerMove={(event) => {
        setHover(share(event.clientX))
        if (drag) setDrag({ ...drag, to: share(event.clientX) })
      }}
      onPointerUp={finish}
      onPointerCancel={() => { props.onDrag(false); setDrag(undefined) }}
      onPointerLeave={() => setHover(undefined)}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
        if (step === undefined) return
        event.preventDefault()
        event.stopPropagation()
        movedByKey = true
        const next = shifted(since, until, step * ((until - since) / 10), !event.shiftKey)
        props.onZoom(next.since, next.until)
      }}
    >
      <svg viewBox="0 0 1 1" preserveAspectRatio="none" className={styles.bars} aria-hidden="true">
        <path className={styles.other} d={bars(shown, since, until, other)} />
        <path className={styles.warnings} d={bars(shown, since, until, warnings)} />
        <path className={styles.errors} d={bars(shown, since, until, errors)} />
      </svg>
      {view && <Window className={styles.window} from={placeOf(view.from)} to={placeOf(view.to)} />}
      {compared && <Window className={styles.compared} from={placeOf(compared.since)} to={placeOf(compared.until)} />}
      {compared?.with === 'before' && <Window className={styles.against} from={placeOf(2 * compared.since - compared.until)} to={placeOf(compared.since)} />}
      {drag && <i className={styles.chosen} style={{ left: `${Math.min(drag.from, drag.to) * 100}%`, width: `${Math.abs(drag.to - drag.from) * 100}%` }} />}
      {(['since', 'until'] as const).map((end) => <Handle key={end} end={end} {...props} share={share} moment={moment} />)}
      {hover !== undefined && <Tip at={hover} {...props} moment={moment(hover)} />}
    </div>
  )
}

// From the bottom: errors, warnings, everything else.
const errors = (bucket: Bucket): [number, number] => [0, bucket.errors]
const warnings = (bucket: Bucket): [number, number] => [bucket.errors, bucket.errors + bucket.warnings]
const other = (bucket: Bucket): [number, number] => [bucket.errors + bucket.warnings, bucket.records]

/** A part of the range as a shade: what the list shows, and what is compared with what. */
function Window({ from, to, className }: { from: number; to: number; className: string | undefined }) {
  const left = Math.min(1, Math.max(0, from))
  const right = Math.min(1, Math.max(left, to))
  return <i className={className} style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%` }} />
}

/** An end of the range: it is dragged, or moved with the arrow keys. */
function Handle(props: Props & { end: 'since' | 'until'; shown: Shown; since: Micros; until: Micros; share: (x: number) => number; moment: (at: number) => Micros }) {
  const { end, since, until, zone } = props
  const [at, setAt] = useState<number>()
  const zoom = (to: Micros) => (end === 'since' ? props.onZoom(Math.min(to, until - props.shown.step), until) : props.onZoom(since, Math.max(to, since + props.shown.step)))
  const own = end === 'since' ? since : until
  return (
    <span
      role="slider" tabIndex={0} className={styles.handle} aria-label={end === 'since' ? 'Start of the range' : 'End of the range'} aria-valuemin={since / 1000} aria-valuemax={until / 1000}
      aria-valuenow={own / 1000} aria-valuetext={`${day(own, zone)} ${clock(own, zone)}`} style={{ left: `${(at ?? (end === 'since' ? 0 : 1)) * 100}%` }}
      onPointerDown={(event) => {
        event.stopPropagation()
        event.currentTarget.setPointerCapture(event.pointerId)
        props.onDrag(true)
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
        event.stopPropagation()
        setAt(props.share(event.clientX))
      }}
      onPointerUp={(event) => {
        event.stopPropagation()
        props.onDrag(false)
        if (at !== undefined) zoom(props.moment(at))
        setAt(undefined)
      }}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
        if (step === undefined) return
        event.preventDefault()
        event.stopPropagation()
        zoom(own + step * props.shown.step)
      }}
    />
  )
}

function Tip({ at, moment, shown, zone }: Props & { at: number; moment: Micros; shown: Shown }) {
  const bucket = Math.floor(moment / shown.step)
  const value = shown.buckets.get(bucket)
  return (
    <div className={styles.tip} style={at > 0.7 ? { right: `${(1 - at) * 100}%` } : { left: `${at * 100}%` }}>
      <b>{clock(bucket * shown.step, zone).slice(0, 8)}</b> {duration(shown.step)}
      <div>{grouped(Math.round(value?.records ?? 0))} records{value && value.errors > 0 ? ` · ${Math.round(value.errors)} errors` : ''}{value && value.warnings > 0 ? ` · ${Math.round(value.warnings)} warnings` : ''}</div>
    </div>
  )
}
