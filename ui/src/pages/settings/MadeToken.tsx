import { Copy } from '../../ui/Copy'
import { Snippets } from '../Snippets'
import type { Snippet } from '../snippets'
import styles from './settings.module.css'

/** Shows a token that was just made, with what to do with it. what: such as write token. */
export function Made({ what, token, snippets, more, close }: { what: string; token: string; snippets: Snippet[]; more?: string | undefined; close: () => void }) {
  return (
    <div className={styles.form}>
      <h2>The new {what}</h2>
      <p>It is shown this once. Hearth keeps only what it needs to know it again.{more && ` ${more}`}</p>
      <div className={styles.secret}><code aria-label="Token">{token}</code><Copy text={token} label="Copy" title="Copy the token" /></div>
      <Snippets label="How to use it" snippets={snippets} token={token} />
      <div className={styles.actions}><button type="button" className={styles.primary} onClick={close}>Done</button></div>
    </div>
  )
}
