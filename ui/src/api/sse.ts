/** A server-sent event. An id without data tells only how far the stream is. */
export interface ServerEvent {
  id: string
  event: string
  data: string
}

/** Takes a stream of text apart into events; feed it what arrives, however it is cut. */
export class EventParser {
  private rest = ''
  private id = ''
  private event = ''
  private data: string[] = []
  private touched = false

  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = []
    const lines = (this.rest + text).split('\n')
    this.rest = lines.pop() ?? ''
    for (const line of lines) {
      const done = this.line(line.endsWith('\r') ? line.slice(0, -1) : line)
      if (done) events.push(done)
    }
    return events
  }

  private line(line: string): ServerEvent | undefined {
    if (line === '') return this.dispatch()
    if (line.startsWith(':')) return undefined
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'id') this.id = value
    else if (field === 'event') this.event = value
    else if (field === 'data') this.data.push(value)
    else return undefined
    this.touched = true
    return undefined
  }

  private dispatch(): ServerEvent | undefined {
    if (!this.touched) return undefined
    const made = { id: this.id, event: this.event, data: this.data.join('\n') }
    this.event = ''
    this.data = []
    this.touched = false
    return made
  }
}
