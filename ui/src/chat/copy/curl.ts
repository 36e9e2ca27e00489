import type { Conversation } from '../../api/conversation'
import { anthropicMessages, anthropicTools } from './anthropic'
import { openaiMessages, openaiTools } from './openai'
import { lastRequest } from './transcript'

/** Where providers take OpenAI's form, and what their keys are usually called. */
const compatible: Record<string, [url: string, key: string]> = {
  openai: ['https://api.openai.com/v1/chat/completions', 'OPENAI_API_KEY'],
  google: ['https://generativelanguage.googleapis.com/v1beta/openai/chat/completions', 'GEMINI_API_KEY'],
  groq: ['https://api.groq.com/openai/v1/chat/completions', 'GROQ_API_KEY'],
  mistral: ['https://api.mistral.ai/v1/chat/completions', 'MISTRAL_API_KEY'],
  deepseek: ['https://api.deepseek.com/chat/completions', 'DEEPSEEK_API_KEY'],
  xai: ['https://api.x.ai/v1/chat/completions', 'XAI_API_KEY'],
  openrouter: ['https://openrouter.ai/api/v1/chat/completions', 'OPENROUTER_API_KEY'],
}

/** Settings that both kinds of APIs know by the name that conversations use. */
const settings = ['temperature', 'top_p', 'max_tokens', 'seed', 'stop', 'frequency_penalty', 'presence_penalty', 'reasoning_effort']
const anthropicSettings: Record<string, string> = { temperature: 'temperature', top_p: 'top_p', top_k: 'top_k', stop: 'stop_sequences' }

/** A command that asks for the last answer again. The key is the shell's variable, never the one that was used. */
export function asCurl(talk: Conversation): string {
  const { turn, messages } = lastRequest(talk)
  const model = turn?.request_model ?? turn?.response_model ?? 'MODEL'
  const provider = turn?.provider ?? talk.providers[0] ?? ''
  const params = talk.params ?? {}
  if (provider === 'anthropic') {
    const tools = anthropicTools(talk.tools)
    const set = Object.entries(anthropicSettings).filter(([name]) => name in params).map(([name, key]) => [key, params[name]])
    const body = { model, max_tokens: params['max_tokens'] ?? 4096, ...Object.fromEntries(set), ...anthropicMessages(messages), ...(tools.length > 0 ? { tools } : {}) }
    return command('https://api.anthropic.com/v1/messages', ['x-api-key: $ANTHROPIC_API_KEY', 'anthropic-version: 2023-06-01'], body)
  }
  const [url, key] = compatible[provider.split('.')[0]!] ?? ['$OPENAI_BASE_URL/chat/completions', 'OPENAI_API_KEY']
  const tools = openaiTools(talk.tools)
  const set = settings.filter((name) => name in params).map((name) => [name, params[name]])
  return command(url, [`Authorization: Bearer $${key}`], { model, ...Object.fromEntries(set), messages: openaiMessages(messages), ...(tools.length > 0 ? { tools } : {}) })
}

/** Headers stand in double quotes, where the shell puts the key in; nothing of them comes from the conversation. */
function command(url: string, headers: string[], body: unknown): string {
  const lines = [`curl "${url}"`, ...[...headers, 'Content-Type: application/json'].map((header) => `-H "${header}"`), `-d ${quoted(JSON.stringify(body, null, 2))}`]
  return lines.join(' \\\n  ') + '\n'
}

/** A text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
