import { createContext, useContext } from 'react'
import { Setting } from '../lib/store'

/** How messages are drawn. */
export type Mode = 'markdown' | 'plain' | 'json'

export const modes: readonly [Mode, string][] = [['markdown', 'Markdown'], ['plain', 'Plain'], ['json', 'JSON']]

export const chatMode = new Setting<Mode>('hearth.chatMode', 'markdown')

/** What everything in a conversation can ask for. */
export interface Chat {
  mode: Mode
  /** byDefault holds until somebody folds or unfolds it, or everything. */
  isOpen: (key: string, byDefault: boolean) => boolean
  /** The same for choices that have nothing to do with folding everything. */
  isOn: (key: string, byDefault: boolean) => boolean
  /** Turns what is so now into its opposite. */
  toggle: (key: string, now: boolean) => void
  /** Opens what an agent said, and goes there. */
  showAgent: (span: string) => void
  selectSpan: (span: string) => void
  /** How many annotations a span of this trace has, and the way to them. */
  annotations: ReadonlyMap<string, number>
  showAnnotations: (span: string) => void
}

export const ChatContext = createContext<Chat | undefined>(undefined)

export function useChat(): Chat {
  const chat = useContext(ChatContext)
  if (!chat) throw new Error('outside of a conversation')
  return chat
}
