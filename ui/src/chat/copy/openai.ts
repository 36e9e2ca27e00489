import type { Message, Part, ToolUse } from '../../api/conversation'
import { resultText, texts, urlOf } from './transcript'

type Json = Record<string, unknown>

/** Messages as OpenAI's Chat Completions takes them. */
export function openaiMessages(messages: Message[]): Json[] {
  return messages.flatMap(openaiMessage)
}

function openaiMessage({ role, name, parts }: Message): Json[] {
  const results = parts.filter((part) => part.type === 'tool_result').map((part) => ({ role: 'tool', tool_call_id: part.id ?? '', content: resultText(part) }))
  const rest = parts.filter((part) => part.type !== 'tool_result')
  if (rest.length === 0) return results
  const message = role === 'assistant' ? assistant(rest) : { role: role === 'tool' ? 'user' : role, ...(name ? { name } : {}), content: content(rest) }
  return [...results, message]
}

function assistant(parts: Part[]): Json {
  const text = texts(parts, 'text')
  const refusal = texts(parts, 'refusal')
  const calls = parts.filter((part) => part.type === 'tool_call').map((part) => ({
    id: part.id ?? '', type: 'function', function: { name: part.name ?? '', arguments: part.args_raw ?? JSON.stringify(part.args ?? {}) },
  }))
  return { role: 'assistant', content: text || null, ...(refusal ? { refusal } : {}), ...(calls.length > 0 ? { tool_calls: calls } : {}) }
}

/** Text alone is a string; with pictures and the like it is a list. */
function content(parts: Part[]): string | Json[] {
  if (parts.every((part) => part.type === 'text')) return texts(parts, 'text')
  return parts.flatMap((part): Json[] => {
    const url = urlOf(part)
    if (part.type === 'text') return [{ type: 'text', text: part.text ?? '' }]
    if (part.type === 'image' && url) return [{ type: 'image_url', image_url: { url } }]
    if (part.type === 'audio' && part.data) return [{ type: 'input_audio', input_audio: { data: part.data, format: part.mime?.split('/').at(-1) ?? 'wav' } }]
    if (part.file_id) return [{ type: 'file', file: { file_id: part.file_id } }]
    if (url) return [{ type: 'file', file: { file_data: url } }]
    return [{ type: 'text', text: JSON.stringify(part.raw ?? part.text ?? null) }]
  })
}

export function openaiTools(tools: ToolUse[]): Json[] {
  return tools.filter((tool) => tool.offered && (tool.type ?? 'function') === 'function').map((tool) => ({
    type: 'function', function: { name: tool.name ?? '', ...(tool.description ? { description: tool.description } : {}), parameters: tool.schema ?? { type: 'object', properties: {} } },
  }))
}
