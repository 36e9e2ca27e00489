import type { Conversation, Message, Part } from '../../api/conversation'
import { transcript } from './transcript'

/** The whole conversation as Markdown, for notes and tickets. */
export function asMarkdown(talk: Conversation): string {
  const name = talk.agent?.name ?? talk.models[0] ?? 'Conversation'
  return [`# ${name}`, ...transcript(talk).map(messageMarkdown)].join('\n\n') + '\n'
}

export function messageMarkdown(message: Message): string {
  return [`## ${message.role}`, ...message.parts.map(partMarkdown)].filter(Boolean).join('\n\n')
}

function partMarkdown(part: Part): string {
  if (part.content_missing && part.type !== 'tool_call') return `*${part.type}: not recorded*`
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text ?? ''
    case 'thinking':
      return `> ${(part.redacted ? 'Withheld by the provider.' : (part.text ?? '')).replaceAll('\n', '\n> ')}`
    case 'tool_call':
      return `**${part.name ?? 'tool'}**${part.id ? ` (${part.id})` : ''}\n\n${fenced(part.args_raw ?? part.args ?? {})}`
    case 'tool_result':
      return `**${part.name ?? 'tool'}** → ${part.is_error ? 'error' : ''}\n\n${fenced(part.result ?? null)}`
    case 'json':
    case 'unknown':
      return fenced(part.raw ?? null)
  }
  return `*${part.type}${part.uri ? `: ${part.uri}` : part.mime ? `: ${part.mime}` : ''}*`
}

/** A block that its content cannot end. */
function fenced(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((ticks) => ticks[0].length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${typeof value === 'string' ? '' : 'json'}\n${text}\n${fence}`
}
