import { useEffect, type RefObject } from 'react'

export interface Brush {
  context: CanvasRenderingContext2D
  width: number
  height: number
  /** A colour of the style sheet, such as var(--text), as the canvas reads it. */
  color: (css: string) => string
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
      paint({ context, width, height, color: resolver(el) })
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

/** Custom properties are resolved by the browser alone: the element wears each colour once. */
function resolver(el: HTMLElement): (css: string) => string {
  const known = new Map<string, string>()
  return (css) => {
    let color = known.get(css)
    if (color === undefined) {
      el.style.color = css
      color = getComputedStyle(el).color
      known.set(css, color)
    }
    return color
  }
}
