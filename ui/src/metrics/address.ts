// What the address of a metric holds beyond the time.

export interface MetricSearch {
  /** How points become a value: p95, rate. */
  agg?: string | undefined
  /** What splits the series: an expression of SQL, as attributes->>'http.route'. */
  by?: string | undefined
  /** Which points: a condition of SQL. */
  where?: string | undefined
}

/** Reads the parameters that are known. */
export function metricSearch(raw: Record<string, unknown>): MetricSearch {
  const search: MetricSearch = {}
  for (const key of ['agg', 'by', 'where'] as const) if (typeof raw[key] === 'string' && raw[key] !== '') search[key] = raw[key]
  return search
}
