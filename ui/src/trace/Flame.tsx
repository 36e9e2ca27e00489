import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { duration } from '../lib/time'
import { usePainted, type Brush } from './canvas'
import { flameBars, type FlameBar } from './flame'
import type { Scene } from './Waterfall'
import { share, ticks, zoomAt } from './zoom'
import styles from './Flame.module.css'

const barHeight = 20
const axisHeight = 22

/** The spans by time, each below its parent. */
export function Flame({ scene }: { scene: Scene }) {
  const { model, whole, window, selected } = scene
  const canvas = useRef<HTMLCanvasElement>(null)
  const [over, setOver] = useState<FlameBar>()
  const { bars, rows } = useMemo(() => flameBars(model, whole.to), [model, whole.to])
  const paint = useCallback((brush: Brush) => paintFlame(brush, scene, bars), [model, window.from, window.to, bars, selected, scene.hits, scene.critical])
  usePainted(canvas, paint)
  useZoom(canvas, scene)
  const barAt = (event: React.MouseEvent): FlameBar | undefined => {
    const box = canvas.current!.getBoundingClientRect()
    const row = Math.floor((event.clientY - box.top - axisHeight) / barHeight)
    const at = window.from + ((event.clientX - box.left) / box.width) * (window.to - window.from)
    const near = ((window.to - window.from) / box.width) * 1.5
    return bars.find((bar) => bar.row === row && bar.start - near <= at && at <= bar.end + near)
  }
  const words = over ? `${over.node.row.message} · ${over.node.row.service} · ${duration(over.end - over.start)}` : ''
  return (
    <div className={styles.frame}>
      <canvas
        ref={canvas} role="img" aria-label={`Flame chart of ${bars.length} spans; the waterfall lists them`} title={words} style={{ height: rows * barHeight + axisHeight + 8 }}
        className={over ? styles.over : undefined}
        onPointerMove={(event) => setOver(barAt(event))} onPointerLeave={() => setOver(undefined)}
        onClick={(event) => { const bar = barAt(event); if (bar) scene.onSelect(bar.node.row.span) }}
        onDoubleClick={() => scene.onWindow(undefined)}
      />
    </div>
  )
}

function useZoom(canvas: React.RefObject<HTMLCanvasElement | null>, scene: Scene): void {
  const latest = useRef(scene)
  latest.current = scene
  useEffect(() => {
    const el = canvas.current!
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const box = el.getBoundingClientRect()
      const { window, whole, onWindow } = latest.current
      onWindow(zoomAt(window, whole, (event.clientX - box.left) / box.width, Math.exp(event.deltaY / 200)))
    }
    el.addEventListener('wheel', wheel, { passive: false })
    return () => el.removeEventListener('wheel', wheel)
  }, [])
}

function paintFlame({ context, width, height, color, service }: Brush, scene: Scene, bars: FlameBar[]): void {
  const { model, window, selected, hits, critical, lives } = scene
  const [text, dim, back, bad] = ['var(--text)', 'var(--text-faint)', 'var(--bg)', 'var(--level-error)'].map(color) as [string, string, string, string]
  context.font = '11px ui-monospace, monospace'
  context.textBaseline = 'middle'
  for (const tick of ticks(window, model.start, 6)) {
    const x = share(window, tick) * width
    context.fillStyle = color('var(--border)')
    context.fillRect(x, 0, 1, height)
    context.fillStyle = dim
    context.fillText(tick === model.start ? '0' : duration(tick - model.start), x + 4, axisHeight / 2)
  }
  for (const { node: { row }, row: at, start, end } of bars) {
    const [x, right] = [share(window, start) * width, share(window, end) * width]
    if (right < 0 || x > width) continue
    const left = Math.max(0, x)
    const length = Math.max(1, Math.min(width, right) - left - 1)
    const y = axisHeight + at * barHeight
    const lost = model.missing.has(row.span)
    context.globalAlpha = (hits.size > 0 && !hits.has(row.span)) || (critical && !critical.has(row.span)) ? 0.35 : 1
    context.fillStyle = lost || lives.has(row.span) ? color('var(--bg-hover)') : service(row.service)
    context.fillRect(left, y, length, barHeight - 2)
    if (row.level >= 17 || row.span === selected) {
      context.lineWidth = 2
      context.strokeStyle = row.span === selected ? text : bad
      context.strokeRect(left + 1, y + 1, Math.max(1, length - 2), barHeight - 4)
    }
    if (length > 30) {
      context.save()
      context.beginPath()
      context.rect(left, y, length - 4, barHeight)
      context.clip()
      context.fillStyle = lost || lives.has(row.span) ? dim : back
      context.fillText(row.message, left + 5, y + barHeight / 2 - 0.5)
      context.restore()
    }
  }
  context.globalAlpha = 1
}
