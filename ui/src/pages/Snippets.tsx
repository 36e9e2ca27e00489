import { useState } from 'react'
import { Copy } from '../ui/Copy'
import { Tabs } from '../ui/Tabs'
import type { Snippet } from './snippets'
import styles from './Snippets.module.css'

/** Ways to do the same, one of them shown, ready to be copied. */
export function Snippets({ snippets, token, label }: { snippets: Snippet[]; token: string; label: string }) {
  const [chosen, setChosen] = useState(0)
  const snippet = snippets[chosen]!
  const text = snippet.text(location.origin, token)
  return (
    <Tabs label={label} names={snippets.map(({ name }) => name)} chosen={chosen} onChoose={setChosen}>
      <div className={styles.code}>
        <div className={styles.copy}><Copy text={text} label="Copy all" /></div>
        <pre tabIndex={0} aria-label={snippet.name}>{text}</pre>
      </div>
      {snippet.note && <p className={styles.note}>{snippet.note}</p>}
    </Tabs>
  )
}
