// JSON Schemas of tools as tables of parameters.

export interface Parameter {
  name: string
  type: string
  required: boolean
  description: string
  /** How deep it lies in parameters that are objects. */
  depth: number
}

type Schema = Record<string, unknown>

const deepest = 4

function objectOf(value: unknown): Schema {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Schema) : {}
}

/** The parameters of a schema; those inside an object follow it. */
export function parametersOf(schema: unknown): Parameter[] {
  const root = objectOf(schema)
  return below(root, root, '', 0)
}

function below(schema: Schema, root: Schema, prefix: string, depth: number): Parameter[] {
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : [])
  return Object.entries(objectOf(schema['properties'])).flatMap(([name, raw]) => {
    const property = resolved(objectOf(raw), root)
    const inner = property['type'] === 'array' ? resolved(objectOf(property['items']), root) : property
    const parameter = { name: prefix + name, type: typeOf(property, root), required: required.has(name), description: describe(property), depth }
    return [parameter, ...(depth < deepest ? below(inner, root, `${prefix}${name}${inner === property ? '' : '[]'}.`, depth + 1) : [])]
  })
}

/** Follows a reference within the schema. */
function resolved(schema: Schema, root: Schema): Schema {
  const ref = schema['$ref']
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return schema
  const target = ref.slice(2).split('/').reduce<unknown>((at, key) => objectOf(at)[key.replaceAll('~1', '/').replaceAll('~0', '~')], root)
  const { $ref: _ref, ...own } = schema
  return { ...objectOf(target), ...own }
}

function typeOf(schema: Schema, root: Schema): string {
  const choices = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(choices)) return choices.map((choice) => typeOf(resolved(objectOf(choice), root), root)).join(' | ')
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ')
  if ('const' in schema) return JSON.stringify(schema['const'])
  const type = schema['type']
  if (type === 'array') return `${typeOf(resolved(objectOf(schema['items']), root), root)}[]`
  return Array.isArray(type) ? type.join(' | ') : String(type ?? 'any')
}

function describe(schema: Schema): string {
  const text = String(schema['description'] ?? schema['title'] ?? '')
  return 'default' in schema ? `${text}${text && ' '}(default ${JSON.stringify(schema['default'])})` : text
}
