import { useEffect, type RefObject } from 'react'
import { serviceColor } from '../ui/service'

export interface Brush {
  context: CanvasRenderingContext2D
  width: number
  height: number
  /** A colour of the style sheet, such as var(--text), as the canvas reads it. */
  color: (css: string) => string
  /** The colour of a service. */
  service: (name: string) => string
}

/** Paints a canvas: at first, when its size changes, and when colours do, of the theme or of services. */
export function usePainted(canvas: RefObject<HTMLCanvasElement | null>, paint: (brush: Brush) => void): void {
  useEffect(() => {
    const el = canvas.current!
    const again = () => {
      const { clientWidth: width, clientHeight: height } = el
      const scale = window.devicePixelRatio || 1
      el.width = Math.round(width * scale)
      el.height = Math.round(height * scale)
      const context = el.getContext('2d')
      if (!context || width === 0) return
      context.scale(scale, scale)
      context.clearRect(0, 0, width, height)
      const color = resolver(el)
      paint({ context, width, height, color, service: cached((name) => color(serviceColor(name))) })
    }
    again()
    const size = new ResizeObserver(again)
    size.observe(el)
    const colors = new MutationObserver(again)
    colors.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'data-theme'] })
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', again)
    return () => {
      size.disconnect()
      colors.disconnect()
      scheme.removeEventListener('change', again)
    }
  }, [canvas, paint])
}

function cached(make: (key: string) => string): (key: string) => string {
  const known = new Map<string, string>()
  return (key) => {
    let made = known.get(key)
    if (made === undefined) known.set(key, (made = make(key)))
    return made
  }
}

/** Custom properties are resolved by the browser alone: the element wears each colour once. */
function resolver(el: HTMLElement): (css: string) => string {
  return cached((css) => {
    el.style.color = css
    return getComputedStyle(el).color
  })
}
