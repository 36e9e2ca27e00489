// What a failure says beyond its sentence.

import { ApiError } from './client'

/** A failure as text for a report. */
export function detailsOf(error: Error, address: string, at: Date): string {
  const lines = [error.message]
  if (error instanceof ApiError) {
    if (error.hint) lines.push(`Hint: ${error.hint}`)
    if (error.requestId) lines.push(`Request id: ${error.requestId}`)
    if (error.request) lines.push(`Request: ${error.request}`)
    lines.push(`Status: ${error.status || 'no answer'}`)
  } else if (error.stack) lines.push(error.stack)
  return [...lines, `Page: ${address}`, `Time: ${at.toISOString()}`].join('\n')
}
