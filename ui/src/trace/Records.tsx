import { useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { levelName } from '../api/record'
import { clock, duration } from '../lib/time'
import { LevelGlyph } from '../ui/Level'
import { serviceColor } from '../ui/service'
import { inOrder } from './lines'
import { selfTime, sum, type SpanNode } from './model'
import { isPoint } from './span'
import type { Scene } from './Waterfall'
import styles from './Records.module.css'

type Order = 'start' | 'duration' | 'self' | 'level'

const rowHeight = 24

interface Listed {
  node: SpanNode
  took: number
  self: number
}

function value(item: Listed, order: Order): number {
  if (order === 'start') return -item.node.row.start
  return order === 'level' ? item.node.row.level : item[order === 'self' ? 'self' : 'took']
}

/** The records of a trace one after the other: all of them, or only its logs. */
export function Records({ scene, logs, errorsOnly }: { scene: Scene; logs: boolean; errorsOnly: boolean }) {
  const [order, setOrder] = useState<Order>('start')
  const box = useRef<HTMLDivElement>(null)
  const items = useMemo(() => {
    const nodes = inOrder(scene.model).filter(({ row }) => !scene.model.missing.has(row.span) && (!logs || isPoint(row)) && (!errorsOnly || row.level >= 17))
    return nodes.map((node): Listed => ({ node, took: isPoint(node.row) ? 0 : node.row.end - node.row.start, self: isPoint(node.row) ? 0 : sum(selfTime(node)) }))
  }, [scene.model, logs, errorsOnly])
  const sorted = useMemo(() => items.toSorted((a, b) => value(b, order) - value(a, order)), [items, order])
  const virtual = useVirtualizer({ count: sorted.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 12 })
  const at = Math.max(0, sorted.findIndex(({ node }) => node.row.span === scene.selected))
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: sorted.length - 1 }[event.key]
    const item = to === undefined ? undefined : sorted[Math.min(sorted.length - 1, Math.max(0, to))]
    if (!item) return
    event.preventDefault()
    event.stopPropagation()
    scene.onSelect(item.node.row.span)
    virtual.scrollToIndex(sorted.indexOf(item))
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(item.node.row.span)}"]`)?.focus())
  }
  if (sorted.length === 0) return <p className={styles.none}>{!logs ? 'Nothing failed in this trace.' : errorsOnly ? 'Nothing failed among the logs of this trace.' : 'There are no logs in this trace.'}</p>
  const heads: [Order, string][] = logs ? [['start', 'Time'], ['level', 'Level']] : [['start', 'Start'], ['level', 'Level'], ['duration', 'Duration'], ['self', 'Self']]
  return (
    <div className={styles.frame}>
      <div className={styles.order}>
        <span>{sorted.length.toLocaleString('en')} {logs ? 'logs' : 'records'} by</span>
        {heads.map(([name, label]) => <button key={name} type="button" aria-pressed={order === name} onClick={() => setOrder(name)}>{label.toLowerCase()}</button>)}
      </div>
      <div ref={box} className={styles.box} role="grid" aria-label={logs ? 'Logs of the trace' : 'Records of the trace'} aria-rowcount={sorted.length} onKeyDown={onKeyDown}>
        <div role="rowgroup" className={styles.rows} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((place) => (
            <RecordRow key={sorted[place.index]!.node.row.span} scene={scene} item={sorted[place.index]!} top={place.start} at={place.index} tabbable={place.index === at} logs={logs} />
          ))}
        </div>
      </div>
    </div>
  )
}

function RecordRow({ scene, item, top, at, tabbable, logs }: { scene: Scene; item: Listed; top: number; at: number; tabbable: boolean; logs: boolean }) {
  const { row } = item.node
  const selected = row.span === scene.selected
  const point = isPoint(row)
  return (
    <div
      role="row" aria-rowindex={at + 1} aria-selected={selected} tabIndex={tabbable ? 0 : -1} data-key={row.span}
      className={`${styles.row} ${selected ? styles.selected : scene.hits.has(row.span) ? styles.hit : ''}`} style={{ transform: `translateY(${top}px)` }} onClick={() => scene.onSelect(row.span)}
    >
      <span role="gridcell" className={styles.time}>{logs ? clock(row.start, scene.zone) : `+${duration(row.start - scene.model.start)}`}</span>
      <span role="gridcell" className={styles.level}><LevelGlyph level={row.level} />{logs && levelName(row.level)}</span>
      <span role="gridcell" className={styles.service} title={row.service}><i style={{ background: serviceColor(row.service) }} />{row.service}</span>
      <span role="gridcell" className={styles.text} title={row.message}>{row.message}</span>
      {!logs && <span role="gridcell" className={styles.figure}>{point ? '' : row.pending ? 'running' : duration(item.took)}</span>}
      {!logs && <span role="gridcell" className={styles.figure} title="Self time">{point || row.pending ? '' : duration(item.self)}</span>}
    </div>
  )
}
