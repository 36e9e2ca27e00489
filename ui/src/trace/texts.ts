// Texts that hold more than text.

/** Text that holds a JSON object or list, as that. */
export function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

const fields = ['data:', 'event:', 'id:', 'retry:']
const field = /^(?:data|event|id|retry)?:/

/**
 * The events of a body that came as a stream: server-sent events, or lines that are JSON each. The last one may be cut.
 * Undefined for any other text.
 */
export function streamed(text: string): unknown[] | undefined {
  return serverSent(text) ?? jsonLines(text)
}

function serverSent(text: string): unknown[] | undefined {
  const lines = text.split(/\r\n|\n|\r/)
  if (!field.test(lines.find((line) => line !== '') ?? '')) return undefined
  const last = lines.length - 1
  if (lines.some((line, i) => line !== '' && !field.test(line) && !(i === last && fields.some((name) => name.startsWith(line))))) return undefined
  const events: unknown[] = []
  let name = ''
  let data: string[] = []
  for (const line of [...lines, '']) {
    if (line.startsWith('event:')) name = line.slice(6).trim()
    if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
    if (line !== '') continue
    if (data.length > 0) events.push(event(name, parsed(data.join('\n'))))
    name = ''
    data = []
  }
  return events.length > 0 ? events : undefined
}

/** An event whose data does not say what it is bears its name. */
function event(name: string, data: unknown): unknown {
  const says = data !== null && typeof data === 'object' && 'type' in data && data.type === name
  return name === '' || says ? data : { event: name, data }
}

function jsonLines(text: string): unknown[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length < 2) return undefined
  const events = lines.map(parsed)
  return events.slice(0, -1).every((value) => typeof value === 'object') ? events : undefined
}
