// Colours of series: what means something has its own colour everywhere, everything else takes the next hue.

import { useMemo, useSyncExternalStore } from 'react'
import { theme } from '../lib/store'
import { serviceColor } from '../ui/service'

const meanings: Record<string, string> = {
  ...Object.fromEntries(['trace', 'debug', 'info', 'notice', 'warn', 'error', 'fatal'].map((level) => [level, `var(--level-${level})`])),
  '2xx': 'var(--state-live)', '3xx': 'var(--level-info)', '4xx': 'var(--level-warn)', '5xx': 'var(--level-error)',
}

/** The colour of a series, as a CSS value. of is the column whose values name the series. */
export function seriesColor(name: string, index: number, of?: string): string {
  if (of === 'service_name') return serviceColor(name)
  return meanings[name.toLowerCase()] ?? `var(--series-${(index % 12) + 1})`
}

const dark = () => window.matchMedia('(prefers-color-scheme: dark)')

function followSystem(listener: () => void): () => void {
  const media = dark()
  media.addEventListener('change', listener)
  return () => media.removeEventListener('change', listener)
}

/** Computes CSS colours, which a canvas cannot; another function when the theme changes. */
export function useColours(): (css: string) => string {
  const chosen = theme.use()
  const system = useSyncExternalStore(followSystem, () => dark().matches)
  return useMemo(() => {
    const found = new Map<string, string>()
    return (css) => {
      const known = found.get(css)
      if (known) return known
      const probe = document.createElement('i')
      probe.style.color = css
      document.body.append(probe)
      const { color } = getComputedStyle(probe)
      probe.remove()
      found.set(css, color)
      return color
    }
  }, [chosen, system])
}
