// What a project's editors know: the server's catalogue, the keys and the values seen in a time range.

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useMemo, useRef } from 'react'
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

/** The catalogue of a project, as far as it has arrived. It is not asked for before it is wanted. */
export function useCatalogue(scope: Scope, wanted: boolean): Catalogue {
  const { project, environment } = scope
  const tables = useQuery({ queryKey: ['schemas', project], enabled: wanted, staleTime: Infinity, queryFn: async ({ signal }) => catalogueOf(await schemas(project, signal)) })
  const keys = useQuery({
    queryKey: ['attribute keys', project, environment, scope.rangeName],
    enabled: wanted,
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

/** Completes text; values are asked for when they are needed, and kept. A question that another one replaces is cancelled. */
export function useCompletion(scope: Scope, catalogue: Catalogue, mode: Mode): (text: string, place: number) => Promise<Completion | undefined> {
  const client = useQueryClient()
  const asking = useRef<{ key: string; queryKey: unknown[] }>(undefined)
  const { project, environment, rangeName, range } = scope
  return useCallback(async (text, place) => {
    const found = complete(text, place, catalogue, mode)
    if (!found?.values) return found
    const asked = found.values
    const queryKey = ['values', project, environment, rangeName, asked.table, asked.expression]
    const key = JSON.stringify(queryKey)
    if (asking.current && asking.current.key !== key) void client.cancelQueries({ queryKey: asking.current.queryKey })
    asking.current = { key, queryKey }
    try {
      const rows = await client.fetchQuery({
        queryKey, staleTime: 120_000, retry: false,
        queryFn: ({ signal }) => query<{ value: unknown; count: number }>({
          project, environment, ...range(), signal, limit: 50, sql: valuesStatement(asked.table, asked.expression),
        }),
      })
      return { ...found, options: rows.map((row) => valueOption(asked, row)) }
    } catch {
      return found // the values cannot be had: the text can be typed all the same
    }
  }, [client, project, environment, rangeName, range, catalogue, mode])
}

function valueOption(asked: ValueQuestion, row: { value: unknown; count: number }): Option {
  return { label: String(row.value), kind: 'value', detail: row.count.toLocaleString('en'), apply: asked.write(row.value), rank: Math.log10(row.count + 1) }
}
