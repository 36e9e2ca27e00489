import type { ApiError } from '../api/client'

/** What the server says of a statement, without the place and the hint, which are shown by themselves. */
export function wordsOf(error: ApiError): { message: string; hint: string | undefined } {
  let message = error.message.replace(/ \(at character \d+\)/, '')
  if (error.hint && message.endsWith(error.hint)) message = message.slice(0, -error.hint.length).replace(/[.:]?\s*$/, '')
  return { message: message.charAt(0).toUpperCase() + message.slice(1), hint: error.hint }
}

/** Whether the statement is what is wrong, and not the server or the way to it. */
export function isMistake(error: ApiError): boolean {
  return error.status >= 400 && error.status < 500 && error.status !== 401
}
