import { useCallback, useEffect, useState } from 'react'
import type { LiveSource } from '../../live/source'

export type Hold = (reason: string, on: boolean) => void

/** Holds the list still for as long as there is a reason: a key, a menu, a drag, selected text. */
export function useHold(source: LiveSource): { hold: Hold; paused: boolean; pause: () => void } {
  const [paused, setPaused] = useState(false)
  const hold = useCallback<Hold>((reason, on) => {
    source.pause(reason, on)
    setPaused(source.paused)
  }, [source])
  useSelectionHold(hold)
  const pause = useCallback(() => hold('key', !source.paused), [hold, source])
  return { hold, paused, pause }
}

/** Selected text stays where it is until it is let go. */
function useSelectionHold(hold: Hold): void {
  useEffect(() => {
    const selected = () => {
      const selection = getSelection()
      const inside = selection?.anchorNode?.parentElement?.closest('[role=treegrid]')
      hold('selection', Boolean(inside && !selection?.isCollapsed))
    }
    document.addEventListener('selectionchange', selected)
    return () => document.removeEventListener('selectionchange', selected)
  }, [hold])
}
