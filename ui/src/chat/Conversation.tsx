import { useQuery } from '@tanstack/react-query'
import { Wrench } from 'lucide-react'
import type { ReactNode } from 'react'
import { conversation, type ApiError } from '../api/client'
import type { Conversation as Talk, Cost, Message, Part, Turn, Usage } from '../api/conversation'
import { duration } from '../lib/time'
import { Copy } from '../ui/Copy'
import { Json } from '../ui/Json'
import styles from './Conversation.module.css'

interface Props {
  project: string
  trace: string
  span: string
  /** How many records of the trace are known: with more of them there may be more to tell. */
  records: number
  /** Something of the trace has not ended. */
  running: boolean
  onSelect: (span: string) => void
}

/** What was said below a span: its model calls in turns, with tools' results beside their calls. */
export function Conversation(props: Props) {
  const talk = useQuery<Talk, ApiError>({
    queryKey: ['conversation', props.project, props.trace, props.span, props.records],
    placeholderData: (old, query) => (query?.queryKey[3] === props.span ? old : undefined),
    retry: (failures, error) => failures < 3 && (error.status === 404 || error.status === 0),
    retryDelay: 600,
    queryFn: ({ signal }) => conversation(props.project, props.trace, props.span, signal),
    refetchInterval: props.running ? 1500 : false,
  })
  if (talk.error) return <p role="alert">{talk.error.message}</p>
  if (!talk.data) return null
  return <TalkView talk={talk.data} onSelect={props.onSelect} />
}

/** A conversation, and below it those of the agents that it called. */
function TalkView({ talk, onSelect }: { talk: Talk; onSelect: (span: string) => void }) {
  const { system, turns, errors, agent, models, calls, agents } = talk
  // A result that stands beside its call need not be shown again where it goes back to the model.
  const shown = new Set(turns.flatMap((t) => t.output ?? []).flatMap((m) => m.parts).filter((p) => p.execution?.result !== undefined).map((p) => p.id))
  if (turns.length === 0 && !agents?.length) return <p className={styles.none}>No messages were recorded here. Content capture may be off.</p>
  return (
    <div className={styles.talk}>
      <div className={styles.sum}>
        {agent?.name && <b>{agent.name}</b>}
        <span>{models?.join(', ')}</span>
        <span>{calls} model call{calls !== 1 && 's'}</span>
        {talk.usage && <Tokens usage={talk.usage} />}
        {talk.cost && <Price cost={talk.cost} />}
        {errors && errors.length > 0 && <span className={styles.bad}>{errors.length} error{errors.length > 1 && 's'}</span>}
      </div>
      {system && system.length > 0 && <Card role="system" parts={system} onSelect={onSelect} />}
      {turns.map((turn) => <TurnView key={turn.span_id} turn={turn} shown={shown} onSelect={onSelect} />)}
      {agents?.map((below, i) => (
        <details key={below.span_id ?? i} className={styles.agent}>
          <summary>Agent {below.agent?.name ?? ''} · {below.turns.length} turn{below.turns.length !== 1 && 's'}</summary>
          <TalkView talk={below} onSelect={onSelect} />
        </details>
      ))}
    </div>
  )
}

function Price({ cost }: { cost: Cost }) {
  if (cost.total === undefined) return null
  const dollars = cost.total / 1e9
  return <span title={`Cost, ${cost.source}`}>${dollars < 0.01 ? dollars.toPrecision(2) : dollars.toFixed(dollars < 1 ? 4 : 2)}</span>
}

function Tokens({ usage }: { usage: Usage }) {
  return <span title="Tokens in and out">↗{usage.input ?? 0} ↙{usage.output ?? 0}</span>
}

function TurnView({ turn, shown, onSelect }: { turn: Turn; shown: Set<string | undefined>; onSelect: (span: string) => void }) {
  const facts = (
    <>
      <span>{turn.response_model ?? turn.request_model}</span>
      {turn.duration_seconds !== undefined && <span>{duration(turn.duration_seconds * 1_000_000)}</span>}
      {turn.usage && <Tokens usage={turn.usage} />}
      {turn.cost && <Price cost={turn.cost} />}
      <button type="button" className={styles.link} onClick={() => onSelect(turn.span_id)}>span</button>
    </>
  )
  const input = (turn.input ?? []).map((m) => ({ ...m, parts: m.parts.filter((p) => p.type !== 'tool_result' || p.id === undefined || !shown.has(p.id)) })).filter((m) => m.parts.length > 0)
  return (
    <>
      {turn.system && turn.system.length > 0 && <Card role="system" parts={turn.system} onSelect={onSelect} />}
      {input.map((message, i) => <Card key={i} role={message.role} parts={message.parts} onSelect={onSelect} />)}
      {(turn.output ?? []).map((message: Message, i) => <Card key={i} role={message.role} parts={message.parts} facts={facts} onSelect={onSelect} />)}
      {(turn.output ?? []).length === 0 && <div className={styles.facts}>{facts}</div>}
      {turn.error && <div className={styles.bad}>{turn.error.type} {turn.error.message}</div>}
    </>
  )
}

function Card(props: { role: string; parts: Part[]; facts?: ReactNode; onSelect: (span: string) => void }) {
  const plain = props.parts.map((part) => part.text ?? '').filter(Boolean).join('\n\n')
  return (
    <article className={`${styles.card} ${styles[props.role] ?? ''}`} aria-label={props.role}>
      <header><b>{props.role}</b>{props.facts}{plain && <span className={styles.copy}><Copy text={plain} title="Copy the message" /></span>}</header>
      {props.parts.map((part, i) => <PartView key={i} part={part} onSelect={props.onSelect} />)}
    </article>
  )
}

function PartView({ part, onSelect }: { part: Part; onSelect: (span: string) => void }) {
  if (part.content_missing) return <p className={styles.none}>{part.type}: not recorded</p>
  switch (part.type) {
    case 'text':
    case 'refusal':
      return <div className={styles.text}>{part.text}</div>
    case 'thinking':
      return <details className={styles.thinking}><summary>Thinking{part.text && ` · ${part.text.length.toLocaleString('en')} characters`}</summary><div className={styles.text}>{part.redacted ? 'Withheld by the provider.' : part.text}</div></details>
    case 'tool_call':
      return <Call part={part} onSelect={onSelect} />
    case 'tool_result':
      return <div className={styles.result}><Json value={part.result} depth={1} /></div>
  }
  const { data: _data, ...rest } = part
  return <div className={styles.result}><Json value={rest} depth={1} /></div>
}

function Call({ part, onSelect }: { part: Part; onSelect: (span: string) => void }) {
  const run = part.execution
  return (
    <div className={styles.call}>
      <div className={styles.facts}>
        <Wrench size={13} /><b>{part.name}</b>
        {run?.duration_seconds !== undefined && <span>{duration(run.duration_seconds * 1_000_000)}</span>}
        {run?.is_error && <span className={styles.bad}>{run.error_type?.split('.').at(-1) ?? 'failed'}</span>}
        {run?.span_id && <button type="button" className={styles.link} onClick={() => onSelect(run.span_id!)}>span</button>}
      </div>
      <div className={styles.value}><Json value={part.args ?? part.args_raw ?? {}} depth={1} /></div>
      {run && run.result !== undefined && <div className={styles.value}><span className={styles.arrow}>→ </span><Json value={run.result} depth={1} /></div>}
    </div>
  )
}
