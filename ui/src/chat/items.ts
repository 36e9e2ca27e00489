// A conversation as a list: what is drawn one below the other.

import type { Conversation, Failure, Message, Part, ToolRun, Turn, Wait } from '../api/conversation'
import { parseTimestamp, type Micros } from '../lib/time'

interface Base {
  /** The same while the conversation grows. */
  key: string
  /** How many agents it is inside of. */
  depth: number
  /** The keys of the folds that it is inside of, outermost first. */
  within: readonly string[]
}

export interface MessageItem extends Base {
  kind: 'message'
  message: Message
  /** The call that answered so; inputs have none. */
  turn?: Turn
  /** Which of several answers, from 1. */
  choice?: number
  /** When the run began. */
  began?: Micros | undefined
}

export interface EarlierItem extends Base {
  kind: 'earlier'
  count: number
  open: boolean
}

export interface AgentItem extends Base {
  kind: 'agent'
  talk: Conversation
  /** The tool in whose call it ran. */
  tool?: string
  /** It is a trace's part of a conversation over several. */
  part?: boolean
  open: boolean
}

export interface BreakItem extends Base {
  kind: 'break'
  why: NonNullable<Turn['break']>
}

export interface RanItem extends Base {
  kind: 'ran'
  run: ToolRun
}

export interface WaitingItem extends Base {
  kind: 'waiting'
  wait: Wait
}

export interface FailureItem extends Base {
  kind: 'failure'
  failure: Failure
}

export type Item = MessageItem | EarlierItem | AgentItem | BreakItem | RanItem | WaitingItem | FailureItem

/** Tells whether a fold is open; byDefault holds until somebody touched it. */
export type IsOpen = (key: string, byDefault: boolean) => boolean

export const everythingOpen: IsOpen = () => true

/** Lists a conversation, with those of the agents below it where their folds are open. */
export function itemsOf(talk: Conversation, isOpen: IsOpen): Item[] {
  const lister = new Lister(isOpen)
  lister.conversation(talk, '', 0, [])
  return lister.items
}

function at(start: string | undefined): Micros | undefined {
  return start === undefined ? undefined : parseTimestamp(start)
}

class Lister {
  readonly items: Item[] = []

  constructor(private readonly isOpen: IsOpen) {}

  conversation(talk: Conversation, path: string, depth: number, within: readonly string[]): void {
    const beside = besideCalls(talk)
    const began = at(talk.start)
    const base = (key: string): Base => ({ key: path + key, depth, within })
    const loose = looseParts(talk)
    const told = new Set<string>()
    if (talk.system?.length) this.items.push({ kind: 'message', ...base('system'), message: { role: 'system', parts: talk.system } })
    talk.turns.forEach((turn, i) => {
      const key = `${i}/`
      for (const part of loose.filter((other) => other.after === i)) this.loose(part, path, depth, within)
      if (turn.break) this.items.push({ kind: 'break', ...base(`${key}break`), why: turn.break })
      if (turn.system?.length) this.items.push({ kind: 'message', ...base(`${key}system`), message: { role: 'system', parts: turn.system } })
      this.input(turn, beside, base, key)
      this.output(turn, base, key, began)
      for (const { agent, tool } of agentsOf(turn, talk)) this.agent(agent, tool, path, depth, within)
      if (turn.error) told.add(turn.span_id)
    })
    for (const part of loose.filter((other) => other.after >= talk.turns.length)) this.loose(part, path, depth, within, talk.kind === 'dialogue')
    for (const span of spansOfCalls(talk)) told.add(span)
    const untold = talk.errors.filter((failure) => !told.has(failure.span_id))
    untold.forEach((failure, i) => this.items.push({ kind: 'failure', ...base(`failure/${i}`), failure }))
    talk.waiting?.forEach((wait, i) => this.items.push({ kind: 'waiting', ...base(`waiting/${i}`), wait }))
  }

  private input(turn: Turn, beside: Set<string>, base: (key: string) => Base, key: string): void {
    const earlier = turn.earlier ?? 0
    const fold = base(`${key}earlier`)
    const open = earlier > 0 && this.isOpen(fold.key, false)
    if (earlier > 0) this.items.push({ kind: 'earlier', ...fold, count: earlier, open })
    turn.input.forEach((whole, i) => {
      const parts = whole.parts.filter((part) => part.type !== 'tool_result' || !beside.has(part.id ?? resultKey(part.name, part.result)))
      if ((i < earlier && !open) || (parts.length === 0 && whole.parts.length > 0)) return
      const own = base(`${key}in/${i}`)
      this.items.push({ kind: 'message', ...own, message: { ...whole, parts }, ...(i < earlier ? { within: [...own.within, fold.key] } : {}) })
    })
  }

  private output(turn: Turn, base: (key: string) => Base, key: string, began: Micros | undefined): void {
    const answers = turn.output.length > 0 || (turn.running && !turn.error) || turn.kind === 'agent' || turn.kind === 'workflow' ? turn.output : [{ role: 'assistant', parts: [] }]
    answers.forEach((message, i) => {
      this.items.push({ kind: 'message', ...base(`${key}out/${i}`), message, turn, began, ...(answers.length > 1 ? { choice: i + 1 } : {}) })
    })
  }

  private loose(part: Loose, path: string, depth: number, within: readonly string[], opens = false): void {
    if ('turns' in part.what) this.agent(part.what, undefined, path, depth, within, opens)
    else this.items.push({ kind: 'ran', key: `${path}ran/${part.n}`, depth, within, run: part.what })
  }

  /** opens: it is a part of a conversation over several traces, and told as long as nobody folds it. */
  private agent(talk: Conversation, tool: string | undefined, path: string, depth: number, within: readonly string[], opens = false): void {
    const key = `${path}${talk.span_id ?? 'agent'}/`
    const open = this.isOpen(key, opens)
    this.items.push({ kind: 'agent', key, depth, within, talk, open, ...(opens ? { part: true } : {}), ...(tool === undefined ? {} : { tool }) })
    if (open) this.conversation(talk, key, depth + 1, [...within, key])
  }
}

/** How a result is known by what it holds, where it has no id. */
function resultKey(name: string | undefined, result: unknown): string {
  return `${name ?? ''} ${JSON.stringify(result)}`
}

export function partsOf(talk: Conversation): Part[] {
  return talk.turns.flatMap((turn) => [...turn.input, ...turn.output]).flatMap((message) => message.parts)
}

/** The results that stand beside their calls, and need not be shown again where they go back to the model. */
function besideCalls(talk: Conversation): Set<string> {
  const answered = partsOf(talk).filter((part) => part.type === 'tool_call' && part.execution?.result !== undefined)
  return new Set(answered.flatMap((call) => [...(call.id === undefined ? [] : [call.id]), resultKey(call.name, call.execution!.result)]))
}

function spansOfCalls(talk: Conversation): string[] {
  const spans = [...partsOf(talk).map((part) => part.execution), ...(talk.ran ?? [])].filter((run) => run?.is_error || run?.error_type)
  return spans.flatMap((run) => run?.span_id ?? [])
}

/** The agents that ran in the calls of a turn, with the tool that was called. */
function agentsOf(turn: Turn, talk: Conversation): { agent: Conversation; tool: string | undefined }[] {
  const calls = turn.output.flatMap((message) => message.parts).filter((part) => part.execution?.agents?.length)
  return calls.flatMap((call) =>
    call.execution!.agents!.flatMap((span) => {
      const agent = talk.agents.find((other) => other.span_id === span)
      return agent ? [{ agent, tool: call.name }] : []
    }),
  )
}

/** An agent or an execution that belongs to no call. */
interface Loose {
  what: Conversation | ToolRun
  n: number
  /** How many turns come before it. */
  after: number
}

function looseParts(talk: Conversation): Loose[] {
  const called = new Set(talk.turns.flatMap((turn) => agentsOf(turn, talk)).map(({ agent }) => agent))
  const agents = talk.agents.filter((agent) => !called.has(agent))
  return [...agents, ...(talk.ran ?? [])].map((what, n) => ({ what, n, after: what.after_turns ?? 0 }))
}
