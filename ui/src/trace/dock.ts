import { useSearch } from '@tanstack/react-router'
import { dock } from '../lib/store'

export type Dock = 'right' | 'bottom'

/** Where the panel of a trace stands in the page that holds it: as the address says, or else where it stood last. */
export function useDock(): Dock {
  const search = useSearch({ from: '/$org/$project' })
  const remembered = dock.use()
  return search.dock === 'right' || search.dock === 'bottom' ? search.dock : remembered
}
