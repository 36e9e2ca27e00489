/** The colour of a service: the same one for everybody, from its name. */
export function serviceColor(name: string): string {
  let hash = 2166136261
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619)
  return `var(--series-${((hash ^ (hash >>> 15)) >>> 0) % 12 + 1})`
}
