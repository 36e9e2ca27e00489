import { useQuery } from '@tanstack/react-query'
import type { RefObject } from 'react'
import { plan, type ApiError } from '../api/client'
import { Copy } from '../ui/Copy'
import { wordsOf } from '../sql/problem'
import type { RunState } from './run'
import styles from './Explore.module.css'

/** How the engine goes about the statement that ran last. */
export function Plan({ state, pane }: { state: RunState; pane: RefObject<HTMLDivElement | null> }) {
  const { question, phase } = state
  const asked = useQuery<string, ApiError>({
    queryKey: ['plan', question], enabled: question !== undefined && phase !== 'running', retry: false,
    queryFn: ({ signal }) => plan({ ...question!, signal }),
  })
  return (
    <div ref={pane} className={styles.plan} tabIndex={0} role="region" aria-label="Plan">
      {asked.error && <p role="alert">{wordsOf(asked.error).message}</p>}
      {asked.data !== undefined && <><Copy text={asked.data} label="Copy" /><pre>{asked.data || 'The engine tells no plan.'}</pre></>}
    </div>
  )
}
