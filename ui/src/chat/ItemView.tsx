import { Bot, Hourglass } from 'lucide-react'
import { memo } from 'react'
import type { Conversation, Wait } from '../api/conversation'
import { duration } from '../lib/time'
import { useZone } from '../place'
import { Moment } from '../ui/Moment'
import { useChat } from './context'
import { Fold } from './Fold'
import type { AgentItem, BreakItem, EarlierItem, FailureItem, Item, RanItem } from './items'
import { MessageView } from './MessageView'
import { Numbers } from './Numbers'
import { callsOf, plural } from './numbers'
import { Said } from './Said'
import { SpanLink } from './SpanLink'
import { ToolCall } from './ToolCall'
import { Waited } from './Waited'
import styles from './Message.module.css'

/** One thing in the list of a conversation. */
export const ItemView = memo(function ItemView({ item }: { item: Item }) {
  switch (item.kind) {
    case 'message':
      return <MessageView item={item} />
    case 'earlier':
      return <Earlier item={item} />
    case 'agent':
      return <Agent item={item} />
    case 'break':
      return <Break item={item} />
    case 'ran':
      return <Ran item={item} />
    case 'waiting':
      return <Waiting wait={item.wait} />
    case 'failure':
      return <Failed item={item} />
  }
})

function Earlier({ item }: { item: EarlierItem }) {
  const chat = useChat()
  return <div className={styles.earlier}><Fold open={item.open} onToggle={() => chat.toggle(item.key, item.open)}>{plural(item.count, 'earlier message')}</Fold></div>
}

/** An agent that ran below, as one line; its conversation follows when it is open. */
function Agent({ item: { talk, tool, part, open, key } }: { item: AgentItem }) {
  const chat = useChat()
  const zone = useZone()
  return (
    <section className={styles.agent} aria-label={`Agent ${talk.agent?.name ?? ''}`}>
      <Fold open={open} onToggle={() => chat.toggle(key, open)}><Bot size={14} /><b>{talk.agent?.name || 'agent'}</b></Fold>
      {tool && <span>in {tool}</span>}
      {part && talk.start && <Moment at={talk.start} zone={zone} />}
      <Sum talk={talk} />
      {talk.span_id && <Said span={talk.span_id} />}
      {talk.span_id && <SpanLink span={talk.span_id} />}
    </section>
  )
}

/** The facts of a whole conversation. */
export function Sum({ talk }: { talk: Conversation }) {
  const turns = talk.turns.filter((turn) => turn.kind !== 'agent' && turn.kind !== 'workflow').length
  const calls = callsOf(talk.tools)
  return (
    <>
      {talk.models.length > 0 && <span>{talk.models.join(', ')}</span>}
      {talk.duration_seconds !== undefined && <span>{duration(talk.duration_seconds * 1e6)}</span>}
      <Numbers usage={talk.usage} cost={talk.cost} unpriced={talk.unpriced_calls} />
      {turns > 0 && <span>{plural(turns, 'turn')}</span>}
      {calls > 0 && <span>{plural(calls, 'tool call')}</span>}
      {talk.errors.length > 0 && <span className={styles.bad}>{plural(talk.errors.length, 'error')}</span>}
    </>
  )
}

const breaks: Record<BreakItem['why'], string> = {
  new_history: 'Here a new history begins.',
  history_changed: 'The history is not what was said before: it was shortened or edited.',
  asked_again: 'The same was asked again: a retry, or one of several tries.',
}

function Break({ item }: { item: BreakItem }) {
  return <div className={styles.break} role="note"><span>{breaks[item.why]}</span></div>
}

/** A tool that ran although no message asks for it. */
function Ran({ item: { run, key } }: { item: RanItem }) {
  return (
    <article className={`${styles.card} ${styles.tool}`} aria-label="tool">
      <ToolCall part={{ type: 'tool_call', ...(run.name === undefined ? {} : { name: run.name }), args: run.args, execution: run }} name={key} />
    </article>
  )
}

function Waiting({ wait }: { wait: Wait }) {
  const what = wait.kind === 'tool' ? `the tool ${wait.name ?? ''}` : wait.kind === 'agent' ? `the agent ${wait.name ?? ''}` : 'the model'
  return <p className={styles.wait} role="status"><Hourglass size={13} /><span>waiting for {what}<Waited since={wait.since} /></span></p>
}

function Failed({ item: { failure } }: { item: FailureItem }) {
  return (
    <div className={styles.failed} role="note">
      <b>{failure.type ?? 'error'}</b> {failure.message} <span className={styles.where}>in {failure.name ?? failure.kind} <SpanLink span={failure.span_id} /></span>
    </div>
  )
}
