// Finding things by parts of their names, for lists that one types into.

/** How well a text answers a word: 4 begins with it, 3 a word of it does, 2 holds it, 1 has its letters in order, 0 not. */
function scoreWord(text: string, word: string): number {
  const at = text.indexOf(word)
  if (at === 0) return 4
  if (at > 0) return startsWord(text, word) ? 3 : 2
  return word.length > 1 && holdsLetters(text, word) ? 1 : 0
}

function startsWord(text: string, word: string): boolean {
  return text.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word))
}

function holdsLetters(text: string, letters: string): boolean {
  let at = -1
  for (const letter of letters) {
    at = text.indexOf(letter, at + 1)
    if (at < 0) return false
  }
  return true
}

/** How well a text answers what was typed; 0 when a word of it finds nothing. */
export function score(text: string, typed: string): number {
  const lower = text.toLowerCase()
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  let sum = 1
  for (const word of words) {
    const points = scoreWord(lower, word)
    if (points === 0) return 0
    sum += points
  }
  return sum
}

/** The things that answer what was typed, best first; equals keep their order. */
export function matching<T>(things: readonly T[], typed: string, textOf: (thing: T) => string): T[] {
  if (typed.trim() === '') return [...things]
  return things
    .map((thing) => ({ thing, points: score(textOf(thing), typed) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .map(({ thing }) => thing)
}

export type PastedId = { trace: string; span?: string } | { span: string }

/** An id that was pasted: 32 hexadecimal digits are a trace, 16 a span, and a traceparent header is both. */
export function pastedId(text: string): PastedId | undefined {
  const plain = text.trim().toLowerCase().replace(/^0x/, '').replace(/^(\w{8})-(\w{4})-(\w{4})-(\w{4})-(\w{12})$/, '$1$2$3$4$5')
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(plain)
  if (parent) return { trace: parent[1]!, span: parent[2]! }
  if (/^[0-9a-f]{32}$/.test(plain)) return { trace: plain }
  return /^[0-9a-f]{16}$/.test(plain) ? { span: plain } : undefined
}
