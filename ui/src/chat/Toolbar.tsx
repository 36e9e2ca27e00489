import { ArrowDownToLine, ChevronDown, ChevronsDownUp, ChevronsUpDown, ChevronUp, Copy as CopyIcon, Search } from 'lucide-react'
import { useRef } from 'react'
import type { Conversation } from '../api/conversation'
import { copyText } from '../ui/Copy'
import { Action, Popover } from '../ui/Menu'
import { chatMode, modes } from './context'
import { asCurl } from './copy/curl'
import { asMarkdown } from './copy/markdown'
import { openaiMessages } from './copy/openai'
import { asPydantic } from './copy/pydantic'
import { transcript } from './copy/transcript'
import styles from './Conversation.module.css'

interface Props {
  talk: Conversation
  words: string
  onWords: (words: string) => void
  /** How many places were found, and which one is shown, from 1. */
  hits: number
  hit: number
  onHit: (step: 1 | -1) => void
  folded: boolean
  onFoldAll: () => void
  onLast: () => void
}

export function Toolbar(props: Props) {
  const mode = chatMode.use()
  return (
    <div className={styles.toolbar} role="toolbar" aria-label="Conversation">
      <Find {...props} />
      <button type="button" className={styles.tool} title={props.folded ? 'Unfold all (X)' : 'Fold all (X)'} aria-label={props.folded ? 'Unfold all' : 'Fold all'} onClick={props.onFoldAll}>
        {props.folded ? <ChevronsUpDown size={14} /> : <ChevronsDownUp size={14} />}
      </button>
      <div className={styles.modes} role="radiogroup" aria-label="How messages are shown">
        {modes.map(([name, label]) => <button key={name} type="button" role="radio" aria-checked={mode === name} onClick={() => chatMode.set(name)}>{label}</button>)}
      </div>
      <button type="button" className={styles.tool} title="To the last message" aria-label="To the last message" onClick={props.onLast}><ArrowDownToLine size={14} /></button>
      <CopyMenu talk={props.talk} />
    </div>
  )
}

function Find({ words, onWords, hits, hit, onHit }: Props) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <search className={styles.find}>
      <Search size={13} />
      <input
        ref={input} type="text" value={words} placeholder="find…" aria-label="Find in the conversation" spellCheck={false} onChange={(event) => onWords(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onHit(event.shiftKey ? -1 : 1)
          if (event.key !== 'Escape') return
          event.stopPropagation()
          if (words) onWords('')
          else input.current?.blur()
        }}
      />
      {words.trim() !== '' && (
        <>
          <span role="status">{hits === 0 ? 'none' : `${hit}/${hits.toLocaleString('en')}`}</span>
          <button type="button" title="Previous (Shift Enter)" aria-label="Previous hit" disabled={hits === 0} onClick={() => onHit(-1)}><ChevronUp size={13} /></button>
          <button type="button" title="Next (Enter)" aria-label="Next hit" disabled={hits === 0} onClick={() => onHit(1)}><ChevronDown size={13} /></button>
        </>
      )}
    </search>
  )
}

const copies: readonly [label: string, hint: string, make: (talk: Conversation) => string][] = [
  ['Copy as Markdown', '', asMarkdown],
  ['Copy as OpenAI messages', 'JSON', (talk) => JSON.stringify(openaiMessages(transcript(talk)), null, 2)],
  ['Copy as message_history', 'PydanticAI', asPydantic],
  ['Copy as curl', 'without the key', asCurl],
]

function CopyMenu({ talk }: { talk: Conversation }) {
  return (
    <Popover label={<CopyIcon size={14} />} title="Copy the conversation" className={styles.tool} align="end">
      {(close) => copies.map(([label, hint, make]) => (
        <Action key={label} hint={hint} onChoose={() => { close(); void copyText(make(talk)) }}>{label}</Action>
      ))}
    </Popover>
  )
}
