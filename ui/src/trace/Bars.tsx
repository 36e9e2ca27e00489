import { useRef } from 'react'
import { useNow } from '../lib/store'
import { clock, duration, type Micros } from '../lib/time'
import { serviceColor } from '../ui/service'
import type { GroupLine, SpanLine } from './lines'
import { selfTime, sum, type Stretch } from './model'
import type { Life } from './signs'
import { isPoint, type Span } from './span'
import type { Scene } from './Waterfall'
import { share, type Window } from './zoom'
import styles from './Waterfall.module.css'

/** More dots than this on one bar cannot be told apart. */
const mostMarks = 60

/** A stretch of time as a place in the lane, in percent, cut to what is shown; undefined when nothing of it is. */
function placed(window: Window, from: Micros, to: Micros): { left: number; width: number } | undefined {
  const [start, end] = [share(window, from), share(window, to)]
  if (end < 0 || start > 1) return undefined
  const left = Math.max(0, start)
  return { left: left * 100, width: (Math.min(1, end) - left) * 100 }
}

/** What a record took, as a bar on the scale of the trace. */
export function LaneBar({ scene, line }: { scene: Scene; line: SpanLine }) {
  const { row } = line.node
  const life = scene.lives.get(row.span)
  return (
    <span role="gridcell" className={styles.lane}>
      {life ? <OpenBar scene={scene} span={row} life={life} /> : <ClosedBar scene={scene} line={line} />}
      <Marks scene={scene} span={row} />
    </span>
  )
}

function ClosedBar({ scene, line }: { scene: Scene; line: SpanLine }) {
  const { window, model } = scene
  const { row } = line.node
  const ran = useRef(row.pending)
  const settled = ran.current && !row.pending
  const place = placed(window, row.start, row.end)
  if (!place) return <Beyond before={row.end < window.from} />
  if (isPoint(row) || row.end === row.start) {
    return <i className={`${styles.tick} ${row.level >= 17 ? styles.badTick : ''}`} style={{ left: `${place.left}%`, color: serviceColor(row.service) }} title={`+${duration(row.start - model.start)}`} />
  }
  const missing = model.missing.has(row.span)
  const free = scene.selfTimes && !missing ? selfTime(line.node) : undefined
  const took = free ? `${duration(sum(free))} self` : missing ? '' : duration(row.end - row.start)
  const classes = [styles.bar]
  if (missing) classes.push(styles.missingBar)
  if (free) classes.push(styles.pale)
  if (row.level >= 17) classes.push(styles.badBar)
  if (settled) classes.push(styles.settled)
  return (
    <>
      <i className={classes.join(' ')} style={{ left: `${place.left}%`, width: `max(2px, ${place.width}%)`, ...(missing ? {} : { '--bar': serviceColor(row.service) }) } as React.CSSProperties} />
      {free && <Stretches window={window} stretches={free} className={styles.self} color={serviceColor(row.service)} />}
      {scene.critical?.has(row.span) && <Stretches window={window} stretches={scene.critical.get(row.span)!} className={styles.critical} />}
      <Figure place={place} text={took} />
    </>
  )
}

function Stretches({ window, stretches, className, color }: { window: Window; stretches: Stretch[]; className: string | undefined; color?: string }) {
  return stretches.map(({ from, to }) => {
    const place = placed(window, from, to)
    return place && <i key={from} className={className} style={{ left: `${place.left}%`, width: `max(1px, ${place.width}%)`, ...(color ? { background: color } : {}) }} />
  })
}

/** A span that has not ended: to now while it runs, to the last sign of it when it never will. */
function OpenBar({ scene, span, life }: { scene: Scene; span: Span; life: Life }) {
  const present = useNow(250) * 1000
  const unfinished = life.state === 'unfinished'
  const stop = unfinished ? life.lastSign : Math.max(present, span.start)
  const place = placed(scene.window, span.start, Math.max(stop, span.start))
  if (!place) return <Beyond before={stop < scene.window.from} />
  const words = {
    running: 'running', quiet: `no news for ${duration(present - life.lastSign)}`, unfinished: `never finished (last seen ${clock(life.lastSign, scene.zone).slice(0, 8)})`, done: '',
  }[life.state]
  return (
    <>
      <i className={`${styles.bar} ${styles[`${life.state}Bar`]} ${span.level >= 17 ? styles.badBar : ''}`} style={{ left: `${place.left}%`, width: `max(3px, ${place.width}%)` }} title={words} />
      <Figure place={place} text={unfinished ? '⌀ never finished' : `${duration(Math.max(0, stop - span.start))}…`} open />
    </>
  )
}

/** The figure beside its bar: after it, before it where there is no room, else on it. */
function Figure({ place: { left, width }, text, open }: { place: { left: number; width: number }; text: string; open?: boolean }) {
  const end = left + width
  const classes = [styles.figure]
  if (open) classes.push(styles.ticking)
  if (end <= 82) return <span className={classes.join(' ')} style={{ left: `calc(${end}% + 6px)` }}>{text}</span>
  if (left >= 18) return <span className={classes.join(' ')} style={{ right: `calc(${100 - left}% + 6px)` }}>{text}</span>
  return <span className={`${classes.join(' ')} ${styles.inside}`} style={{ right: `calc(${100 - end}% + 1px)` }}>{text}</span>
}

/** It lies outside of what is shown. */
function Beyond({ before }: { before: boolean }) {
  return <span className={before ? styles.before : styles.after} aria-hidden="true">{before ? '‹' : '›'}</span>
}

/** The events of a span, as dots on its bar. */
function Marks({ scene: { window, model }, span }: { scene: Scene; span: Span }) {
  return span.marks.slice(0, mostMarks).map((mark, i) => {
    const at = share(window, mark.at)
    if (at < 0 || at > 1) return null
    return <i key={i} className={`${styles.mark} ${mark.name === 'exception' ? styles.badMark : ''}`} style={{ left: `${at * 100}%` }} title={`${mark.name}  +${duration(mark.at - model.start)}`} />
  })
}

/** All of a group's bars on one line. */
export function GroupBar({ line, window }: { line: GroupLine; window: Window }) {
  const first = line.nodes[0]!.row
  const last = Math.max(...line.nodes.map((node) => node.row.end))
  const place = placed(window, first.start, last)
  if (!place) return <span role="gridcell" className={styles.lane}><Beyond before={last < window.from} /></span>
  return (
    <span role="gridcell" className={styles.lane}>
      <i className={styles.extent} style={{ left: `${place.left}%`, width: `max(2px, ${place.width}%)` }} />
      {line.nodes.slice(0, 200).map(({ row }) => {
        const own = placed(window, row.start, row.end)
        return own && <i key={row.span} className={styles.bar} style={{ left: `${own.left}%`, width: `max(1px, ${own.width}%)`, '--bar': serviceColor(row.service) } as React.CSSProperties} />
      })}
      {line.of === 'repeated' && <Figure place={place} text={duration(last - first.start)} />}
    </span>
  )
}
