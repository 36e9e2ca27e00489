// The processes that send: by them it is told whether a span that has not ended still runs. No React in here.

import type { Row } from '../api/record'
import type { Micros } from '../lib/time'

/** A process, and when records of it arrived first and last. */
export interface Process {
  service: string
  instance: string | undefined
  host: string | undefined
  pid: number | undefined
  first: Micros
  last: Micros
}

/** What is known of who began a span. Lists do not know the host. */
export type Beginner = Pick<Row, 'service' | 'instance' | 'pid'> & { host?: string | undefined }

/** Who began the span: the same instance, else the same process of the same machine. */
export function isOf(process: Process, span: Beginner): boolean {
  if (process.service !== span.service) return false
  if (span.instance !== undefined || process.instance !== undefined) return process.instance === span.instance && process.pid === span.pid
  return process.host === span.host && process.pid === span.pid
}

/** The same place, started again: one instance with a new process, or a new process on the machine after the old one fell silent. */
function isSuccessor(process: Process, span: Beginner, last: Micros): boolean {
  if (process.service !== span.service || process.first <= last || isOf(process, span)) return false
  return (span.instance !== undefined && process.instance === span.instance) || (span.host !== undefined && process.host === span.host)
}

/** Whether what began a span was started again after its last sign of life: the span will not end any more. */
export function isRestarted(processes: readonly Process[], span: Beginner, last: Micros): boolean {
  return processes.some((process) => isSuccessor(process, span, last))
}
