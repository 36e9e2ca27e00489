import { useChat } from './context'
import styles from './Message.module.css'

/** Selects a span in the trace. */
export function SpanLink({ span }: { span: string }) {
  const chat = useChat()
  return <button type="button" className={styles.link} title="Select the span in the trace" onClick={() => chat.selectSpan(span)}>▸span</button>
}
