import { memo, type ReactNode } from 'react'
import type { Message, Part, Turn } from '../api/conversation'
import { duration, parseTimestamp, type Micros } from '../lib/time'
import { Copy } from '../ui/Copy'
import { Json } from '../ui/Json'
import { useChat } from './context'
import { messageMarkdown } from './copy/markdown'
import { texts } from './copy/transcript'
import { Fold } from './Fold'
import type { MessageItem } from './items'
import { Numbers } from './Numbers'
import { unusualFinish } from './numbers'
import { PartView } from './PartView'
import { Said } from './Said'
import { SpanLink } from './SpanLink'
import { inline } from './text'
import styles from './Message.module.css'

/** Instructions that are longer than this are folded to their first lines. */
const systemLines = 3
const systemLength = 320

/** A message as a card. */
export const MessageView = memo(function MessageView({ item }: { item: MessageItem }) {
  const { message, turn, key } = item
  const chat = useChat()
  const open = chat.isOpen(key, true)
  const role = quiet(item) ? turn!.kind! : message.role
  return (
    <article className={`${styles.card} ${styles[role] ?? ''}`} aria-label={role}>
      <header>
        <Fold open={open} onToggle={() => chat.toggle(key, open)}><b>{role}</b>{message.name && <span> {message.name}</span>}</Fold>
        {item.choice !== undefined && <span>answer {item.choice}</span>}
        {turn && <Facts turn={turn} began={item.began} />}
        <span className={styles.copy}><Copy text={() => texts(message.parts, 'text', 'refusal') || messageMarkdown(message)} title="Copy the message" /></span>
      </header>
      {open ? <Body item={item} /> : <p className={styles.preview}>{preview(message)}</p>}
    </article>
  )
})

/** A call whose answer is no message: vectors, an order, a sound. */
function quiet({ message, turn }: MessageItem): boolean {
  return message.parts.length === 0 && /^(embeddings|image|rerank|speech)$/.test(turn?.kind ?? '')
}

function Body({ item }: { item: MessageItem }): ReactNode {
  const { message, turn, key } = item
  const chat = useChat()
  if (chat.mode === 'json') return <div className={styles.value}><Json value={{ ...message, parts: message.parts.map(withoutBytes) }} /></div>
  return (
    <>
      {message.role === 'system' || message.role === 'developer' ? <Instructions parts={message.parts} name={key} /> : message.parts.map((part, i) => <PartView key={i} part={part} name={`${key}/${i}`} />)}
      {message.parts.length === 0 && !quiet(item) && <Silence turn={turn} />}
      {turn?.error && <p className={styles.failed}><b>{turn.error.type}</b> {turn.error.message}</p>}
    </>
  )
}

/** Why there is nothing to be seen. */
function Silence({ turn }: { turn: Turn | undefined }) {
  if (turn?.error) return null
  return <p className={styles.none}>{turn?.running ? 'no answer yet' : 'not recorded'}</p>
}

function Instructions({ parts, name }: { parts: Part[]; name: string }) {
  const chat = useChat()
  const text = texts(parts, 'text')
  const long = text.length > systemLength || text.split('\n').length > systemLines
  const open = chat.isOpen(`${name}/all`, !long)
  return (
    <>
      <div className={open ? styles.parts : styles.clamped}>{parts.map((part, i) => <PartView key={i} part={part} name={`${name}/${i}`} />)}</div>
      {long && <Fold open={open} onToggle={() => chat.toggle(`${name}/all`, open)}>{open ? 'less' : `all ${text.length.toLocaleString('en')} characters`}</Fold>}
    </>
  )
}

/** Which model, when, how long, how much, and where in the trace. */
function Facts({ turn, began }: { turn: Turn; began: Micros | undefined }) {
  const model = turn.response_model ?? turn.request_model
  const start = turn.start === undefined ? undefined : parseTimestamp(turn.start)
  const after = start !== undefined && began !== undefined && start - began >= 500 ? `+${duration(start - began)}` : undefined
  return (
    <>
      {model && <span>{model}</span>}
      {after && <span title="Asked so long after the beginning">{after}</span>}
      {turn.duration_seconds !== undefined && (
        <span title={turn.ttft_seconds === undefined ? 'Took' : `Took; the first piece came after ${duration(turn.ttft_seconds * 1e6)}`}>{duration(turn.duration_seconds * 1e6)}</span>
      )}
      <Numbers usage={turn.usage} cost={turn.cost} model={model} />
      {unusualFinish(turn.finish).map((reason) => <span key={reason} className={styles.warn}>{finishes[reason] ?? reason}</span>)}
      <Said span={turn.span_id} />
      <SpanLink span={turn.span_id} />
    </>
  )
}

const finishes: Record<string, string> = {
  length: 'cut at the limit of tokens', content_filter: 'stopped by a filter', error: 'ended in an error', pause: 'paused',
}

function withoutBytes(part: Part): Part {
  return part.data === undefined ? part : { ...part, data: `… ${part.data.length} characters of base64` }
}

/** The beginning of a folded message, on one line. */
function preview({ parts }: Message): string {
  const part = parts.find((other) => other.text && other.type !== 'thinking') ?? parts[0]
  if (!part) return ''
  const text = part.text ?? (part.type === 'tool_call' ? `${part.name} ${inline(part.args_raw ?? part.args ?? {})}` : part.type === 'tool_result' ? inline(part.result) : part.type)
  return text.slice(0, 200)
}
