import { useNow } from '../lib/store'
import { answersNow } from '../api/watch'
import { useReach } from '../api/reach'
import styles from './Shell.module.css'

/** What one should know of the server while one looks at something else. */
export function Banners() {
  const { gone, retryAt } = useReach()
  return gone && <Gone retryAt={retryAt} />
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
