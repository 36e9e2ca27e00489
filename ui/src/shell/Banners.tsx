import { useLocation } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useReach } from '../api/reach'
import { answersNow, askVersion } from '../api/watch'
import { useNow } from '../lib/store'
import { usePlace } from '../place'
import styles from './Shell.module.css'

/** What one should know of the server while one looks at something else. */
export function Banners() {
  const { gone, retryAt, newVersion } = useReach()
  const { org, project } = usePlace()
  const onLive = useLocation({ select: (location) => location.pathname }).replace(/\/$/, '') === `/${org}/${project}`
  useEffect(() => void askVersion(), [])
  return (
    <>
      {/* The live view says itself what its connection does. */}
      {gone && !onLive && <Gone retryAt={retryAt} />}
      {newVersion !== undefined && (
        <div className={styles.banner} role="status">
          A new version is running <button type="button" onClick={() => location.reload()}>Reload</button>
        </div>
      )}
    </>
  )
}

function Gone({ retryAt }: { retryAt: number | undefined }) {
  const at = useNow(250)
  const seconds = retryAt === undefined ? 0 : Math.max(0, Math.ceil((retryAt - at) / 1000))
  return (
    <div className={styles.banner} role="status">
      Hearth does not answer. {seconds > 0 ? `Trying again in ${seconds} s` : 'Trying again …'} <button type="button" onClick={answersNow}>Now</button>
    </div>
  )
}
