import type { Conversation, Execution, Part, ToolUse } from '../api/conversation'
import { partsOf } from './items'

export interface ToolCall {
  args: unknown
  /** Missing while nothing is known of what came of it. */
  run: Execution | undefined
}

export interface Tool extends ToolUse {
  made: ToolCall[]
  /** It was called although the model had been told of others only. */
  unknown: boolean
}

/** The tools of a conversation, with their calls. */
export function toolsOf(talk: Conversation): Tool[] {
  const made = new Map<string, ToolCall[]>()
  const add = (name: string | undefined, call: ToolCall) => {
    const calls = made.get(name ?? '')
    if (calls) calls.push(call)
    else made.set(name ?? '', [call])
  }
  for (const part of partsOf(talk)) if (part.type === 'tool_call') add(part.name, { args: argsOf(part), run: part.execution })
  for (const run of talk.ran ?? []) add(run.name, { args: run.args, run })
  const told = talk.tools.some((tool) => tool.offered)
  return talk.tools.map((tool) => ({ ...tool, made: made.get(tool.name ?? '') ?? [], unknown: told && !tool.offered }))
}

export function argsOf(part: Part): unknown {
  return part.args_raw ?? part.args
}
