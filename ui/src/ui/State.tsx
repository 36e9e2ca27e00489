// What a part of a page shows while it has nothing to show: it loads, it failed.

import { RotateCw } from 'lucide-react'
import { Component, useEffect, useState, type ReactNode } from 'react'
import { ApiError } from '../api/client'
import { detailsOf } from '../api/problem'
import { Copy } from './Copy'
import styles from './State.module.css'

/** Turns true when something has been going on for so long. */
export function useSlow(going: boolean, ms: number): boolean {
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    if (!going) return
    const timer = setTimeout(() => setSlow(true), ms)
    return () => {
      clearTimeout(timer)
      setSlow(false)
    }
  }, [going, ms])
  return going && slow
}

/** Stands where data will be: nothing at first, grey lines after 150 ms, a bar after a second, Cancel after two. */
export function Loading({ lines = 6, said, onCancel }: { lines?: number; said?: ReactNode; onCancel?: () => void }) {
  const visible = useSlow(true, 150)
  return (
    <div className={styles.loading} role="status" aria-busy="true">
      <span className="unseen">Loading</span>
      <Progress going said={said} {...(onCancel && { onCancel })} />
      {visible && Array.from({ length: lines }, (_, i) => <i key={i} className={styles.line} />)}
    </div>
  )
}

/** Says that data which is on screen is being replaced: a thin bar after a second, Cancel after two. */
export function Progress({ going, said, onCancel }: { going: boolean; said?: ReactNode; onCancel?: () => void }) {
  const slow = useSlow(going, 1000)
  const tedious = useSlow(going, 2000)
  if (!slow) return null
  return (
    <div className={styles.progress}>
      <div className={styles.track} role="progressbar" aria-label="Loading"><i /></div>
      {(said || (tedious && onCancel)) && (
        <div className={styles.said}>
          {said}
          {tedious && onCancel && <button type="button" className={styles.button} onClick={onCancel}>Cancel</button>}
        </div>
      )}
    </div>
  )
}

/** A failure, in the server's words, where it happened. */
export function ErrorBox({ error, onRetry, title }: { error: Error; onRetry?: (() => void) | undefined; title?: string }) {
  const id = error instanceof ApiError && error.status >= 500 ? error.requestId : undefined
  const hint = error instanceof ApiError && error.hint && !error.message.includes(error.hint) ? error.hint : undefined
  return (
    <div className={styles.error} role="alert">
      {title && <strong>{title}</strong>}
      <p>{error.message}</p>
      {hint && <p className={styles.dim}>{hint}</p>}
      {id && <p className={styles.dim}>Request <code>{id}</code></p>}
      <div className={styles.buttons}>
        {onRetry && <button type="button" className={styles.button} onClick={onRetry}><RotateCw size={13} />Retry</button>}
        <Copy text={() => detailsOf(error, location.href, new Date())} label="Copy details" title="Copy details of the failure" />
      </div>
    </div>
  )
}

interface BoundaryProps {
  children: ReactNode
  /** A change of it gives the part another chance. */
  of?: unknown
}

/** Keeps a failure inside one part of a page, so that the others stay. */
export class Boundary extends Component<BoundaryProps, { error: Error | undefined; of: unknown }> {
  override state = { error: undefined as Error | undefined, of: this.props.of }

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  static getDerivedStateFromProps(props: BoundaryProps, state: { of: unknown }): { error: undefined; of: unknown } | null {
    return Object.is(props.of, state.of) ? null : { error: undefined, of: props.of }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (!error) return this.props.children
    return <ErrorBox title="This part of the page failed." error={error} onRetry={() => this.setState({ error: undefined })} />
  }
}
