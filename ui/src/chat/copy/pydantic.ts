import type { Conversation, Message, Part } from '../../api/conversation'
import { transcript } from './transcript'

/** Python that makes PydanticAI's message_history of a conversation. */
export function asPydantic(talk: Conversation): string {
  const writer = new Writer()
  const history = grouped(transcript(talk)).map((messages) => writer.message(messages)).join('')
  const decoder = writer.used.has('BinaryContent') ? 'from base64 import b64decode\n\n' : ''
  return `${decoder}from pydantic_ai.messages import ${[...writer.used].sort().join(', ')}\n\nmessage_history = [\n${history}]\n`
}

/** Requests are what is said between two answers. */
function grouped(messages: Message[]): Message[][] {
  const groups: Message[][] = []
  for (const message of messages) {
    const last = groups.at(-1)
    if (last && message.role !== 'assistant' && last[0]!.role !== 'assistant') last.push(message)
    else groups.push([message])
  }
  return groups
}

const urlClasses: Partial<Record<Part['type'], string>> = { image: 'ImageUrl', audio: 'AudioUrl', video: 'VideoUrl', file: 'DocumentUrl' }

/** Writes calls of PydanticAI's classes, and notes which ones. */
class Writer {
  readonly used = new Set<string>()

  message(messages: Message[]): string {
    const answer = messages[0]!.role === 'assistant'
    const parts = answer ? messages[0]!.parts.map((part) => this.answered(part)) : messages.flatMap((message) => this.asked(message))
    const lines = parts.map((part) => `        ${part},\n`).join('')
    return `    ${this.call(answer ? 'ModelResponse' : 'ModelRequest', { parts: `[\n${lines}    ]` })},\n`
  }

  private call(name: string, args: Record<string, string | undefined>): string {
    this.used.add(name)
    const given = Object.entries(args).filter(([, value]) => value !== undefined)
    return `${name}(${given.map(([key, value]) => `${key}=${value}`).join(', ')})`
  }

  private answered(part: Part): string {
    if (part.type === 'tool_call') return this.call('ToolCallPart', { ...named(part), args: python(part.args_raw ?? part.args ?? {}) })
    const text = part.text ?? JSON.stringify(part.raw ?? part.uri ?? null)
    return this.call(part.type === 'thinking' ? 'ThinkingPart' : 'TextPart', { content: python(text) })
  }

  private asked({ role, parts }: Message): string[] {
    if (role === 'system' || role === 'developer') return parts.map((part) => this.call('SystemPromptPart', { content: python(part.text ?? '') }))
    const results = parts.filter((part) => part.type === 'tool_result').map((part) => this.result(part))
    const said = parts.filter((part) => part.type !== 'tool_result').map((part) => this.content(part))
    if (said.length === 0) return results
    const only = said.length === 1 && parts.at(-1)!.type === 'text'
    return [...results, this.call('UserPromptPart', { content: only ? said[0] : `[${said.join(', ')}]` })]
  }

  private result(part: Part): string {
    if (!part.is_error) return this.call('ToolReturnPart', { ...named(part), content: python(part.result) })
    const text = typeof part.result === 'string' ? part.result : JSON.stringify(part.result ?? null)
    return this.call('RetryPromptPart', { ...named(part), content: python(text) })
  }

  private content(part: Part): string {
    const cls = urlClasses[part.type]
    if (cls && part.data) {
      return this.call('BinaryContent', { data: `b64decode(${python(part.data)})`, media_type: python(part.mime ?? 'application/octet-stream') })
    }
    if (cls && part.uri) return this.call(cls, { url: python(part.uri) })
    return python(part.text ?? JSON.stringify(part.raw ?? null))
  }
}

function named(part: Part): Record<string, string | undefined> {
  return { tool_name: python(part.name ?? ''), tool_call_id: part.id === undefined ? undefined : python(part.id) }
}

/** A JSON value as a Python literal. JSON's escapes in strings are Python's too. */
export function python(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`
  return `{${Object.entries(value).map(([key, child]) => `${JSON.stringify(key)}: ${python(child)}`).join(', ')}}`
}
