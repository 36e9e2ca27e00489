import { useRef } from 'react'
import styles from './Splitter.module.css'

interface Props {
  /** The bar itself: a vertical one divides left from right. */
  orientation: 'vertical' | 'horizontal'
  label: string
  /** The share that the first part has, in percent of the element around the bar. */
  value: number
  least: number
  most: number
  onChange: (percent: number) => void
  className?: string | undefined
}

const step = 2

/** Divides two parts of the element around it, by dragging or with the arrow keys. */
export function Splitter({ orientation, label, value, least, most, onChange, className }: Props) {
  const bar = useRef<HTMLDivElement>(null)
  const set = (percent: number) => onChange(Math.round(Math.min(most, Math.max(least, percent)) * 10) / 10)
  const [back, forth] = orientation === 'vertical' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown']
  return (
    <div
      ref={bar} role="separator" aria-orientation={orientation} aria-label={label} aria-valuenow={Math.round(value)} aria-valuemin={least} aria-valuemax={most} tabIndex={0}
      className={`${styles[orientation]} ${className ?? ''}`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        event.preventDefault()
        event.stopPropagation()
      }}
      onPointerMove={(event) => {
        const frame = bar.current?.parentElement?.getBoundingClientRect()
        if (!frame || !event.currentTarget.hasPointerCapture(event.pointerId)) return
        set(orientation === 'vertical' ? ((event.clientX - frame.left) / frame.width) * 100 : ((event.clientY - frame.top) / frame.height) * 100)
      }}
      onKeyDown={(event) => {
        if (event.key !== back && event.key !== forth) return
        set(value + (event.key === forth ? step : -step))
        event.stopPropagation()
        event.preventDefault()
      }}
    />
  )
}
