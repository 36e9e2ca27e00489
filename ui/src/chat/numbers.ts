import type { Conversation, Cost, ToolUse, Usage } from '../api/conversation'

/** Billionths of a dollar as dollars: two digits that count, below a cent. */
export function money(nano: number): string {
  const dollars = nano / 1e9
  if (dollars === 0) return '$0'
  if (dollars < 0.01) return `$${Number(dollars.toPrecision(2)).toFixed(Math.min(9, 1 - Math.floor(Math.log10(dollars))))}`
  return `$${dollars.toFixed(dollars < 1 ? 4 : 2)}`
}

export function count(n: number): string {
  return n.toLocaleString('en')
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

const sources: Record<Cost['source'], string> = { reported: 'from span', computed: 'price list', override: 'override' }

/** Where a cost comes from. */
export function sourceOf(cost: Cost | undefined): string {
  return cost?.total === undefined ? 'unknown model' : sources[cost.source]
}

export interface UsageRow {
  name: string
  tokens: number | undefined
  cost: number | undefined
  /** It is counted in the row above. */
  part: boolean
}

/** The table of what was used: what was not reported has no row. */
export function usageRows(usage: Usage, cost: Cost | undefined): UsageRow[] {
  const part = (name: string, tokens: number | undefined): UsageRow => ({ name, tokens, cost: undefined, part: true })
  const total = usage.total ?? (usage.input === undefined && usage.output === undefined ? undefined : (usage.input ?? 0) + (usage.output ?? 0))
  const rows: UsageRow[] = [
    { name: 'Input', tokens: usage.input, cost: cost?.input, part: false },
    part('from cache', usage.cache_read),
    part('into cache', usage.cache_write),
    part('audio', usage.input_audio),
    { name: 'Output', tokens: usage.output, cost: cost?.output, part: false },
    part('reasoning', usage.reasoning),
    part('audio', usage.output_audio),
    { name: 'Total', tokens: total, cost: cost?.total, part: false },
  ]
  return rows.filter((row) => row.tokens !== undefined || row.cost !== undefined)
}

export function callsOf(tools: ToolUse[]): number {
  return tools.reduce((sum, tool) => sum + tool.calls, 0)
}

/** What should be known before the conversation is believed; what is of one call stands there. */
export function warningsOf(talk: Conversation): string[] {
  const whole = (talk.warnings ?? []).filter((warning) => warning.span_id === undefined).map((warning) => warning.message)
  return [...(talk.records_truncated ? ['The trace has more records than are read for a conversation.'] : []), ...whole]
}

/** Reasons to stop that go without saying: the message shows them. */
const usual = new Set(['stop', 'tool_call', 'end_turn', 'tool_use', 'tool_calls'])

/** The reasons for which a model stopped, where they are not the usual ones. */
export function unusualFinish(finish: string[] | undefined): string[] {
  return (finish ?? []).filter((reason) => !usual.has(reason))
}
