import { useSyncExternalStore } from 'react'

/** The token --row-h: people choose how dense lists are. */
function read(): number {
  return Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue('--row-h'), 10) || 26
}

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-density'] })
  return () => observer.disconnect()
}

export function useRowHeight(): number {
  return useSyncExternalStore(subscribe, read)
}
