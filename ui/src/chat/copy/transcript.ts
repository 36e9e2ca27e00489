// What was said as one dialogue: what the copies are made of.

import type { Conversation, Message, Part, Turn } from '../../api/conversation'

/**
 * The messages of a conversation from its last beginning on, with the instructions first. Of several answers it is the
 * first that goes on; an answer that was asked for again stands as it came last.
 */
export function transcript(talk: Conversation): Message[] {
  const said: Message[] = []
  for (const turn of talk.turns) {
    if (turn.break === 'new_history') said.length = 0
    if (turn.break === 'asked_again' && said.at(-1)?.role === 'assistant') said.pop()
    said.push(...turn.input, ...turn.output.slice(0, 1))
  }
  const system = systemOf(talk)
  return [...(system.length > 0 ? [{ role: 'system', parts: system }] : []), ...said].map(withoutRuns)
}

/** The instructions that held last. */
function systemOf(talk: Conversation): Part[] {
  return talk.turns.findLast((turn) => turn.system?.length)?.system ?? talk.system ?? []
}

function withoutRuns(message: Message): Message {
  return { ...message, parts: message.parts.map(({ execution: _run, ...part }) => part) }
}

/** The request that the last answer was the answer to. */
export function lastRequest(talk: Conversation): { turn: Turn | undefined; messages: Message[] } {
  const turn = talk.turns.findLast((other) => other.request_model !== undefined || other.response_model !== undefined) ?? talk.turns.at(-1)
  const messages = transcript(talk)
  while (messages.at(-1)?.role === 'assistant') messages.pop()
  return { turn, messages }
}

/** The text of a message's parts of some types. */
export function texts(parts: Part[], ...types: Part['type'][]): string {
  return parts.filter((part) => types.includes(part.type)).map((part) => part.text ?? '').join('\n\n')
}

/** What a tool answered, as text. */
export function resultText(part: Part): string {
  return typeof part.result === 'string' ? part.result : part.result === undefined ? '' : JSON.stringify(part.result)
}

/** Where a part's content lies: its address, or itself as a data URL. */
export function urlOf(part: Part): string | undefined {
  return part.uri ?? (part.data === undefined ? undefined : `data:${part.mime ?? 'application/octet-stream'};base64,${part.data}`)
}
