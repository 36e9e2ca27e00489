import type { Conversation } from '../api/conversation'
import type { Row } from '../api/record'

/** The records that are calls of models or runs of agents by what they say of themselves, and everything above them. */
export function talking(rows: Row[]): Set<string> {
  return withAbove(rows, rows.filter((row) => row.operation !== undefined).map((row) => row.span))
}

/** The records that a conversation tells of, and everything above them. */
export function talkingIn(talk: Conversation, rows: Row[]): Set<string> {
  return withAbove(rows, spansOf(talk))
}

function withAbove(rows: Row[], spans: string[]): Set<string> {
  const bySpan = new Map(rows.map((row) => [row.span, row]))
  const found = new Set<string>()
  for (const span of spans) {
    for (let at = bySpan.get(span); at && !found.has(at.span); at = bySpan.get(at.parent ?? '')) found.add(at.span)
  }
  return found
}

/** The model calls and the agents' runs of a conversation. */
export function spansOf(talk: Conversation): string[] {
  const own = talk.kind === 'agent' && talk.span_id !== undefined ? [talk.span_id] : []
  return [...own, ...talk.turns.map((turn) => turn.span_id), ...talk.agents.flatMap(spansOf)]
}
