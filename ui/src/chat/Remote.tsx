import { ExternalLink } from 'lucide-react'
import { remoteUrl } from './link'
import styles from './Media.module.css'

/**
 * Something that lies elsewhere. It is not fetched: that would tell its owner that somebody is looking. Who wants it opens it
 * in a tab of its own, which is told nothing of where it was opened from.
 */
export function Remote({ type, url, label }: { type: string; url: string; label?: string }) {
  const remote = remoteUrl(url)
  if (!remote) return <span className={styles.remote}>{type}{label && ` “${label}”`}: {url.slice(0, 200)}</span>
  return (
    <span className={styles.remote}>
      <span>{type} at <b>{remote.host}</b>{label && ` “${label}”`}</span>
      <a href={remote.href} target="_blank" rel="noopener noreferrer" title={remote.href}>load <ExternalLink size={12} /></a>
    </span>
  )
}
