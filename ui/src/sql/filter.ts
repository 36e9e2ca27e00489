import { literal } from '../api/client'

/** What was typed into the search box, as the condition that is sent. */
export interface Filter {
  /** What follows WHERE; empty for everything. */
  condition: string
  /** The condition was made from plain words. */
  plain: boolean
}

// Words of SQL that stand between or around operands, and the columns that are conditions by themselves.
const sqlWords = /(^|[\s(])(and|or|not|is|in|like|ilike|between|exists|similar)([\s(]|$)/i
const sqlMarks = /[=<>~]|->|\b\w+\s*\(|::/
const sqlAlone = /^\s*(not\s+)?(is_exception|true|false)\s*$/i

/** Tells plain words from a SQL condition, and makes one of them. */
export function filterOf(text: string): Filter {
  const trimmed = text.trim()
  if (trimmed === '') return { condition: '', plain: false }
  if (isSQL(trimmed)) return { condition: trimmed, plain: false }
  const quoted = /^"(.*)"$/.exec(trimmed)
  const pattern = (quoted?.[1] ?? trimmed).replace(/[\\%_]/g, (mark) => `\\${mark}`)
  return { condition: `message ILIKE ${literal(`%${pattern}%`)}`, plain: true }
}

/** Marks alone make SQL; words such as "in" need something beside them that people do not write in plain words. */
function isSQL(text: string): boolean {
  if (/^".*"$/.test(text)) return false
  if (sqlMarks.test(text) || sqlAlone.test(text)) return true
  return sqlWords.test(text) && (/'[^']*'/.test(text) || /\bis\s+(not\s+)?null\b/i.test(text) || /\bis_exception\b/i.test(text))
}
