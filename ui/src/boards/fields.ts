// Fields of a spec, read and changed at a place within it; what stands beside them stays.

type Wild = Readonly<Record<string, unknown>>

export type Path = readonly string[]

export function readAt(spec: Wild, path: Path): unknown {
  return path.reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? (at as Wild)[name] : undefined), spec)
}

/** Changes one field. undefined takes it away, and what it leaves empty. */
export function withAt(spec: Wild, path: Path, value: unknown): Record<string, unknown> {
  const [name, ...rest] = path as [string, ...string[]]
  const { [name]: old, ...others } = spec
  const inner = typeof old === 'object' && old !== null && !Array.isArray(old) ? (old as Wild) : {}
  const next = rest.length === 0 ? value : withAt(inner, rest, value)
  const empty = next === undefined || (rest.length > 0 && value === undefined && Object.keys(next as object).length === 0)
  return empty ? others : { ...spec, [name]: next }
}
