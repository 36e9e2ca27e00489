import type { Part } from '../api/conversation'
import { Json } from '../ui/Json'
import { useChat } from './context'
import { Fold } from './Fold'
import { Media } from './Media'
import { count } from './numbers'
import { Prose } from './Prose'
import { ToolCall } from './ToolCall'
import { Value } from './Value'
import styles from './Message.module.css'

/** A piece of a message. name is that of its folds. */
export function PartView({ part, name }: { part: Part; name: string }) {
  if (part.content_missing && part.type !== 'tool_call') return <p className={styles.none}>{part.type.replace('_', ' ')}: not recorded</p>
  switch (part.type) {
    case 'text':
      return <Prose text={part.text ?? ''} name={name} />
    case 'refusal':
      return <div className={styles.refusal}><b>Refused</b><Prose text={part.text ?? ''} name={name} /></div>
    case 'thinking':
      return <Thinking part={part} name={name} />
    case 'tool_call':
      return <ToolCall part={part} name={name} />
    case 'tool_result':
      return (
        <div className={styles.result}>
          <span className={styles.arrow}>→</span>
          <div>{part.name && <b>{part.name}</b>} {part.is_error && <span className={styles.bad}>error</span>} <Value value={part.result} name={name} /></div>
        </div>
      )
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return <Media part={part} />
  }
  return <div className={styles.value}><Json value={part.raw ?? part} depth={1} /></div>
}

function Thinking({ part, name }: { part: Part; name: string }) {
  const chat = useChat()
  const open = chat.isOpen(name, false)
  if (part.redacted || !part.text) return <p className={styles.none}>thinking: withheld by the provider</p>
  return (
    <div className={styles.thinking}>
      <Fold open={open} onToggle={() => chat.toggle(name, open)}>thinking <span>({count(part.text.length)} characters)</span></Fold>
      {open && <Prose text={part.text} name={`${name}/text`} />}
    </div>
  )
}
