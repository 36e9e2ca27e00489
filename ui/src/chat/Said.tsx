import { MessageSquareText } from 'lucide-react'
import { useChat } from './context'
import { plural } from './numbers'
import styles from './Message.module.css'

/** How many annotations a span has, where it has any; leads to them. */
export function Said({ span }: { span: string }) {
  const chat = useChat()
  const count = chat.annotations.get(span)
  if (!count) return null
  const words = plural(count, 'annotation')
  return <button type="button" className={styles.link} title={`Show the ${words}`} aria-label={words} onClick={() => chat.showAnnotations(span)}><MessageSquareText size={12} />{count}</button>
}
