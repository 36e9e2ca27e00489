// Words inside of records: in attributes and events, which are not here and are looked through by the server.

import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { literal, query, type ApiError } from '../api/client'
import type { Model } from './model'

/** Shorter words are in almost everything. */
const leastLetters = 2
/** How long the words must have stood. */
const restMs = 250

/** In JSON quotes and line ends are written with a backslash; in a pattern that needs one, as do its own signs. */
export function insideSQL(trace: string, words: string): string {
  const pattern = literal(`%${JSON.stringify(words).slice(1, -1).replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`)
  return `SELECT DISTINCT span_id FROM records_all WHERE trace_id = ${literal(trace)} AND (attributes::text ILIKE ${pattern} OR otel_events::text ILIKE ${pattern}) LIMIT 10000`
}

const nowhere: ReadonlySet<string> = new Set()

/** The records of a trace that hold the words inside. */
export function useInside(project: string, trace: string, text: string, model: Model): ReadonlySet<string> {
  const [words, setWords] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setWords(text.trim()), restMs)
    return () => clearTimeout(timer)
  }, [text])
  const asks = words.length >= leastLetters && words === text.trim()
  const found = useQuery<ReadonlySet<string>, ApiError>({
    queryKey: ['inside', project, trace, words, model.records],
    enabled: asks,
    placeholderData: (old, before) => (before?.queryKey[3] === words ? old : undefined),
    queryFn: async ({ signal }) => {
      const rows = await query<{ span_id: string }>({ project, signal, sql: insideSQL(trace, words), since: model.start - 1, until: model.end + 1, limit: 10_000 })
      return new Set(rows.map((row) => row.span_id))
    },
  })
  return (asks && found.data) || nowhere
}
