// The words of SQL: enough to complete, to find parameters and to tell code from text. It reads any text, finished or not.

export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'comment' | 'mark'
  text: string
  from: number
  to: number
  /** A string, quoted name or comment that does not end. */
  open: boolean
}

const patterns: [Token['kind'], RegExp][] = [
  ['comment', /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['string', /'(?:[^']|'')*(?:'|$)/y],
  ['string', /\$(\w*)\$[\s\S]*?\$\1\$/y],
  ['quoted', /"(?:[^"]|"")*(?:"|$)/y],
  ['parameter', /\$(?:[A-Za-z_]\w*|\{[A-Za-z_][\w-]*\})/y],
  ['number', /\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+/iy],
  ['word', /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ['mark', /->>|->|::|<=|>=|<>|!=|\|\||[^\s]/uy],
]

function ends(kind: Token['kind'], text: string): boolean {
  if (kind === 'comment') return text.startsWith('--') || (text.length > 3 && text.endsWith('*/'))
  const quote = kind === 'string' ? "'" : kind === 'quoted' ? '"' : ''
  if (quote === '' || text.startsWith('$')) return true
  return text.length > 1 && (text.split(quote).length - 1) % 2 === 0
}

/** The name of a parameter, which is written $name or ${name}; undefined for other tokens. */
export function parameterName(token: Token): string | undefined {
  return token.kind === 'parameter' ? token.text.replace(/^\$\{?|\}$/g, '') : undefined
}

/** Splits text into tokens; blanks are between them. */
export function lex(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      at++
      continue
    }
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = at
      const match = pattern.exec(text)
      if (!match) continue
      tokens.push({ kind, text: match[0], from: at, to: at + match[0].length, open: !ends(kind, match[0]) })
      break
    }
    at = tokens.at(-1)!.to
  }
  return tokens
}

/** The text that a string token stands for, as far as it goes. */
export function unquoted(token: Token): string {
  if (token.text.startsWith('$')) return token.text.replace(/^\$\w*\$|\$\w*\$$/g, '')
  const inner = token.open ? token.text.slice(1) : token.text.slice(1, -1)
  return inner.replaceAll("''", "'")
}
