// A conversation that goes on over several traces, as one that holds a run for each of its parts.

import type { Conversation, Dialogue } from '../api/conversation'
import { literal } from '../api/client'
import { parseTimestamp, type Micros } from '../lib/time'
import { spansOf } from './talks'

/** How long before a part, and after it, the others are looked for. */
const around: Micros = 7 * 86_400_000_000

/** The id under which a conversation goes on elsewhere, and since when others are looked for. */
export function continuation(talk: Conversation | undefined): { id: string; since: Micros; until: Micros } | undefined {
  const id = talk?.conversation_id ?? talk?.session_id
  if (!id || !talk?.start) return undefined
  const at = parseTimestamp(talk.start)
  return { id, since: at - around, until: at + around }
}

/** Counts the traces that have an id, where ids mostly are. */
export function tracesSQL(id: string): string {
  const same = ['gen_ai.conversation.id', 'session.id'].map((key) => `attributes->>${literal(key)} = ${literal(id)}`).join(' OR ')
  return `SELECT count(DISTINCT trace_id) AS traces FROM records WHERE ${same}`
}

/** Instructions that were given before are not told again. */
export function asConversation(said: Dialogue): Conversation {
  const { runs, ...whole } = said
  const system = runs.map((run) => JSON.stringify(run.system))
  const agents = runs.map(({ system: own, ...run }, i) => (own && system[i] !== system[i - 1] ? { ...run, system: own } : run))
  return { ...whole, trace_id: '', kind: 'dialogue', turns: [], tools: [], errors: [], agents, dialects: null, truncated: false, content_missing: false }
}

/** The trace in which a span of a dialogue is; undefined for one that it does not tell of. */
export function traceOf(talk: Conversation, span: string): string | undefined {
  return talk.agents.find((run) => run.span_id === span || toldIn(run).includes(span))?.trace_id
}

function toldIn(run: Conversation): string[] {
  const calls = [run, ...run.agents].flatMap((one) => one.turns).flatMap((turn) => turn.output).flatMap((message) => message.parts)
  return [...spansOf(run), ...run.errors.map((failure) => failure.span_id), ...calls.flatMap((part) => part.execution?.span_id ?? [])]
}

/** A dialogue as one run, for copies: what was said, one after the other. */
export function joined(talk: Conversation): Conversation {
  const last = talk.agents.at(-1)
  if (talk.kind !== 'dialogue' || !last) return talk
  const system = talk.agents.findLast((run) => run.system)?.system
  return { ...last, ...(system ? { system } : {}), turns: talk.agents.flatMap((run) => run.turns) }
}
