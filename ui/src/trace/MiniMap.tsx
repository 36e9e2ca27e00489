import { useCallback, useRef, useState } from 'react'
import { usePainted, type Brush } from './canvas'
import { inOrder } from './lines'
import type { Scene } from './Waterfall'
import { isPoint } from './span'
import { share, zoomBetween } from './zoom'
import styles from './MiniMap.module.css'

/** The whole trace in small. Dragging over it chooses what the views show. */
export function MiniMap({ scene }: { scene: Scene }) {
  const { model, whole, window, onWindow } = scene
  const canvas = useRef<HTMLCanvasElement>(null)
  const [drag, setDrag] = useState<{ from: number; to: number }>()
  usePaintedMap(canvas, scene)
  const at = (event: React.PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect()
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
  }
  const [left, right] = drag ? [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)] : [share(whole, window.from), share(whole, window.to)]
  const zoomed = drag !== undefined || left > 0 || right < 1
  return (
    <div
      className={styles.map} title="Drag to zoom, double-click to see all"
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); setDrag({ from: at(event), to: at(event) }) }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: at(event) })}
      onPointerUp={() => {
        const chosen = drag && zoomBetween(whole, whole, drag.from, drag.to)
        setDrag(undefined)
        if (chosen) onWindow(chosen)
      }}
      onDoubleClick={() => onWindow(undefined)}
    >
      <canvas ref={canvas} role="img" aria-label={`${model.records} records over time, by service`} />
      {zoomed && (
        <>
          <i className={styles.veil} style={{ left: 0, width: `${left * 100}%` }} />
          <i className={styles.veil} style={{ left: `${right * 100}%`, right: 0 }} />
        </>
      )}
    </div>
  )
}

function usePaintedMap(canvas: React.RefObject<HTMLCanvasElement | null>, { model, whole, lives }: Scene): void {
  const paint = useCallback(({ context, width, height, color, service }: Brush) => {
    const nodes = inOrder(model)
    const step = Math.min(4, (height - 6) / nodes.length)
    const bad = color('var(--level-error)')
    for (const [i, { row }] of nodes.entries()) {
      if (model.missing.has(row.span)) continue
      const open = lives.get(row.span)
      const end = open ? (open.state === 'unfinished' ? open.lastSign : whole.to) : row.end
      const x = share(whole, row.start) * width
      context.fillStyle = row.level >= 17 ? bad : service(row.service)
      context.fillRect(x, 3 + i * step, Math.max(isPoint(row) ? 1.5 : 1, share(whole, end) * width - x), Math.max(1, step - 1))
    }
  }, [model, whole.from, whole.to, lives])
  usePainted(canvas, paint)
}
