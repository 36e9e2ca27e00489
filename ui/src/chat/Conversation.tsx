import { TriangleAlert } from 'lucide-react'
import { useEffect, useMemo, useRef, type ReactNode } from 'react'
import type { Conversation as Talk } from '../api/conversation'
import { useKeys } from '../lib/keys'
import { joined } from './dialogue'
import { ChatContext, chatMode, type Chat } from './context'
import { everythingOpen, itemsOf } from './items'
import { Sum } from './ItemView'
import { List } from './List'
import { Said } from './Said'
import { Silent } from './Silent'
import { Toolbar } from './Toolbar'
import { itemOfSpan, neighbour, useTalk } from './useTalk'
import { warningsOf } from './numbers'
import styles from './Conversation.module.css'

export interface ConversationProps {
  project: string
  talk: Talk
  /** The span that is selected in the trace. */
  selected: string
  /** Chooses between the span and the run around it, where there is one. */
  scope: ReactNode
  /** How many annotations the spans of the trace have. */
  annotations: ReadonlyMap<string, number>
  onSelect: (span: string) => void
  onAnnotations: (span: string) => void
  onTools: () => void
  /** Goes to the previous or the next run of the agent. */
  onRun: (step: 1 | -1) => void
}

/** What was said in and below a span. */
export function Conversation(props: ConversationProps) {
  const { talk, selected } = props
  const root = useRef<HTMLElement>(null)
  const first = useRef<string>(undefined)
  const mode = chatMode.use()
  const state = useTalk(talk)
  const { items, current, goTo } = state
  const chat = useMemo<Chat>(() => ({
    mode, isOpen: state.open, isOn: state.on, toggle: state.toggle, selectSpan: props.onSelect, annotations: props.annotations, showAnnotations: props.onAnnotations,
    showAgent: (span) => {
      const agent = itemsOf(talk, everythingOpen).find((item) => item.kind === 'agent' && item.talk.span_id === span)
      if (agent) goTo(agent.key, [...agent.within, agent.key])
    },
  }), [mode, state.open, state.on, state.toggle, props.onSelect, props.annotations, props.onAnnotations, talk])
  const move = (step: 1 | -1) => {
    const item = neighbour(items, current, first.current, step)
    if (item) goTo(item.key)
  }
  const fold = () => {
    const item = items.find((other) => other.key === (current ?? first.current))
    if (item) state.toggle(item.key, state.open(item.key, item.kind === 'message'))
  }
  useKeys('Conversation', [
    { keys: ['j'], label: 'Next message', run: () => move(1) },
    { keys: ['k'], label: 'Previous message', run: () => move(-1) },
    { keys: ['x'], label: 'Fold the message', run: fold },
    { keys: ['X'], label: 'Fold all', run: state.foldAll },
    { keys: ['J'], label: 'As JSON, and back', run: () => chatMode.set(mode === 'json' ? 'markdown' : 'json') },
    { keys: ['t'], label: 'Tools', run: props.onTools },
    { keys: ['['], label: 'Previous run of the agent', run: () => props.onRun(-1) },
    { keys: [']'], label: 'Next run of the agent', run: () => props.onRun(1) },
  ], root)
  useEffect(() => {
    if (selected === talk.span_id) return
    const item = itemOfSpan(itemsOf(talk, everythingOpen), selected)
    if (item) goTo(item.key, item.within)
  }, [selected, talk.span_id])
  if (items.length === 0) return <Silent project={props.project} talk={talk} span={selected} />
  return (
    <ChatContext value={chat}>
      <section ref={root} tabIndex={-1} className={styles.talk} aria-label="Conversation">
        <Toolbar
          talk={joined(talk)} words={state.words} onWords={state.look} hits={state.hits} hit={state.hit} onHit={state.step}
          folded={state.folded} onFoldAll={state.foldAll} onLast={() => goTo(items.at(-1)!.key)}
        />
        <Head talk={talk} scope={props.scope} />
        <List items={items} current={current} target={state.target} words={state.words} onFirst={(key) => { first.current = key }} />
      </section>
    </ChatContext>
  )
}

function Head({ talk, scope }: { talk: Talk; scope: ReactNode }) {
  return (
    <>
      <div className={styles.head}>
        <span>{talk.kind === 'agent' ? 'agent run' : talk.kind === 'chat' ? 'model call' : talk.kind === 'tool' ? 'tool' : 'conversation'}</span>
        {talk.agent?.name && <b>{talk.agent.name}</b>}
        <Sum talk={talk} />
        {talk.kind === 'agent' && talk.span_id && <Said span={talk.span_id} />}
        {talk.running && <span className={styles.running}>running</span>}
        {scope && <span className={styles.scope}>{scope}</span>}
      </div>
      {warningsOf(talk).map((warning) => <p key={warning} className={styles.warning} role="note"><TriangleAlert size={13} />{warning}</p>)}
    </>
  )
}
