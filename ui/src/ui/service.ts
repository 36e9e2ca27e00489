// The colours of services. The server knows them; this keeps what it said as custom properties of the document, so that
// what is drawn already takes its colour the moment it is known.

import { services, type Service } from '../api/client'

/** How long to wait before the server is asked for names that it did not know; doubled each time in vain. */
const soonMs = 1000
const latestMs = 60_000

const properties = new Map<string, string>()

/** A custom property for a name, which may hold anything. Lists ask for each of their rows. */
function property(name: string): string {
  let made = properties.get(name)
  if (made === undefined) {
    made = `--service-${[...new TextEncoder().encode(name)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
    properties.set(name, made)
  }
  return made
}

/** The hue of a name that the server has not told of. */
function guess(name: string): number {
  let hash = 2166136261
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619)
  return ((hash ^ (hash >>> 15)) >>> 0) % 20 + 1
}

/** ServiceColors follows the services of one project at a time. */
export class ServiceColors {
  private project = ''
  private known = new Set<string>()
  private unknown = new Set<string>()
  private aborter = new AbortController()
  private timer: ReturnType<typeof setTimeout> | undefined
  private waitMs = soonMs

  constructor(
    private readonly ask: (project: string, signal: AbortSignal) => Promise<Service[]>,
    /** Sets a custom property of the document; an empty value takes it away. */
    private readonly paint: (property: string, value: string) => void,
  ) {}

  /** Turns to a project, and asks for its services. */
  follow(project: string): void {
    if (project === this.project) return
    this.aborter.abort()
    this.aborter = new AbortController()
    clearTimeout(this.timer)
    this.timer = undefined
    for (const name of this.known) this.paint(property(name), '')
    this.known.clear()
    this.unknown.clear()
    this.project = project
    this.waitMs = soonMs
    void this.look()
  }

  /** The colour of a service, as a CSS value. Asks the server, a little later, if it is a name that was never told. */
  color(name: string): string {
    if (this.project && !this.known.has(name)) {
      this.unknown.add(name)
      this.timer ??= setTimeout(() => void this.look(), this.waitMs)
    }
    return `var(${property(name)}, var(--series-${guess(name)}))`
  }

  private async look(): Promise<void> {
    const { signal } = this.aborter
    const found = await this.ask(this.project, signal).catch((): Service[] => []) // pages tell of errors; colours are guessed
    if (signal.aborted) return
    for (const { service_name: name, hue } of found) {
      this.known.add(name)
      this.paint(property(name), `var(--series-${hue})`)
    }
    const answered = [...this.unknown].every((name) => this.known.has(name))
    this.waitMs = answered ? soonMs : Math.min(latestMs, 2 * this.waitMs)
    this.unknown.clear()
    clearTimeout(this.timer)
    this.timer = undefined
  }
}

const colors = new ServiceColors(services, (name, value) => document.documentElement.style.setProperty(name, value))

/** Takes the colours of services from this project. */
export function followServices(project: string): void {
  colors.follow(project)
}

/** The colour of a service: the same one for everybody. */
export function serviceColor(name: string): string {
  return colors.color(name)
}
