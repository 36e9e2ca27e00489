// How much of a text is shown, and whether it is JSON.

/** Beyond this a text is cut until somebody asks for the rest. */
const longBytes = 20_000
const firstLines = 200
/** Beyond this neither Markdown nor JSON is looked for in a text. */
export const plainBeyond = 200_000

/** The beginning of a text that is too long to be shown at once; undefined when it is not. */
export function beginning(text: string): string | undefined {
  if (text.length <= longBytes) return undefined
  let end = -1
  for (let line = 0; line < firstLines; line++) {
    const next = text.indexOf('\n', end + 1)
    if (next < 0 || next > longBytes) break
    end = next
  }
  const cut = end > 0 ? end : longBytes
  return cut < text.length ? text.slice(0, cut) : undefined
}

/** The object or list that a text is the JSON of. */
export function jsonIn(text: string): object | undefined {
  if (text.length > plainBeyond || !/^\s*[[{]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' ? value : undefined
  } catch {
    return undefined
  }
}

/** JSON on one line, with air. */
export function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (value !== null && typeof value === 'object') return `{${Object.entries(value).map(([key, child]) => `${JSON.stringify(key)}: ${inline(child)}`).join(', ')}}`
  return JSON.stringify(value) ?? 'null'
}
