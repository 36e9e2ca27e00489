import { Json } from '../ui/Json'
import { Prose } from './Prose'
import { inline } from './text'
import styles from './Message.module.css'

/** Values that are as short as this stand on one line. */
const shortest = 90
/** Trees that are as short as this are open to their second level. */
const short = 1500

/** What a tool was given or gave: short ones on a line, others as a tree, texts as they are. */
export function Value({ value, name }: { value: unknown; name: string }) {
  if (typeof value === 'string') return <div className={styles.value}><Prose text={value} name={name} plain /></div>
  const line = inline(value)
  if (line.length <= shortest) return <code className={styles.line}>{line}</code>
  return <div className={styles.value}><Json value={value} depth={line.length <= short ? 0 : 1} /></div>
}
