// Arguments as Python writes them: logfire's SDK sends values as JSON, and in a schema what they were (`x-python-datatype`,
// `title`, `format`). Multi-line, as a formatter would lay it out. What a schema does not say is shown as the JSON value it is.

export interface Schema {
  type?: string
  title?: string
  format?: string
  items?: Schema
  prefixItems?: Schema[]
  properties?: Record<string, Schema>
  additionalProperties?: Schema
  'x-python-datatype'?: string
  'x-columns'?: unknown[]
  'x-indices'?: unknown[]
  'x-column-count'?: number
  'x-row-count'?: number
  'x-shape'?: number[]
  'x-dtype'?: string
}

/** Lines up to this long stay one line. */
const lineLength = 88

/** A text as Python quotes it. */
export function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  let quoted = ''
  for (const char of text) quoted += escape(char, mark)
  return mark + quoted + mark
}

const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escape(char: string, mark: string): string {
  if (char === mark) return `\\${mark}`
  const known = escapes[char]
  if (known) return known
  const code = char.codePointAt(0)!
  return code < 32 || code === 127 ? `\\x${code.toString(16).padStart(2, '0')}` : char
}

/** A value without a schema. */
function plain(value: unknown, indent: number): string {
  if (typeof value === 'string') return quote(value)
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return join('[', value.map((item) => (at: number) => plain(item, at)), ']', indent)
  return join('{', Object.entries(value).map(([key, item]) => (at: number) => `${quote(key)}: ${plain(item, at)}`), '}', indent)
}

/** Puts parts between brackets: on one line if it is short, else each on its own. */
export function join(open: string, parts: ((indent: number) => string)[], close: string, indent: number): string {
  const inner = indent + 4
  const written = parts.map((part) => part(inner))
  const line = open + written.join(', ') + close
  if (line.length + indent <= lineLength && !line.includes('\n')) return line
  const pad = ' '.repeat(inner)
  return `${open}\n${written.map((part) => pad + part).join(',\n')},\n${' '.repeat(indent)}${close}`
}

/** Types whose JSON is their text, and how they are built from it. */
const calls: Record<string, string> = {
  Decimal: 'Decimal', PosixPath: 'PosixPath', AnyUrl: 'AnyUrl', Url: 'Url', SecretStr: 'SecretStr', NameEmail: 'NameEmail', UUID: 'UUID',
}

const formats: Record<string, string> = {
  uuid: 'UUID', regex: 're.compile', ipv4: 'IPv4Address', ipv6: 'IPv6Address', ipv4interface: 'IPv4Interface', ipv6interface: 'IPv6Interface',
  ipv4network: 'IPv4Network', ipv6network: 'IPv6Network', decimal: 'Decimal', path: 'PosixPath',
}

/** Writes a value in Python's notation. */
export function python(value: unknown, schema: Schema | undefined, indent = 0): string {
  if (schema === undefined || value === null || value === undefined) return plain(value, indent)
  const title = schema.title
  const type = schema['x-python-datatype']
  switch (type) {
    case 'PydanticModel':
    case 'dataclass':
    case 'attrs':
    case 'sqlalchemy':
      return model(title ?? '', value, schema, indent)
    case 'Mapping':
      return mapping(value, schema, indent, `${title ?? ''}({`, '})')
    case 'tuple':
      return tuple(value, schema, indent)
    case 'set':
      return Array.isArray(value) && value.length === 0 ? 'set()' : list(value, schema, indent, '{', '}')
    case 'frozenset':
      return list(value, schema, indent, 'frozenset({', '})')
    case 'deque':
      return list(value, schema, indent, 'deque([', '])')
    case 'Sequence':
      return list(value, schema, indent, `${title ?? 'Sequence'}([`, '])')
    case 'generator':
      return list(value, schema, indent, 'generator((', '))')
    case 'ndarray':
      return array(value, schema, indent)
    case 'range':
      return range(value, indent)
    case 'Enum':
    case 'Exception':
      return `${title ?? type}(${plain(value, indent)})`
    case 'bytes':
      return title ? `${title}(${bytes(value)})` : bytes(value)
    case 'bytearray':
      return `${title ?? 'bytearray'}(${bytes(value)})`
    case 'SecretBytes':
      return `SecretBytes(${bytes(value)})`
    case 'datetime':
      return moment(value, indent)
    case 'date':
    case 'time':
      return clockTime(type, value, indent)
    case 'timedelta':
      return timedelta(value, indent)
    case 'str':
    case 'int':
    case 'float':
      return title && title !== type ? `${title}(${plain(value, indent)})` : plain(value, indent)
    case 'unknown': // its JSON is already what repr() gave
      return typeof value === 'string' ? value : plain(value, indent)
    case undefined:
      break
    default:
      return calls[type] ? `${calls[type]}(${plain(value, indent)})` : `${title ?? type}(${plain(value, indent)})`
  }
  const built = formats[schema.format ?? '']
  if (built) return `${built}(${plain(value, indent)})`
  if (schema.format === 'date-time') return moment(value, indent)
  if (Array.isArray(value)) return list(value, schema, indent, '[', ']')
  if (typeof value === 'object') return mapping(value, schema, indent, '{', '}')
  return plain(value, indent)
}

function model(title: string, value: unknown, schema: Schema, indent: number): string {
  if (typeof value !== 'object' || value === null) return `${title}(${plain(value, indent)})`
  const parts = Object.entries(value).map(([key, item]) => (at: number) => `${key}=${python(item, below(schema, key), at)}`)
  return join(`${title}(`, parts, ')', indent)
}

function mapping(value: unknown, schema: Schema, indent: number, open: string, close: string): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return plain(value, indent)
  return join(open, Object.entries(value).map(([key, item]) => (at: number) => `${quote(key)}: ${python(item, below(schema, key), at)}`), close, indent)
}

/** The schema of a part of an object. */
export function below(schema: Schema, key: string): Schema | undefined {
  return (schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined) ?? schema.additionalProperties
}

function list(value: unknown, schema: Schema, indent: number, open: string, close: string): string {
  if (!Array.isArray(value)) return plain(value, indent)
  return join(open, value.map((item: unknown, i) => (at: number) => python(item, schema.prefixItems?.[i] ?? schema.items, at)), close, indent)
}

function tuple(value: unknown, schema: Schema, indent: number): string {
  const text = list(value, schema, indent, '(', ')')
  return Array.isArray(value) && value.length === 1 && !text.includes('\n') ? text.replace(/\)$/, ',)') : text
}

/** Of a large array the SDK sends the ends of each dimension, and here its shape. */
function array(value: unknown, schema: Schema, indent: number): string {
  const dtype = schema['x-dtype']
  const shape = schema['x-shape']
  const cut = Array.isArray(value) && shape?.[0] !== undefined && value.length < shape[0] ? `, shape=(${shape.join(', ')}${shape.length === 1 ? ',' : ''})` : ''
  return `array(${plain(value, indent)}${dtype ? `, dtype=${dtype}` : ''}${cut})`
}

function range(value: unknown, indent: number): string {
  if (!Array.isArray(value) || value.length === 0) return 'range(0, 0)'
  const [first, second] = value as [number, number?]
  const last = value.at(-1) as number
  if (typeof first !== 'number' || typeof last !== 'number') return plain(value, indent)
  const step = second === undefined ? 1 : second - first
  return step === 1 ? `range(${first}, ${last + 1})` : `range(${first}, ${last + Math.sign(step)}, ${step})`
}

/** The SDK sends what repr() made of bytes without its b and quotes. */
function bytes(value: unknown): string {
  const text = String(value)
  return /^b(['"]).*\1$/s.test(text) ? text : `b${text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replace(/(?<!\\)'/g, "\\'")}'`}`
}

const isoTime = /^(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?(.*)$/

function timeParts(text: string): string[] | undefined {
  const match = isoTime.exec(text)
  if (!match) return undefined
  const [, hour, minute, second, fraction] = match
  const parts = [Number(hour), Number(minute)]
  const micros = Number((fraction ?? '').padEnd(6, '0'))
  if (Number(second ?? 0) || micros) parts.push(Number(second ?? 0))
  if (micros) parts.push(micros)
  const zone = zoneOf(match[5] ?? '')
  return [...parts.map(String), ...(zone ? [`tzinfo=${zone}`] : [])]
}

function zoneOf(text: string): string {
  if (text === 'Z' || text === '+00:00') return 'timezone.utc'
  const match = /^([+-])(\d{2}):(\d{2})/.exec(text)
  if (!match) return ''
  const minutes = (Number(match[2]) * 60 + Number(match[3])) * (match[1] === '-' ? -1 : 1)
  return `timezone(${timedelta(minutes * 60, 0)})`
}

function moment(value: unknown, indent: number): string {
  const match = typeof value === 'string' ? /^(\d{4})-(\d{2})-(\d{2})[T ](.*)$/.exec(value) : null
  const time = match && timeParts(match[4]!)
  if (!match || !time) return `datetime(${plain(value, indent)})`
  return `datetime(${[Number(match[1]), Number(match[2]), Number(match[3]), ...time].join(', ')})`
}

function clockTime(type: string, value: unknown, indent: number): string {
  if (typeof value === 'string' && type === 'date') {
    const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value)
    if (match) return `date(${Number(match[1])}, ${Number(match[2])}, ${Number(match[3])})`
  }
  const parts = typeof value === 'string' && type === 'time' ? timeParts(value) : undefined
  return parts ? `time(${parts.join(', ')})` : `${type}(${plain(value, indent)})`
}

/** Python keeps days, seconds and microseconds, and of these only days are negative. */
function timedelta(value: unknown, indent: number): string {
  const total = typeof value === 'number' ? value : Number(value)
  if (!Number.isFinite(total)) return `timedelta(${plain(value, indent)})`
  const micros = Math.round(total * 1e6)
  const days = Math.floor(micros / 86_400e6)
  const seconds = Math.floor((micros - days * 86_400e6) / 1e6)
  const rest = micros - days * 86_400e6 - seconds * 1e6
  const parts = [days ? `days=${days}` : '', seconds ? `seconds=${seconds}` : '', rest ? `microseconds=${rest}` : ''].filter(Boolean)
  return `timedelta(${parts.length > 0 ? parts.join(', ') : '0'})`
}

/** A data frame: what was sent of it, with a gap where rows or columns were left out. */
export interface Table {
  columns: string[]
  rows: { index: string; cells: unknown[] }[]
  /** Where rows are left out: before this one; -1 for nowhere. */
  rowGap: number
  columnGap: number
  rowCount: number
  columnCount: number
}

export function tableOf(value: unknown, schema: Schema | undefined): Table | undefined {
  if (schema?.['x-python-datatype'] !== 'DataFrame' || !Array.isArray(value)) return undefined
  const columns = (schema['x-columns'] ?? []).map(String)
  const rowCount = schema['x-row-count'] ?? value.length
  const columnCount = schema['x-column-count'] ?? columns.length
  return {
    columns, rowCount, columnCount,
    rows: value.map((cells: unknown, i) => ({ index: String(schema['x-indices']?.[i] ?? i), cells: Array.isArray(cells) ? cells : [cells] })),
    rowGap: value.length < rowCount ? Math.floor(value.length / 2) : -1,
    columnGap: columns.length < columnCount ? Math.floor(columns.length / 2) : -1,
  }
}
