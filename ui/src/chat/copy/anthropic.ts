import type { Message, Part, ToolUse } from '../../api/conversation'
import { resultText, texts } from './transcript'

type Json = Record<string, unknown>

/** Messages as Anthropic's Messages API takes them: instructions apart, sides in turn, results on the user's side. */
export function anthropicMessages(messages: Message[]): { system?: string; messages: Json[] } {
  const instructions = messages.filter((message) => message.role === 'system' || message.role === 'developer').map((message) => texts(message.parts, 'text'))
  const turns: { role: string; content: Json[] }[] = []
  for (const message of messages) {
    if (message.role === 'system' || message.role === 'developer') continue
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    const blocks = message.parts.flatMap(block)
    if (turns.at(-1)?.role === role) turns.at(-1)!.content.push(...blocks)
    else if (blocks.length > 0) turns.push({ role, content: blocks })
  }
  return { ...(instructions.length > 0 ? { system: instructions.join('\n\n') } : {}), messages: turns }
}

function block(part: Part): Json[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: part.text ?? '' }]
    case 'thinking':
      return [] // without its signature it would be refused
    case 'tool_call':
      return [{ type: 'tool_use', id: part.id ?? '', name: part.name ?? '', input: part.args ?? {} }]
    case 'tool_result':
      return [{ type: 'tool_result', tool_use_id: part.id ?? '', content: resultText(part), ...(part.is_error ? { is_error: true } : {}) }]
    case 'image':
    case 'file': {
      const source = part.data ? { type: 'base64', media_type: part.mime ?? 'application/octet-stream', data: part.data } : part.uri ? { type: 'url', url: part.uri } : undefined
      return source ? [{ type: part.type === 'image' ? 'image' : 'document', source }] : []
    }
  }
  return [{ type: 'text', text: JSON.stringify(part.raw ?? part.transcript ?? null) }]
}

export function anthropicTools(tools: ToolUse[]): Json[] {
  return tools.filter((tool) => tool.offered && (tool.type ?? 'function') === 'function').map((tool) => ({
    name: tool.name ?? '', ...(tool.description ? { description: tool.description } : {}), input_schema: tool.schema ?? { type: 'object', properties: {} },
  }))
}
