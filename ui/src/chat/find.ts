// Finding words in what was said. It looks at the data, so that what is folded or not drawn is found too.

import type { Part } from '../api/conversation'
import type { Item } from './items'

export interface Hit {
  /** The item, and the folds to open for it. */
  key: string
  within: readonly string[]
  /** Which part of the message; what is no message has one. */
  part: number
}

/** More hits than this help nobody. */
const most = 10_000

/** Everything in a part that a reader may look for. */
export function textOf(part: Part): string {
  const run = part.execution
  return [
    part.text, part.transcript, part.uri, part.name, part.args_raw, jsonText(part.args), jsonText(part.result), jsonText(part.raw),
    jsonText(run?.result), run?.error_type, run?.error_message,
  ].filter(Boolean).join('\n')
}

function jsonText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The texts of an item, one for each part. */
export function textsOf(item: Item): string[] {
  switch (item.kind) {
    case 'message': {
      const texts = item.message.parts.map(textOf)
      const error = item.turn?.error
      return error ? [...texts, `${error.type ?? ''} ${error.message ?? ''}`] : texts
    }
    case 'agent':
      return [item.talk.agent?.name ?? '']
    case 'ran':
      return [textOf({ type: 'tool_call', ...(item.run.name ? { name: item.run.name } : {}), args: item.run.args, execution: item.run })]
    case 'failure':
      return [`${item.failure.name ?? ''} ${item.failure.type ?? ''} ${item.failure.message ?? ''}`]
  }
  return []
}

/** Every place where words stand, in order, without regard to case. */
export function find(items: Item[], words: string): Hit[] {
  const sought = words.toLowerCase()
  const hits: Hit[] = []
  if (sought.trim() === '') return hits
  for (const item of items) {
    textsOf(item).forEach((text, part) => {
      const low = text.toLowerCase()
      for (let at = low.indexOf(sought); at >= 0 && hits.length < most; at = low.indexOf(sought, at + sought.length)) {
        hits.push({ key: item.key, within: item.within, part })
      }
    })
  }
  return hits
}
