// Arguments as Go writes them: Hearth's Go SDK sends values as JSON, and in a schema what they were, in the words that
// Logfire's SDK has for Python's types (python.ts). A struct is a composite literal, a time.Duration 1m30s, a time RFC 3339.

import { below, join, type Schema } from './python'

type Part = (indent: number) => string

/** A value without a schema: JSON, with nil for null. */
function plain(value: unknown, indent: number): string {
  if (value === null || value === undefined) return 'nil'
  if (typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return join('[', value.map((item): Part => (at) => plain(item, at)), ']', indent)
  return join('{', Object.entries(value).map(([key, item]): Part => (at) => `${JSON.stringify(key)}: ${plain(item, at)}`), '}', indent)
}

/** Types that are built from a text, by their format and by the datatype of the schema. */
const built: Record<string, string> = {
  uuid: 'UUID', regex: 'Regexp', ipv4: 'Addr', ipv6: 'Addr', ipv4network: 'Prefix', ipv6network: 'Prefix', decimal: 'Decimal', AnyUrl: 'URL',
}

/** Writes a value in Go's notation. */
export function golang(value: unknown, schema: Schema | undefined, indent = 0): string {
  if (schema === undefined || value === null || value === undefined) return plain(value, indent)
  const title = schema.title ?? ''
  switch (schema['x-python-datatype']) {
    case 'dataclass':
      return composite(title, value, schema, indent, (key) => key)
    case 'Sequence':
      return Array.isArray(value) ? list(title, '{', '}', value, schema, indent) : plain(value, indent)
    case 'datetime':
      return typeof value === 'string' ? value.replace(/\+00:00$/, 'Z') : plain(value, indent)
    case 'timedelta':
      return elapsed(value, indent)
    case 'bytes':
      return typeof value === 'string' ? `${title || '[]byte'}("${unescaped(value)}")` : plain(value, indent)
    case 'unknown': // a function or a channel: its type
      return typeof value === 'string' ? value : plain(value, indent)
  }
  const name = built[schema.format ?? ''] ?? built[schema['x-python-datatype'] ?? '']
  if (name !== undefined) return `${name}(${plain(value, indent)})`
  if (Array.isArray(value)) return list('', '[', ']', value, schema, indent)
  if (typeof value === 'object') return composite(title, value, schema, indent, (key) => JSON.stringify(key))
  return title === '' ? plain(value, indent) : `${title}(${plain(value, indent)})`
}

function composite(title: string, value: unknown, schema: Schema, indent: number, name: (key: string) => string): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${title}(${plain(value, indent)})`
  return join(`${title}{`, Object.entries(value).map(([key, item]): Part => (at) => `${name(key)}: ${golang(item, below(schema, key), at)}`), '}', indent)
}

function list(title: string, open: string, close: string, value: unknown[], schema: Schema, indent: number): string {
  return join(title + open, value.map((item, i): Part => (at) => golang(item, schema.prefixItems?.[i] ?? schema.items, at)), close, indent)
}

/** The SDK escapes bytes as Python does, which leaves double quotes as they are. */
function unescaped(bytes: string): string {
  return bytes.replace(/\\'/g, "'").replace(/"/g, '\\"')
}

/** Seconds as time.Duration writes itself. */
function elapsed(value: unknown, indent: number): string {
  const seconds = typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : NaN
  if (!Number.isFinite(seconds)) return plain(value, indent)
  const sign = seconds < 0 ? '-' : ''
  const nanos = Math.round(Math.abs(seconds) * 1e9)
  if (nanos === 0) return '0s'
  for (const [unit, size] of [['ns', 1], ['µs', 1e3], ['ms', 1e6]] as const) {
    if (nanos < size * 1000) return `${sign}${trimmed(nanos / size)}${unit}`
  }
  const hours = Math.floor(nanos / 3600e9)
  const minutes = Math.floor(nanos / 60e9) % 60
  const rest = `${trimmed((nanos % 60e9) / 1e9)}s`
  return sign + (hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '') + rest
}

function trimmed(n: number): string {
  return String(Number(n.toFixed(9)))
}
