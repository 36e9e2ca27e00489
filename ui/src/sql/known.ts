// What a project's editors know: the server's catalogue, the keys and the values seen in a time range.

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { query, schemas } from '../api/client'
import type { Range } from '../lib/time'
import { catalogueOf, jsonTypeName, keysStatement, noCatalogue, valuesStatement, type Catalogue, type Key } from './catalogue'
import { complete, type Completion, type Mode, type Option, type ValueQuestion } from './completion'

export interface Scope {
  project: string
  environment?: string | undefined
  /** Names the time range: keys and values are kept for each. */
  rangeName: string
  range: () => Range
}

const keyColumns = ['attributes', 'otel_resource_attributes'] as const

/** The catalogue of a project, as far as it has arrived. */
export function useCatalogue(scope: Scope): Catalogue {
  const { project, environment } = scope
  const tables = useQuery({ queryKey: ['schemas', project], staleTime: Infinity, queryFn: async ({ signal }) => catalogueOf(await schemas(project, signal)) })
  const keys = useQuery({
    queryKey: ['attribute keys', project, environment, scope.rangeName],
    staleTime: 120_000,
    queryFn: async ({ signal }) => {
      const found: Record<string, Key[]> = {}
      for (const column of keyColumns) {
        const rows = await query<{ name: string; type: string; count: number }>({ project, environment, ...scope.range(), signal, limit: 500, sql: keysStatement(column) })
        found[column] = rows.map((row) => ({ ...row, type: jsonTypeName(row.type) }))
      }
      return found
    },
  })
  return useMemo(() => ({ ...(tables.data ?? noCatalogue), keys: keys.data ?? {} }), [tables.data, keys.data])
}

/** Completes text; values are asked for when they are needed, and kept. */
export function useCompletion(scope: Scope, catalogue: Catalogue, mode: Mode): (text: string, place: number, signal: AbortSignal) => Promise<Completion | undefined> {
  const client = useQueryClient()
  const { project, environment, rangeName, range } = scope
  return useCallback(async (text, place, signal) => {
    const found = complete(text, place, catalogue, mode)
    if (!found?.values) return found
    const asked = found.values
    const queryKey = ['values', project, environment, rangeName, asked.table, asked.expression]
    const stop = () => void client.cancelQueries({ queryKey })
    signal.addEventListener('abort', stop)
    try {
      const rows = await client.fetchQuery({
        queryKey, staleTime: 120_000, retry: false,
        queryFn: (context) => query<{ value: unknown; count: number }>({
          project, environment, ...range(), signal: context.signal, limit: 50, sql: valuesStatement(asked.table, asked.expression),
        }),
      })
      return { ...found, options: rows.map((row) => valueOption(asked, row)) }
    } catch {
      return found // the values cannot be had: the text can be typed all the same
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }, [client, project, environment, rangeName, range, catalogue, mode])
}

function valueOption(asked: ValueQuestion, row: { value: unknown; count: number }): Option {
  return { label: String(row.value), kind: 'value', detail: row.count.toLocaleString('en'), apply: asked.write(row.value), rank: Math.log10(row.count + 1) }
}
